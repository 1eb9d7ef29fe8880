"""The bucket queue, compiled by numba.

A bucket holds the nodes whose time falls into one slice of 2^shift milliseconds. Slices are worked off in
order; within a slice a node that is improved is looked at again, so the answer is exact whatever the width.
Time and label travel in one number (time above, label below), so that of two facilities equally near the one
with the lower number is always the answer.

Indices are unsigned on purpose: numba then drops its check for negative indices from the inner loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiling import compiled

LABEL_BITS = 24
UNREACHED = np.int64(2**63 - 1)


def _search(
    indptr: NDArray[np.int32],
    arcs: NDArray[np.int32],
    keys: NDArray[np.int64],
    starts: NDArray[np.int32],
    shift: int,
    bucket_count: int,
    limit_key: int,
    capacity: int,
) -> int:
    """Lower ``keys`` to the least key of every node; -1 if the pool of entries was too small."""
    one = np.uint64(1)
    mask = np.uint64(bucket_count - 1)
    slice_bits = np.uint64(shift + LABEL_BITS)
    head = np.full(bucket_count, np.int32(-1), np.int32)
    pool = np.empty(2 * capacity, np.int32)
    free = np.int32(-1)
    used = np.int32(0)
    live = 0
    current = np.uint64(UNREACHED)
    for i in range(starts.size):
        node = np.uint64(starts[i])
        at = np.uint64(keys[node]) >> slice_bits
        current = min(current, at)
        bucket = at & mask
        pool[2 * used] = starts[i]
        pool[2 * used + 1] = head[bucket]
        head[bucket] = used
        used += np.int32(1)
        live += 1
    while live > 0:
        now = current & mask
        while head[now] >= 0:
            entry = np.uint64(head[now]) << one
            node = np.uint64(pool[entry])
            head[now] = pool[entry | one]
            pool[entry | one] = free
            free = np.int32(entry >> one)
            live -= 1
            key = keys[node]
            if (np.uint64(key) >> slice_bits) != current:
                continue
            arc = np.uint64(indptr[node]) << one
            stop = np.uint64(indptr[node + one]) << one
            while arc < stop:
                target = np.uint64(arcs[arc])
                new = key + (np.int64(arcs[arc | one]) << LABEL_BITS)
                arc += np.uint64(2)
                old = keys[target]
                if new < old and new <= limit_key:
                    keys[target] = new
                    at = np.uint64(new) >> slice_bits
                    if at != current and at == (np.uint64(old) >> slice_bits):
                        continue
                    if free >= 0:
                        slot = free
                        free = pool[(np.uint64(slot) << one) | one]
                    else:
                        if used == capacity:
                            return -1
                        slot = used
                        used += np.int32(1)
                    bucket = at & mask
                    pool[np.uint64(slot) << one] = np.int32(target)
                    pool[(np.uint64(slot) << one) | one] = head[bucket]
                    head[bucket] = slot
                    live += 1
        current += one
    return live


search = compiled(_search)
