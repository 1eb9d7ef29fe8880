"""Checking and mending large outlines in a process of its own.

Reading a file is one danger, repairing what stands in it another: whether an outline is valid, and what a valid one would be, takes
time and memory that nobody can tell from its size. Small ones cannot take much and are seen to at once; large ones go to a
process with limits. If that one dies of an outline, the row is refused and the import goes on.
"""

from __future__ import annotations

import dataclasses
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
import shapely

from ..errors import GeodataError, Message, gettext_noop
from ..geometry import Geometries, GeometryProblem, clean
from ..readers.base import DEFAULT_LIMITS, MIB
from .limits import ProcessLimits
from .parent import Reading
from .wire import ANSWER, loads

LARGE_VERTICES = 500
MENDING_LIMITS = ProcessLimits(memory_bytes=2048 * MIB, silence_s=60.0)
# After so many that could not be seen to, the file is not worth another process.
_MOST_DEATHS = 3
_AREA = 2

_TOO_HARD = gettext_noop(
    "The outline has {vertices} vertices and is so tangled that it cannot be checked within {seconds} seconds and {megabytes} MB "
    "of memory. Redraw it, or simplify it, or split it."
)


class Mender:
    """Does what `geometry.clean` does, large outlines in a process of its own; a context manager.

    Parameters
    ----------
    path : path-like
        The file that the geometries come from, for its name.
    process : ProcessLimits, optional
        What the process may cost.
    """

    def __init__(self, path: str | PathLike[str], *, process: ProcessLimits = MENDING_LIMITS) -> None:
        self._path, self._process = Path(path), process
        self._reading: Reading | None = None
        self._deaths = 0

    def clean(self, geometries: Geometries) -> tuple[Geometries, list[GeometryProblem]]:
        """Make geometries fit to be stored (see `geometry.clean`)."""
        large = np.flatnonzero(
            (shapely.get_num_coordinates(geometries) > LARGE_VERTICES)
            & (shapely.get_dimensions(geometries) == _AREA)
        )
        if not len(large):
            return clean(geometries)
        rest = np.array(geometries, dtype=object)
        rest[large] = None
        cleaned, problems = clean(rest)
        for index in large.tolist():
            cleaned[index], found = self._mended(geometries[index])
            problems += [dataclasses.replace(problem, index=index) for problem in found]
        return cleaned, sorted(problems, key=lambda problem: problem.index)

    def _mended(self, geometry: shapely.Geometry) -> tuple[shapely.Geometry | None, list[GeometryProblem]]:
        if self._deaths < _MOST_DEATHS:
            try:
                return self._asked(geometry)
            except GeodataError:
                self._deaths += 1
                self.close()
        params = {
            "vertices": int(shapely.get_num_coordinates(geometry)),
            "seconds": round(self._process.silence_s),
            "megabytes": self._process.memory_bytes // MIB,
        }
        return None, [GeometryProblem(0, fatal=True, message=Message(_TOO_HARD, params))]

    def _asked(self, geometry: shapely.Geometry) -> tuple[shapely.Geometry | None, list[GeometryProblem]]:
        if self._reading is None:
            self._reading = Reading(self._path, "clean", {}, DEFAULT_LIMITS, self._process)
        self._reading.ask({"geometry": geometry})
        kind, data = self._reading.receive()
        if kind != ANSWER:
            self._reading.fail_by(kind, data)
        found = self._reading.understood(loads, data)
        return found["geometry"], list(found["problems"])

    def close(self) -> None:
        """End the other process."""
        if self._reading is not None:
            self._reading.end()
            self._reading = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
