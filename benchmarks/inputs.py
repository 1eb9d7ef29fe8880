"""The inputs of ``benchmarks/engine.py``: made once from a seed, kept as files that both sides read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

CORNER = np.array([106.0, 37.5])


def nearest(folder: Path, *, quick: bool) -> None:
    """A perturbed grid of a million crossings, 2.5 million arcs, three speed classes, and three sets of facilities."""
    graph, xy = _grid(200 if quick else 1000)
    nodes = len(graph["indptr"]) - 1
    starts = {
        f"starts_{count}": np.random.default_rng(count).choice(nodes, count, replace=False).astype(np.int32)
        for count in (10, 100, 1000)
    }
    np.savez(folder / "nearest.npz", xy=xy, **graph, **starts)


def pairs(folder: Path, *, quick: bool) -> None:
    """The same grid; the limit is 15 minutes."""
    graph, _ = _grid(200 if quick else 1000)
    nodes = len(graph["indptr"]) - 1
    starts = np.random.default_rng(1000).choice(nodes, 50 if quick else 1000, replace=False).astype(np.int32)
    np.savez(folder / "pairs.npz", starts=starts, limit_ms=np.int64(900_000), **graph)


def _grid(side: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    from nearest import grid_positions, perturbed_grid

    graph = perturbed_grid(side)
    arrays = {
        "indptr": graph.indptr,
        "heads": np.ascontiguousarray(graph.heads),
        "milliseconds": np.ascontiguousarray(graph.milliseconds),
    }
    return arrays, grid_positions(side)


def e2sfca(folder: Path, *, quick: bool) -> None:
    """Six hundred thousand cells around a thousand facilities: about 15.8 million pairs, three rings of 10, 20 and 30 minutes."""
    random = np.random.default_rng(5)
    cells, facilities = (20_000, 100) if quick else (600_000, 1000)
    xy = random.random((cells, 2))
    sites = random.random((facilities, 2))
    # A circle with this radius holds so many of the facilities on average that there are 26.3 pairs a cell.
    radius = np.sqrt(26.3 / facilities / np.pi) * 1.02
    from scipy.spatial import cKDTree

    near = cKDTree(xy).query_ball_point(sites, radius)
    counts = np.array([len(one) for one in near])
    place = np.concatenate([np.sort(one) for one in near]).astype(np.int32)
    facility = np.repeat(np.arange(facilities), counts)
    away = np.hypot(*(xy[place] - sites[facility]).T)
    np.savez(
        folder / "e2sfca.npz",
        start=np.concatenate([[0], np.cumsum(counts)]),
        place=place,
        time_ms=np.rint(away / radius * 1_800_000).astype(np.int32),
        people=random.integers(0, 60, cells),
        supply=random.integers(10, 200, facilities),
    )


def max_cover(folder: Path, *, quick: bool) -> None:
    """Two thousand places, two hundred candidates, ten to open."""
    random = np.random.default_rng(9)
    places, sites = (300, 40) if quick else (2000, 200)
    xy, at = random.random((places, 2)), random.random((sites, 2))
    away = np.hypot(xy[:, None, 0] - at[None, :, 0], xy[:, None, 1] - at[None, :, 1])
    np.savez(
        folder / "max_cover.npz",
        cost=np.rint(away * 3_600_000).astype(np.int64),
        people=random.integers(1, 100, places),
        limit_ms=np.int64(360_000),
        open_at_most=np.int64(10),
    )


def isochrone(folder: Path, *, quick: bool) -> None:
    """A town of crooked streets, some missing, with three classes of road; one facility in its middle; 15 minutes by car."""
    side = 60 if quick else 320
    random = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    at = np.stack([x, y], axis=2) * 0.001 + random.uniform(-0.3, 0.3, (side, side, 2)) * 0.001 + CORNER
    east = np.stack([at[:-1], at[1:]], axis=2).reshape(-1, 2, 2)
    north = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    lines = np.concatenate([east, north])
    kept = random.random(len(lines)) < 0.9
    row = np.concatenate([np.tile(np.arange(side), side - 1), np.repeat(np.arange(side), side - 1)])
    classes = np.where(row % 40 == 0, "primary", np.where(row % 10 == 0, "tertiary", "residential"))
    np.savez(folder / "isochrone.npz", lines=lines[kept], road_class=classes[kept], at=CORNER + 0.0005 * side)


def pbf(folder: Path, *, path: Path) -> None:
    """Remember which extract is read."""
    np.savez(folder / "pbf.npz", path=np.array(str(path)))
