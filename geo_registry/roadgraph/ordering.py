"""Numbers for points such that neighbours on the ground are neighbours in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BITS = 16


def hilbert_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order points along a Hilbert curve over their bounding square.

    Points in one of the 2^32 cells keep their given order.

    Parameters
    ----------
    xy
        Plane coordinates, shape (n, 2).
    """
    if len(xy) == 0:
        return np.empty(0, dtype=np.int64)
    low = xy.min(axis=0)
    side = float((xy.max(axis=0) - low).max()) or 1.0
    cell = np.minimum((xy - low) / side * (1 << _BITS), (1 << _BITS) - 1).astype(np.int64)
    x, y = cell[:, 0].copy(), cell[:, 1].copy()
    distance = np.zeros(len(xy), dtype=np.int64)
    for bit in range(_BITS - 1, -1, -1):
        size = 1 << bit
        right, upper = (x & size) > 0, (y & size) > 0
        distance += size * size * ((3 * right) ^ upper)
        flip = ~upper & right
        x[flip], y[flip] = size - 1 - (x[flip] & (size - 1)), size - 1 - (y[flip] & (size - 1))
        x &= size - 1
        y &= size - 1
        swap = ~upper
        x[swap], y[swap] = y[swap].copy(), x[swap].copy()
    return np.argsort(distance, kind="stable")
