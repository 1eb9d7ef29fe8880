"""The sums of the floating catchment areas, compiled: each facility's pairs are read once from memory and used twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph.compiling import compiled

FloatArray = NDArray[np.float64]


def _share_out(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    people: FloatArray,
    supply: FloatArray,
    skip: NDArray[np.bool_],
    selection: FloatArray,
    chosen: bool,
    places: int,
) -> tuple[FloatArray, FloatArray]:
    access = np.zeros(places)
    demand = np.zeros(supply.size)
    most = np.int64(0)
    for facility in range(supply.size):
        most = max(most, start[facility + 1] - start[facility])
    # One facility's weights at a time, looked up once: the table is larger than the processor's cache, these are not.
    weights = np.empty(most)
    one = np.uint64(1)
    for facility in range(supply.size):
        if skip[facility]:
            continue
        begin, end = np.uint64(start[facility]), np.uint64(start[facility + 1])
        total = 0.0
        pair = begin
        while pair < end:
            at = np.uint64(place[pair])
            weight = table[np.uint64(index[pair])]
            if chosen and weight > 0.0:
                weight *= weight / selection[at]
            weights[pair - begin] = weight
            total += people[at] * weight
            pair += one
        demand[facility] = total
        if total <= 0.0 or supply[facility] == 0.0:
            continue
        ratio = supply[facility] / total
        pair = begin
        while pair < end:
            access[np.uint64(place[pair])] += ratio * weights[pair - begin]
            pair += one
    return access, demand


share_out = compiled(_share_out)


def _selection_sums(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    skip: NDArray[np.bool_],
    places: int,
) -> FloatArray:
    sums = np.zeros(places)
    for facility in range(start.size - 1):
        if not skip[facility]:
            for pair in range(start[facility], start[facility + 1]):
                sums[place[pair]] += table[np.uint64(index[pair])]
    return sums


selection_sums = compiled(_selection_sums)


def _add_up(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    index: NDArray[np.int32],
    table: FloatArray,
    supply: FloatArray,
    places: int,
) -> FloatArray:
    access = np.zeros(places)
    for facility in range(supply.size):
        for pair in range(start[facility], start[facility + 1]):
            access[np.uint64(place[pair])] += supply[facility] * table[np.uint64(index[pair])]
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
