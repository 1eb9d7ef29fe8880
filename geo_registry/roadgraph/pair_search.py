"""From each of many sources, what lies within a limit: by numba on several threads, or by scipy.

Both engines give the same pairs to the millisecond. Memory is the pairs themselves and one workspace a thread.
"""

from __future__ import annotations

import importlib.util
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .errors import NetworkError, gettext_noop
from .graph import Adjacency
from .kernels import Engine
from .ways import Pairs

Answer = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
"""Start of each source's pairs, index reached, milliseconds."""

_ROOM = 1 << 20
# Pages that are never written take no memory; a block of this size is always the system's own and goes back to it.
_FIRST = 1 << 24
_BUCKETS_MAX = 1 << 16
_DENSE_CELLS = 1 << 22


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where each search starts: source ``j`` at the nodes ``start[j]`` to ``start[j + 1]``.

    Attributes
    ----------
    start
        int64, sources + 1.
    node
        int32.
    spent_ms
        int64, milliseconds already spent there.
    """

    start: NDArray[np.int64]
    node: NDArray[np.int32]
    spent_ms: NDArray[np.int64]

    @classmethod
    def at_nodes(cls, nodes: NDArray[np.int32]) -> Self:
        """One source at each node, nothing spent."""
        return cls(
            start=np.arange(len(nodes) + 1, dtype=np.int64),
            node=np.asarray(nodes, dtype=np.int32),
            spent_ms=np.zeros(len(nodes), dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True, kw_only=True)
class Legs:
    """The last part of the way: node ``u`` has the places ``start[u]`` to ``start[u + 1]``."""

    start: NDArray[np.int64]
    place: NDArray[np.int32]
    leg_ms: NDArray[np.int64]
    places: int

    @classmethod
    def by_node(
        cls,
        node: NDArray[np.int32],
        place: NDArray[np.int32],
        leg_ms: NDArray[np.int64],
        *,
        nodes: int,
        places: int,
    ) -> Self:
        """Sort legs by node."""
        order = np.argsort(node, kind="stable")
        start = np.zeros(nodes + 1, dtype=np.int64)
        start[1:] = np.cumsum(np.bincount(node, minlength=nodes))
        return cls(start=start, place=place[order], leg_ms=leg_ms[order], places=places)


def search_pairs(
    adjacency: Adjacency,
    sources: Sources,
    *,
    limit_ms: int,
    legs: Legs | None = None,
    extra: Pairs | None = None,
    engine: Engine = "auto",
    threads: int | None = None,
    check_stop: Callable[[], None] | None = None,
) -> Answer:
    """Search from each source alone.

    Parameters
    ----------
    adjacency
        The arcs to follow.
    sources
        Where to start.
    limit_ms
        Nothing beyond it is reached; the limit itself is.
    legs
        From nodes to places. None: the nodes themselves are what is asked for.
    extra
        Further pairs (source, place, milliseconds) that pass no node.
    engine, threads, check_stop
        As in :func:`~geo_registry.roadgraph.matrix.times_within`.

    Returns
    -------
    tuple
        Start of each source's pairs, what is reached (ascending within a source, each once), its milliseconds.
    """
    if engine not in ("auto", "numba", "scipy"):
        raise NetworkError(gettext_noop("There is no engine “{engine}”."), engine=engine)
    if threads is not None and threads < 1:
        raise NetworkError(gettext_noop("A search needs one thread or more, not {count}."), count=threads)
    if engine == "scipy" or (engine == "auto" and importlib.util.find_spec("numba") is None):
        return _with_scipy(adjacency, sources, limit_ms, legs, extra, check_stop)
    return _with_buckets(
        adjacency, sources, limit_ms, legs, extra, threads or len(os.sched_getaffinity(0)), check_stop
    )


class _Workspace:
    """What one thread needs for its searches, used again and again."""

    def __init__(self, *, nodes: int, places: int | None, arcs: int, buckets: int) -> None:
        from .pair_kernel import FAR

        self.least = np.full(nodes, FAR, dtype=np.int32)
        self.marks = np.zeros((nodes >> 6) + 1, dtype=np.uint64)
        self.head = np.full(buckets, -1, dtype=np.int32)
        self.pool = np.empty(2 * min(nodes + arcs + 16, 1 << 16), dtype=np.int32)
        self.place_least = np.full(places or 0, FAR, dtype=np.int32)
        self.place_marks = np.zeros(((places or 0) >> 6) + 1, dtype=np.uint64)
        room = max(_ROOM, nodes if places is None else places)
        self.out_index = np.empty(room, dtype=np.int32)
        self.out_ms = np.empty(room, dtype=np.int32)


def _buckets(adjacency: Adjacency, limit_ms: int) -> tuple[int, int]:
    """Width of a bucket as a power of two, and how many there are up to the limit."""
    mean_ms = float(adjacency.milliseconds.mean()) if len(adjacency.arcs) else 1.0
    shift = max(int(mean_ms).bit_length() + 1, 1)
    while (limit_ms >> shift) >= _BUCKETS_MAX:
        shift += 1
    return shift, (limit_ms >> shift) + 1


def _with_buckets(
    adjacency: Adjacency,
    sources: Sources,
    limit_ms: int,
    legs: Legs | None,
    extra: Pairs | None,
    threads: int,
    check_stop: Callable[[], None] | None,
) -> Answer:
    nodes = len(adjacency.indptr) - 1
    shift, buckets = _buckets(adjacency, limit_ms)
    counts = np.zeros(len(sources), dtype=np.int64)
    further = _by_source(extra, len(sources))
    threads = max(min(threads, len(sources)), 1)
    joined = _Joined()

    def work(space: _Workspace, begin: int, end: int) -> tuple[int, int]:
        if check_stop is not None:
            check_stop()
        return _some_sources(space, adjacency, sources, begin, end, limit_ms, shift, counts, legs, further)

    def workspace() -> _Workspace:
        places = None if legs is None else legs.places
        return _Workspace(nodes=nodes, places=places, arcs=len(adjacency.heads), buckets=buckets)

    size = max(1, min(32, -(-len(sources) // (4 * threads))))
    pieces = deque((begin, min(begin + size, len(sources))) for begin in range(0, len(sources), size))
    if threads == 1:
        space = workspace()
        for begin, end in pieces:
            _finish(joined, space, work, begin, end)
    else:
        _in_threads(joined, [workspace() for _ in range(threads + 1)], work, pieces, threads)
    return joined.answer(counts)


Work = Callable[["_Workspace", int, int], tuple[int, int]]
"""Search some sources from the first on; return the first one not done, and how many pairs lie in the workspace."""


def _finish(joined: _Joined, space: _Workspace, work: Work, begin: int, end: int) -> None:
    while begin < end:
        begin, filled = work(space, begin, end)
        joined.extend(space.out_index[:filled], space.out_ms[:filled])


def _in_threads(
    joined: _Joined, spaces: list[_Workspace], work: Work, pieces: deque[tuple[int, int]], threads: int
) -> None:
    """Search pieces at once and join them in order.

    There is one workspace more than threads: that of the piece that is being joined. What a piece found stays there until then, so
    that no thread allocates anything: what each would keep of freed blocks is much of the memory of a search.
    """
    running: deque[tuple[Future[tuple[int, int]], _Workspace, int]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while pieces or running:
                while pieces and spaces:
                    begin, end = pieces.popleft()
                    space = spaces.pop()
                    running.append((pool.submit(work, space, begin, end), space, end))
                future, space, end = running.popleft()
                done, filled = future.result()
                joined.extend(space.out_index[:filled], space.out_ms[:filled])
                _finish(joined, space, work, done, end)
                spaces.append(space)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _some_sources(
    space: _Workspace,
    adjacency: Adjacency,
    sources: Sources,
    begin: int,
    end: int,
    limit_ms: int,
    shift: int,
    counts: NDArray[np.int64],
    legs: Legs | None,
    further: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]],
) -> tuple[int, int]:
    """Search as many sources as the output has room for; return the first one not done, and how many pairs were found."""
    from .pair_kernel import BIT_OF, nodes_of_sources, places_of_sources

    arguments: list[Any] = [
        adjacency.indptr, adjacency.arcs, sources.start, sources.node, sources.spent_ms, begin, end,
        limit_ms, shift, space.least, space.marks, space.head, space.pool, BIT_OF, counts,
        space.out_index, space.out_ms,
    ]  # fmt: skip
    if legs is None:
        done, filled = nodes_of_sources(*arguments)
    else:
        done, filled = places_of_sources(
            *arguments, legs.start, legs.place, legs.leg_ms, *further, space.place_least, space.place_marks
        )
    if filled < 0:  # the queue's pool was too small for the source at ``done``: it is searched again
        filled = -1 - filled
        space.pool = np.empty(2 * len(space.pool), dtype=np.int32)
    return int(done), int(filled)


def _by_source(
    extra: Pairs | None, sources: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    start = np.zeros(sources + 1, dtype=np.int64)
    if extra is None:
        return start, np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    source, place, milliseconds = extra
    order = np.argsort(source, kind="stable")
    start[1:] = np.cumsum(np.bincount(source, minlength=sources))
    return start, place[order].astype(np.int32), milliseconds[order].astype(np.int64)


class _Joined:
    """Parts put one after another into arrays with room for more."""

    def __init__(self) -> None:
        self._index = np.empty(_FIRST, dtype=np.int32)
        self._ms = np.empty(_FIRST, dtype=np.int32)
        self._filled = 0

    def extend(self, index: NDArray[np.int32], ms: NDArray[np.int32]) -> None:
        """Copy the next part in."""
        end = self._filled + len(index)
        if end > len(self._index):
            # Nobody else has these arrays: they are made longer where they lie, without a copy beside them; little by little,
            # as what is added is written to.
            size = max(end, len(self._index) + len(self._index) // 16)
            self._index.resize(size, refcheck=False)
            self._ms.resize(size, refcheck=False)
        self._index[self._filled : end] = index
        self._ms[self._filled : end] = ms
        self._filled = end

    def answer(self, counts: NDArray[np.int64]) -> Answer:
        """Return everything taken in, with the start of each source's pairs."""
        # Nobody else has these arrays yet: they are cut off where they lie.
        self._index.resize(self._filled, refcheck=False)
        self._ms.resize(self._filled, refcheck=False)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return start, self._index, self._ms


def _with_scipy(
    adjacency: Adjacency,
    sources: Sources,
    limit_ms: int,
    legs: Legs | None,
    extra: Pairs | None,
    check_stop: Callable[[], None] | None,
) -> Answer:
    """Dijkstra from one further node for each source, some sources at a time."""
    nodes = len(adjacency.indptr) - 1
    at_once = max(1, _DENSE_CELLS // (nodes + 1))
    extra_start, extra_place, extra_ms = _by_source(extra, len(sources))
    counts = np.zeros(len(sources), dtype=np.int64)
    joined = _Joined()
    for begin in range(0, len(sources), at_once):
        if check_stop is not None:
            check_stop()
        end = min(begin + at_once, len(sources))
        least = _dense(adjacency, sources, begin, end, limit_ms)
        if legs is not None:
            at_nodes = least
            least = np.full((end - begin, legs.places), np.inf)
            leg_node = np.repeat(np.arange(nodes), np.diff(legs.start))
            for row in range(end - begin):
                np.minimum.at(least[row], legs.place, at_nodes[row, leg_node] + legs.leg_ms)
                some = slice(extra_start[begin + row], extra_start[begin + row + 1])
                np.minimum.at(least[row], extra_place[some], extra_ms[some])
        row_of, index = np.nonzero(least <= limit_ms)
        counts[begin:end] = np.bincount(row_of, minlength=end - begin)
        joined.extend(index.astype(np.int32), least[row_of, index].astype(np.int32))
    return joined.answer(counts)


def _dense(
    adjacency: Adjacency, sources: Sources, begin: int, end: int, limit_ms: int
) -> NDArray[np.float64]:
    """Milliseconds from each of some sources to each node, infinite beyond the limit."""
    nodes = len(adjacency.indptr) - 1
    some = slice(sources.start[begin], sources.start[end])
    owner = np.repeat(np.arange(end - begin), np.diff(sources.start[begin : end + 1]))
    order = np.lexsort((sources.spent_ms[some], sources.node[some], owner))
    owner, node, spent = owner[order], sources.node[some][order], sources.spent_ms[some][order]
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (node[1:] != node[:-1])
    first &= spent <= limit_ms
    # One millisecond is added so that no arc weighs nothing, and taken off at the end.
    weights = np.concatenate([adjacency.milliseconds, spent[first] + 1]).astype(np.float64)
    indices = np.concatenate([adjacency.heads, node[first]])
    tails = np.cumsum(np.bincount(owner[first], minlength=end - begin))
    indptr = np.concatenate([adjacency.indptr, adjacency.indptr[-1] + tails]).astype(np.int32)
    size = nodes + end - begin
    matrix = csr_array((weights, indices, indptr), shape=(size, size))
    starts = np.arange(nodes, size)
    return np.asarray(dijkstra(matrix, indices=starts, limit=float(limit_ms + 1.5)))[:, :nodes] - 1.0
