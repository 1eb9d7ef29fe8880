"""The sums of the floating catchment areas, compiled.

A facility's pairs lie one after another, but their places are spread over the whole county. So the places are gone through in
blocks that the processor's cache holds, and in each block every facility's pairs of it: each sum is added up in the same order as
facility by facility, several times as fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo_registry.roadgraph.compiling import compiled

FloatArray = NDArray[np.float64]

_BLOCK = 32_768
"""Places at a time: a quarter of a megabyte for each array that is read or added to."""


@njit(inline="always")
def _weight_of(index: Any, table: Any, ring: Any) -> Any:
    """Weight of a pair: its own in the table, or that of the ring its time lies in (a byte each: they stay in the cache)."""
    at = np.uint64(index)
    return table[ring[at]] if ring.size else table[at]


def _share_out(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    ring: NDArray[np.uint8],
    people: FloatArray,
    supply: FloatArray,
    skip: NDArray[np.bool_],
    selection: FloatArray,
    chosen: bool,
    places: int,
) -> tuple[FloatArray, FloatArray]:
    """Return access of each place and demand of each facility; places ascend within a facility."""
    one = np.uint64(1)
    demand = np.zeros(supply.size)
    access = np.zeros(places)
    ratio = np.zeros(supply.size)
    for is_second in (False, True):
        at_pair = start[:-1].copy()
        for first in range(0, places, _BLOCK):
            stop = np.uint64(min(first + _BLOCK, places))
            for facility in range(supply.size):
                if skip[facility] or (is_second and ratio[facility] == 0.0):
                    continue
                pair, end = np.uint64(at_pair[facility]), np.uint64(start[facility + 1])
                total = demand[facility]
                while pair < end:
                    at = np.uint64(place[pair])
                    if at >= stop:
                        break
                    weight = _weight_of(index[pair], table, ring)
                    if chosen and weight > 0.0:
                        weight *= weight / selection[at]
                    if is_second:
                        access[at] += ratio[facility] * weight
                    else:
                        total += people[at] * weight
                    pair += one
                at_pair[facility] = pair
                demand[facility] = total
        if not is_second:
            for facility in range(supply.size):
                if demand[facility] > 0.0:
                    ratio[facility] = supply[facility] / demand[facility]
    return access, demand


share_out = compiled(_share_out)


def _selection_sums(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    ring: NDArray[np.uint8],
    skip: NDArray[np.bool_],
    places: int,
) -> FloatArray:
    sums = np.zeros(places)
    for facility in range(start.size - 1):
        if not skip[facility]:
            for pair in range(start[facility], start[facility + 1]):
                sums[np.uint64(place[pair])] += _weight_of(index[pair], table, ring)
    return sums


selection_sums = compiled(_selection_sums)


def _add_up(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    ring: NDArray[np.uint8],
    supply: FloatArray,
    places: int,
) -> FloatArray:
    access = np.zeros(places)
    for facility in range(supply.size):
        for pair in range(start[facility], start[facility + 1]):
            access[np.uint64(place[pair])] += supply[facility] * _weight_of(index[pair], table, ring)
    return access


add_up = compiled(_add_up)


def _allocate(
    facility: NDArray[np.int32],
    place: NDArray[np.int32],
    time_ms: NDArray[np.int32],
    left: NDArray[np.int64],
    room: NDArray[np.int64],
    sent: NDArray[np.int64],
) -> None:
    """Send people along pairs sorted by time, then facility, then place; those equally near share what room is left."""
    count = place.size
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and time_ms[end] == time_ms[begin] and facility[end] == facility[begin]:
            end += 1
        free = room[facility[begin]]
        wanted = np.int64(0)
        for pair in range(begin, end):
            wanted += left[place[pair]]
        if free > 0 and wanted > 0:
            if wanted <= free:
                for pair in range(begin, end):
                    sent[pair] = left[place[pair]]
                    left[place[pair]] = 0
                room[facility[begin]] = free - wanted
            else:
                _share_room(place, left, sent, begin, end, free, wanted)
                room[facility[begin]] = 0
        begin = end


def _share_room_python(
    place: NDArray[np.int32],
    left: NDArray[np.int64],
    sent: NDArray[np.int64],
    begin: int,
    end: int,
    free: int,
    wanted: int,
) -> None:
    """Largest remainder: whole people in proportion, the rest to the largest remainders, the earlier of equal ones first."""
    remainder = np.empty(end - begin, np.int64)
    given = np.int64(0)
    for pair in range(begin, end):
        product = left[place[pair]] * free
        sent[pair] = product // wanted
        remainder[pair - begin] = product % wanted
        given += sent[pair]
    order = np.argsort(-remainder, kind="mergesort")
    for rank in range(free - given):
        sent[begin + order[rank]] += 1
    for pair in range(begin, end):
        left[place[pair]] -= sent[pair]


_share_room = compiled(_share_room_python)
allocate = compiled(_allocate)
