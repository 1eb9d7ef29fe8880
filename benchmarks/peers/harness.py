"""What both sides of a comparison share: read the input, measure time and memory, write the answer. Numpy only."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Answer = Mapping[str, Any]


def seconds(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Median of several runs after one that does not count, and what the last one gave; a slow one counts the first time."""
    begin = time.perf_counter()
    given = run()
    first = time.perf_counter() - begin
    if first > 20 or repeats == 1:
        return first, given
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        given = run()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken), given


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
    figures["peak_mb"] = round(peak_mb(), 1)
    written = folder / f"{row}-{Path(sys.argv[0]).stem}"
    np.savez(f"{written}.npz", **answer)
    Path(f"{written}.json").write_text(json.dumps(figures), encoding="utf-8")
