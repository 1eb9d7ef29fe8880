"""Many bounded searches, one for each source, compiled by numba.

Every source is searched alone with the bucket queue of :mod:`.bucket_kernel`, on plain times. What it reaches is marked in a
bitmap, one bit a node: walking the bitmap gives the nodes in ascending order and puts the workspace back as it was, without sorting
and without touching what was not reached.

A kernel handles as many sources as its output has room for and says how many; it releases the interpreter's lock, so that
several threads can work on different sources.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .compiling import compiled

FAR = np.int32(2**31 - 1)
"""Milliseconds of what is not reached."""

DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
BIT_OF = np.zeros(64, dtype=np.uint64)
"""Number of the one bit that is set, by the product's highest six bits (de Bruijn's sequence)."""
for _bit in range(64):
    BIT_OF[(((1 << _bit) * int(DE_BRUIJN)) & (2**64 - 1)) >> 58] = _bit


@njit(inline="always")
def _mark(marks: Any, index: Any) -> None:
    marks[index >> np.uint64(6)] |= np.uint64(1) << (index & np.uint64(63))


def _search_one(  # noqa: C901 - one inner loop; calls would cost more than they explain
    indptr: NDArray[np.int32],
    arcs: NDArray[np.int32],
    nodes: NDArray[np.int32],
    node_ms: NDArray[np.int64],
    limit: int,
    shift: int,
    least: NDArray[np.int32],
    marks: NDArray[np.uint64],
    head: NDArray[np.int32],
    pool: NDArray[np.int32],
) -> int:
    """Lower ``least`` to every node's time within the limit, and mark it; -1 if the pool was too small."""
    one = np.uint64(1)
    bits = np.uint64(shift)
    free = np.int32(-1)
    used = np.int32(0)
    capacity = pool.size // 2
    for i in range(nodes.size):
        node = np.uint64(nodes[i])
        if node_ms[i] > limit or node_ms[i] >= least[node]:
            continue
        least[node] = np.int32(node_ms[i])
        _mark(marks, node)
        bucket = np.uint64(node_ms[i]) >> bits
        if used == capacity:
            return -1
        pool[2 * used] = nodes[i]
        pool[2 * used + 1] = head[bucket]
        head[bucket] = used
        used += np.int32(1)
    for current in range(head.size):
        now = np.uint64(current)
        while head[now] >= 0:
            entry = np.uint64(head[now]) << one
            node = np.uint64(pool[entry])
            head[now] = pool[entry | one]
            pool[entry | one] = free
            free = np.int32(entry >> one)
            spent = np.int64(least[node])
            if (np.uint64(spent) >> bits) != now:
                continue
            arc = np.uint64(indptr[node]) << one
            stop = np.uint64(indptr[node + one]) << one
            while arc < stop:
                target = np.uint64(arcs[arc])
                new = spent + np.int64(arcs[arc | one])
                arc += np.uint64(2)
                old = np.int64(least[target])
                if new < old and new <= limit:
                    least[target] = np.int32(new)
                    at = np.uint64(new) >> bits
                    if old == FAR:
                        _mark(marks, target)
                    elif at != now and at == (np.uint64(old) >> bits):
                        continue
                    if free >= 0:
                        slot = free
                        free = pool[(np.uint64(slot) << one) | one]
                    else:
                        if used == capacity:
                            return -1
                        slot = used
                        used += np.int32(1)
                    pool[np.uint64(slot) << one] = np.int32(target)
                    pool[(np.uint64(slot) << one) | one] = head[at]
                    head[at] = slot
    return 0


search_one = compiled(_search_one)


def _forget(least: NDArray[np.int32], marks: NDArray[np.uint64], head: NDArray[np.int32]) -> None:
    """Put a workspace back after a search that broke off."""
    least[:] = FAR
    marks[:] = np.uint64(0)
    head[:] = np.int32(-1)


forget = compiled(_forget)


def _take_marked(
    least: NDArray[np.int32],
    marks: NDArray[np.uint64],
    bit_of: NDArray[np.uint64],
    out_index: NDArray[np.int32],
    out_ms: NDArray[np.int32],
    at: int,
) -> int:
    """Write what is marked in ascending order from ``at`` on, forget it, and return where it ended."""
    for w in range(marks.size):
        word = marks[w]
        if word == np.uint64(0):
            continue
        marks[w] = np.uint64(0)
        base = np.uint64(w) << np.uint64(6)
        while word != np.uint64(0):
            lowest = word & (~word + np.uint64(1))
            word ^= lowest
            index = base | bit_of[(lowest * DE_BRUIJN) >> np.uint64(58)]
            out_index[at] = np.int32(index)
            out_ms[at] = least[index]
            least[index] = FAR
            at += 1
    return at


take_marked = compiled(_take_marked)


def _nodes_of_sources(
    indptr: NDArray[np.int32],
    arcs: NDArray[np.int32],
    source_start: NDArray[np.int64],
    source_node: NDArray[np.int32],
    source_ms: NDArray[np.int64],
    begin: int,
    end: int,
    limit: int,
    shift: int,
    least: NDArray[np.int32],
    marks: NDArray[np.uint64],
    head: NDArray[np.int32],
    pool: NDArray[np.int32],
    bit_of: NDArray[np.uint64],
    counts: NDArray[np.int64],
    out_index: NDArray[np.int32],
    out_ms: NDArray[np.int32],
) -> tuple[int, int]:
    """Search sources ``begin`` to ``end`` for nodes; return the first one not done, and -1 for a pool too small."""
    at = 0
    for source in range(begin, end):
        if out_index.size - at < least.size:
            return source, at
        some = slice(source_start[source], source_start[source + 1])
        if search_one(
            indptr, arcs, source_node[some], source_ms[some], limit, shift, least, marks, head, pool
        ):
            forget(least, marks, head)
            return source, -1 - at
        before = at
        at = take_marked(least, marks, bit_of, out_index, out_ms, at)
        counts[source] = at - before
    return end, at


nodes_of_sources = compiled(_nodes_of_sources)


def _places_of_sources(
    indptr: NDArray[np.int32],
    arcs: NDArray[np.int32],
    source_start: NDArray[np.int64],
    source_node: NDArray[np.int32],
    source_ms: NDArray[np.int64],
    begin: int,
    end: int,
    limit: int,
    shift: int,
    least: NDArray[np.int32],
    marks: NDArray[np.uint64],
    head: NDArray[np.int32],
    pool: NDArray[np.int32],
    bit_of: NDArray[np.uint64],
    counts: NDArray[np.int64],
    out_index: NDArray[np.int32],
    out_ms: NDArray[np.int32],
    leg_start: NDArray[np.int64],
    leg_place: NDArray[np.int32],
    leg_ms: NDArray[np.int64],
    extra_start: NDArray[np.int64],
    extra_place: NDArray[np.int32],
    extra_ms: NDArray[np.int64],
    place_least: NDArray[np.int32],
    place_marks: NDArray[np.uint64],
) -> tuple[int, int]:
    """Search sources for places: a node's time plus the leg from it, or one of the ways that pass no node."""
    at = 0
    for source in range(begin, end):
        if out_index.size - at < place_least.size:
            return source, at
        some = slice(source_start[source], source_start[source + 1])
        if search_one(
            indptr, arcs, source_node[some], source_ms[some], limit, shift, least, marks, head, pool
        ):
            forget(least, marks, head)
            return source, -1 - at
        for w in range(marks.size):
            word = marks[w]
            if word == np.uint64(0):
                continue
            marks[w] = np.uint64(0)
            base = np.uint64(w) << np.uint64(6)
            while word != np.uint64(0):
                lowest = word & (~word + np.uint64(1))
                word ^= lowest
                node = base | bit_of[(lowest * DE_BRUIJN) >> np.uint64(58)]
                spent = np.int64(least[node])
                least[node] = FAR
                for leg in range(leg_start[node], leg_start[node + np.uint64(1)]):
                    new = spent + leg_ms[leg]
                    place = np.uint64(leg_place[leg])
                    if new <= limit and new < place_least[place]:
                        place_least[place] = np.int32(new)
                        _mark(place_marks, place)
        for extra in range(extra_start[source], extra_start[source + 1]):
            place = np.uint64(extra_place[extra])
            if extra_ms[extra] <= limit and extra_ms[extra] < place_least[place]:
                place_least[place] = np.int32(extra_ms[extra])
                _mark(place_marks, place)
        before = at
        at = take_marked(place_least, place_marks, bit_of, out_index, out_ms, at)
        counts[source] = at - before
    return end, at


places_of_sources = compiled(_places_of_sources)
