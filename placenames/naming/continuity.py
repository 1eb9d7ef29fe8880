"""Which stretches of road are one road: the same name, and no wider apart than a crossing.

Stretches of one name within the gap are one road if their divisions lie on one line of the tree (a village, its township). Where
they lie in different villages they must touch: 一巷 of one village is not that of the next, but a road that crosses the
boundary goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_registry.geodata.geometry import METRES_PER_DEGREE

# Two surveys of one node differ by centimetres; this is what counts as touching.
_TOUCHING_M = 1.0


def continuous_groups(
    names: Sequence[str], lines: Sequence[shapely.Geometry], paths: Sequence[str], *, gap_m: float
) -> NDArray[np.int64]:
    """Group stretches of road into roads.

    Parameters
    ----------
    names : sequence of str
        The name of each stretch.
    lines : sequence of shapely geometry
        Its line in degrees, longitude first (EPSG:4490).
    paths : sequence of str
        The path of its division in the tree (``"64/6401/"``), or an empty string.
    gap_m : float
        The widest gap, in metres, that does not end a road. Measured on a plane about the middle latitude: over a county the
        error is far below one per cent.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        A label for each stretch; equal labels are one road. Labels run from 0 in the order in which they first appear.
    """
    if not names:
        return np.empty(0, dtype=np.int64)
    plane = _on_plane(lines)
    left, right = shapely.STRtree(plane).query(plane, predicate="dwithin", distance=max(gap_m, _TOUCHING_M))
    ahead = left < right
    left, right = left[ahead], right[ahead]
    _values, number_of_name = np.unique(np.asarray(names, dtype=object), return_inverse=True)
    same = number_of_name[left] == number_of_name[right]
    left, right = left[same], right[same]
    touching = shapely.distance(plane[left], plane[right]) <= _TOUCHING_M
    on_one_line = np.fromiter(
        (_on_one_line(paths[a], paths[b]) for a, b in zip(left, right, strict=True)),
        dtype=bool,
        count=len(left),
    )
    joined = touching | on_one_line
    ones = np.ones(int(joined.sum()), dtype=np.int8)
    graph = coo_array((ones, (left[joined], right[joined])), shape=(len(names), len(names)))
    _count, labels = connected_components(graph, directed=False)
    return _in_order(labels)


def _on_plane(lines: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    """Return the lines in metres east and north, true at their middle latitude."""
    geometries = np.asarray(lines, dtype=object)
    _west, south, _east, north = shapely.total_bounds(geometries)
    shrink = np.cos(np.radians((south + north) / 2)) if np.isfinite(south + north) else 1.0
    scale = np.array([METRES_PER_DEGREE * shrink, METRES_PER_DEGREE])
    plane: NDArray[np.object_] = shapely.transform(geometries, lambda degrees: degrees * scale)
    return plane


def _on_one_line(path: str, other: str) -> bool:
    return path.startswith(other) or other.startswith(path)


def _in_order(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Number labels by their first appearance, so that the same input gives the same labels."""
    _unique, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def common_path(paths: Sequence[str]) -> str:
    """Return the path of the lowest division that all of these lie in; empty where there is none.

    Parameters
    ----------
    paths : sequence of str
        Paths such as ``"64/6401/"``; empty ones are passed over.

    Returns
    -------
    str
        The longest common beginning, whole codes only.
    """
    split = [path.strip("/").split("/") for path in paths if path]
    common: list[str] = []
    for codes in zip(*split, strict=False):
        if len(set(codes)) > 1:
            break
        common.append(codes[0])
    return "".join(f"{code}/" for code in common)
