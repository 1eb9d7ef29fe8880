"""Least times from many sources at once, with the source that wins.

Two engines give the same answer to the millisecond: ``numba`` (a bucket queue, several times faster) and
``scipy`` (its Dijkstra), which serves where numba cannot be imported and checks the other one in the tests.
Compiled code is cached in ``NUMBA_CACHE_DIR``. The kernel is serial: a parallel one must not run before a
server forks its workers.
"""

from __future__ import annotations

import importlib.util
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .errors import NetworkError, gettext_noop
from .graph import Adjacency

Engine = Literal["auto", "numba", "scipy"]

LABEL_BITS = 24
LABEL_MASK = (1 << LABEL_BITS) - 1
UNREACHED = 2**63 - 1
"""Key of a node that nothing reaches."""
LIMIT_MAX_MS = (1 << (63 - LABEL_BITS)) - 2


def pack(milliseconds: NDArray[np.int64], label: NDArray[np.int64]) -> NDArray[np.int64]:
    """One sortable number of a time and a label: the lower time first, then the lower label."""
    packed: NDArray[np.int64] = (milliseconds.astype(np.int64) << LABEL_BITS) | label
    return packed


def least_keys(
    adjacency: Adjacency,
    start_nodes: NDArray[np.int32],
    start_keys: NDArray[np.int64],
    *,
    limit_ms: int | None = None,
    engine: Engine = "auto",
) -> NDArray[np.int64]:
    """Search from all starts at once.

    Parameters
    ----------
    adjacency
        The arcs to follow.
    start_nodes
        Where to start; a node may stand there several times.
    start_keys
        Time already spent and label of each start (:func:`pack`).
    limit_ms
        Nothing beyond this time is reached; the limit itself is (to the millisecond).
    engine
        ``auto`` takes numba if it can be imported.

    Returns
    -------
    numpy.ndarray
        int64, a key for each node: time above, label in the lowest 24 bits; :data:`UNREACHED`.

    Raises
    ------
    NetworkError
        On an unknown engine, or more labels than 2^24.
    """
    if engine not in ("auto", "numba", "scipy"):
        raise NetworkError(gettext_noop("There is no engine “{engine}”."), engine=engine)
    nodes = len(adjacency.indptr) - 1
    limit = LIMIT_MAX_MS if limit_ms is None else min(int(limit_ms), LIMIT_MAX_MS)
    keys = np.full(nodes, UNREACHED, dtype=np.int64)
    within = (start_keys >> LABEL_BITS) <= limit
    np.minimum.at(keys, start_nodes[within], start_keys[within])
    starts = np.unique(start_nodes[within]).astype(np.int32)
    if len(starts) == 0:
        return keys
    if engine == "scipy" or (engine == "auto" and importlib.util.find_spec("numba") is None):
        return _search_with_scipy(adjacency, starts, keys[starts], limit)
    return _search_with_buckets(adjacency, starts, keys, limit)


def _search_with_buckets(
    adjacency: Adjacency, starts: NDArray[np.int32], keys: NDArray[np.int64], limit_ms: int
) -> NDArray[np.int64]:
    from .bucket_kernel import search  # importing numba takes half a second

    times = adjacency.milliseconds
    mean_ms = float(times.mean()) if len(times) else 1.0
    shift = max(int(mean_ms).bit_length() + 1, 1)
    start_ms = keys[starts] >> LABEL_BITS
    spread_ms = max(int(times.max(initial=1)), int(start_ms.max() - start_ms.min()))
    bucket_count = 1 << int((spread_ms >> shift) + 1).bit_length()
    limit_key = (limit_ms << LABEL_BITS) | LABEL_MASK
    capacity = len(keys) + len(starts)
    while True:
        searched = keys.copy()
        done = search(
            adjacency.indptr, adjacency.arcs, searched, starts, shift, bucket_count, limit_key, capacity
        )
        if done >= 0:
            return searched
        capacity *= 2


def _search_with_scipy(
    adjacency: Adjacency, starts: NDArray[np.int32], start_keys: NDArray[np.int64], limit_ms: int
) -> NDArray[np.int64]:
    """Dijkstra from one further node that an arc joins to every start.

    Weights are time times the number of labels, plus the label on those arcs: whole numbers below 2^53, so
    that floats are exact and ties fall to the lower label.
    """
    nodes = len(adjacency.indptr) - 1
    labels = int((start_keys & LABEL_MASK).max()) + 1
    # One millisecond is added so that no arc weighs nothing, and taken off at the end.
    first = ((start_keys >> LABEL_BITS) + 1) * labels + (start_keys & LABEL_MASK)
    weights = np.concatenate([adjacency.milliseconds.astype(np.float64) * labels, first.astype(np.float64)])
    indices = np.concatenate([adjacency.heads, starts])
    indptr = np.append(adjacency.indptr, len(indices)).astype(np.int32)
    matrix = csr_array((weights, indices, indptr), shape=(nodes + 1, nodes + 1))
    reach = dijkstra(matrix, indices=nodes, limit=float((limit_ms + 2) * labels - 1))[:nodes]
    reached = np.isfinite(reach)
    if reached.any() and reach[reached].max() >= 2**53:
        raise NetworkError(gettext_noop("Times are too long for this engine to be exact; use numba."))
    value = np.where(reached, reach, 0).astype(np.int64)
    return np.where(reached, pack(value // labels - 1, value % labels), UNREACHED)
