"""What both sides of a comparison share: read the input, measure time and memory, write the answer. Numpy only."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Answer = Mapping[str, Any]


LATEST = {"cpu_s": float("nan")}
"""Processor time of the runs that `seconds` measured last: on a machine with other work it says more than the clock."""


def seconds(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Median of several runs after one that does not count, and what the last one gave; a slow one counts the first time."""
    first, cpu, given = _once(run)
    taken, worked = [first], [cpu]
    if first <= 20 and repeats > 1:
        taken, worked = [], []
        for _ in range(repeats):
            given = None  # an answer that is kept while the next is made would count twice
            took, cpu, given = _once(run)
            taken.append(took)
            worked.append(cpu)
    LATEST["cpu_s"] = statistics.median(worked)
    return statistics.median(taken), given


def _once(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Time on the clock and of the processors, children's included."""
    before, begin = os.times(), time.perf_counter()
    given = run()
    taken, after = time.perf_counter() - begin, os.times()
    return taken, sum(after[:4]) - sum(before[:4]), given


def peak_mb() -> float:
    """Largest memory of this process since it began."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main(sides: Mapping[str, Callable[[Any, int], tuple[dict[str, Any], Answer]]]) -> None:
    """``SCRIPT ROW FOLDER REPEATS``: run one row, write its figures and its answer beside the input."""
    row, folder, repeats = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    source = folder / f"{row.split('@')[0]}.npz"
    with np.load(source, allow_pickle=False) as given:
        figures, answer = sides[row](given, repeats)
    figures["cpu_s"] = LATEST["cpu_s"]
    figures["peak_mb"] = round(peak_mb(), 1)
    written = folder / f"{row}-{Path(sys.argv[0]).stem}"
    np.savez(f"{written}.npz", **answer)
    Path(f"{written}.json").write_text(json.dumps(figures), encoding="utf-8")
