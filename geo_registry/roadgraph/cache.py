"""Graphs on disk: built once, found again by what they were built from.

A graph's file is named by a hash over the input's digest, the profile with all its speeds, and the way of
noding: change any, and another file is looked for. A file that does not match the
SHA-256 at its head is built anew and replaced. Writing is atomic; two processes that build the same
graph at once both succeed.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .graph import RoadGraph
from .noding import Crossings
from .profiles import Profile

FORMAT_VERSION = 1
"""Part of every key: raise it when building or storing changes."""

DIGEST_BYTES = 32

logger = logging.getLogger(__name__)


def graph_key(input_digest: str, profile: Profile, *, crossings: Crossings, tolerance_m: float) -> str:
    """Hash everything a graph depends on.

    Parameters
    ----------
    input_digest
        Of the road lines: :meth:`RoadLines.digest`, or any text that changes when they do.
    profile
        All its fields count.
    crossings, tolerance_m
        As given to :func:`~geo_registry.roadgraph.graph.build_graph`.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    parts = [FORMAT_VERSION, input_digest, profile.canonical(), crossings, float(tolerance_m)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def cached_graph(folder: Path, key: str, build: Callable[[], RoadGraph]) -> RoadGraph:
    """Read the graph stored under a key, or build it and store it.

    Parameters
    ----------
    folder
        Where graphs are kept; made if absent.
    key
        From :func:`graph_key`.
    build
        Called when there is no whole file.

    Returns
    -------
    RoadGraph
        A full disk or a read-only folder costs the next start time, not this answer: it is logged.
    """
    path = folder / f"{key}.graph"
    graph = read_graph(path)
    if graph is not None:
        return graph
    graph = build()
    try:
        write_graph(path, graph)
    except OSError:
        logger.warning("The road graph could not be kept at %s; it will be built again.", path, exc_info=True)
    return graph


def read_graph(path: Path) -> RoadGraph | None:
    """Read a stored graph; None if there is none or it is damaged."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.warning("The stored road graph %s cannot be read (%s); it is built again.", path, error)
        return None
    digest, stored = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(stored).digest() != digest:
        logger.warning("The stored road graph %s is damaged; it is built again.", path)
        return None
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        try:
            return RoadGraph.from_arrays({name: arrays[name] for name in arrays.files})
        except KeyError as error:
            logger.warning("The stored road graph %s has no %s; it is built again.", path, error)
            return None


def write_graph(path: Path, graph: RoadGraph) -> None:
    """Store a graph so that readers see the old file or the whole new one.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **graph.to_arrays())  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem[:16]}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(buffer.getbuffer()).digest())
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
