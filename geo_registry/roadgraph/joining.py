"""Answers for two groups of facilities put together: what one search for all of them would have found.

A facility's times do not depend on the others, so that whoever moves one need not search from the rest again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .errors import NetworkError, gettext_noop
from .kernels import LABEL_BITS, LABEL_MASK, UNREACHED, pack
from .matrix import TimeMatrix
from .times import TravelState, TravelTimes

IntArray = NDArray[np.int64]


def nearer_of(
    first: TravelTimes, second: TravelTimes, *, first_numbers: IntArray, second_numbers: IntArray
) -> TravelTimes:
    """Time to the nearest facility of two groups, to the millisecond what one search from all of them finds.

    Parameters
    ----------
    first, second
        Times of the same places, searched along the same roads up to the same limit.
    first_numbers, second_numbers
        The number of each group's facilities among all of them, ascending; no number stands twice.

    Raises
    ------
    NetworkError
        If the two are of other places or limits, or the numbers are not ascending.

    Examples
    --------
    >>> import numpy as np
    >>> from geo_registry.roadgraph import Method, TravelTimes, nearer_of
    >>> def times(*milliseconds):
    ...     found = np.array(milliseconds)
    ...     return TravelTimes(found, np.where(found < 0, -1, 0), np.where(found < 0, 1, 0).astype(np.int8),
    ...                        found < -1, np.array([], dtype=np.int64), 900_000, Method.ROAD)
    >>> both = nearer_of(times(5, 9, -1), times(7, 3, -1), first_numbers=np.array([1]), second_numbers=np.array([0]))
    >>> both.time_ms.tolist(), both.facility.tolist()
    ([5, 3, -1], [1, 0, -1])
    """
    if len(first) != len(second) or (first.limit_ms, first.method) != (second.limit_ms, second.method):
        raise NetworkError(
            gettext_noop("Only times of the same places, searched up to the same limit, can be put together.")
        )
    for numbers in (first_numbers, second_numbers):
        if (np.diff(numbers) <= 0).any():
            raise NetworkError(gettext_noop("The numbers of facilities that are put together must ascend."))
    if not len(second_numbers):
        return _renumbered(first, first_numbers)
    if not len(first_numbers):
        return _renumbered(second, second_numbers)
    keys, others = _keys(first, first_numbers), _keys(second, second_numbers)
    is_first = keys <= others
    least = np.minimum(keys, others)
    reached = least != UNREACHED
    return TravelTimes(
        time_ms=np.where(reached, least >> LABEL_BITS, -1),
        facility=np.where(reached, least & LABEL_MASK, -1),
        # What is known best comes first among the states: a group that is on no road at all knows nothing of any place.
        state=np.minimum(first.state, second.state),
        on_foot_directly=np.where(is_first, first.on_foot_directly, second.on_foot_directly),
        facilities_unsnapped=_unsnapped(first, second, first_numbers, second_numbers),
        limit_ms=first.limit_ms,
        method=first.method,
    )


def joined_pairs(
    first: TimeMatrix, second: TimeMatrix, *, first_numbers: IntArray, second_numbers: IntArray
) -> TimeMatrix:
    """All pairs of two groups of facilities, by facility as if they had been searched together.

    Parameters
    ----------
    first, second
        Pairs with the same places, searched up to the same limit.
    first_numbers, second_numbers
        As in :func:`nearer_of`; together all numbers from 0 on.

    Raises
    ------
    NetworkError
        If the two are of other places or limits.
    """
    if (first.places, first.limit_ms, first.method) != (second.places, second.limit_ms, second.method):
        raise NetworkError(
            gettext_noop("Only times of the same places, searched up to the same limit, can be put together.")
        )
    number = np.concatenate([first_numbers[first.facility], second_numbers[second.facility]])
    order = np.argsort(number, kind="stable")
    count = len(first_numbers) + len(second_numbers)
    return replace(
        first,
        start=np.concatenate([[0], np.cumsum(np.bincount(number, minlength=count))]).astype(np.int64),
        place=np.concatenate([first.place, second.place])[order],
        time_ms=np.concatenate([first.time_ms, second.time_ms])[order],
        facilities_unsnapped=_unsnapped(first, second, first_numbers, second_numbers),
    )


def _keys(times: TravelTimes, numbers: IntArray) -> IntArray:
    reached = times.state == TravelState.REACHED
    keys = np.full(len(times), UNREACHED, dtype=np.int64)
    keys[reached] = pack(times.time_ms[reached], numbers[times.facility[reached]])
    return keys


def _renumbered(times: TravelTimes, numbers: IntArray) -> TravelTimes:
    reached = times.facility >= 0
    facility = times.facility.copy()
    facility[reached] = numbers[times.facility[reached]]
    return replace(times, facility=facility, facilities_unsnapped=numbers[times.facilities_unsnapped])


def _unsnapped(
    first: TravelTimes | TimeMatrix,
    second: TravelTimes | TimeMatrix,
    first_numbers: IntArray,
    second_numbers: IntArray,
) -> IntArray:
    both = np.concatenate(
        [first_numbers[first.facilities_unsnapped], second_numbers[second.facilities_unsnapped]]
    )
    return np.sort(both)
