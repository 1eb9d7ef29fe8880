"""Coverage with capacity: people go to the nearest facility that still has room.

Four groups, which add up to the population exactly: reached and *served*; reached but *full*; *out of reach*; *unknown*.
Nearest first means over all pairs: whoever is nearer to a facility goes first, wherever the others live; people whose nearest
facility is full go on to the next within the limit. Places equally near to the last room share it in proportion, in whole
people by the largest remainder.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo_registry.roadgraph import TimeMatrix

from .divisions import DivisionTree
from .errors import AnalysisError, gettext_noop

IntArray = NDArray[np.int64]

CAPACITY_COLUMNS = ("division", "population", "served", "full", "out_of_reach", "unknown", "share")
"""Columns of :func:`capacity_by_division`'s answer."""

_NO_END = np.int64(2**62)


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """Who is served where.

    Attributes
    ----------
    served, full, out_of_reach, unknown
        People of each place; the four add up to its people.
    used
        People served at each facility.
    facility, place, people
        Who goes where: one row for each pair that anybody uses, by facility and place.
    capacity_unknown
        Facilities whose capacity is not known. Nobody is sent there; people who find no room elsewhere and
        reach one of these are unknown, not full.
    """

    served: IntArray
    full: IntArray
    out_of_reach: IntArray
    unknown: IntArray
    used: IntArray
    facility: IntArray
    place: IntArray
    people: IntArray
    capacity_unknown: IntArray


def allocate_nearest_first(
    matrix: TimeMatrix, *, people: ArrayLike, capacity: ArrayLike, limit_s: float
) -> Allocation:
    """Send people to the nearest facility with room within a limit.

    Parameters
    ----------
    matrix
        From :func:`~geo_registry.roadgraph.matrix.times_within`.
    people
        Whole numbers of people of each place who look for a place.
    capacity
        How many each facility can serve: whole numbers; infinite has no end, NaN is unknown.
    limit_s
        Seconds, inclusive; not beyond what the matrix was searched for.

    Raises
    ------
    AnalysisError
        On people or capacities that are negative or not whole, lengths that differ, or a limit beyond the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.capacity import allocate_nearest_first
    >>> from geo_registry.roadgraph import Method, TimeMatrix
    >>> matrix = TimeMatrix(places=3, start=np.array([0, 2]), place=np.array([0, 1], dtype=np.int32),
    ...     time_ms=np.array([60_000, 300_000], dtype=np.int32), limit_ms=600_000,
    ...     facilities_unsnapped=np.array([], dtype=np.int64), places_unknown=np.array([], dtype=np.int64),
    ...     method=Method.ROAD)
    >>> answer = allocate_nearest_first(matrix, people=[30, 30, 5], capacity=[40], limit_s=600)
    >>> answer.served.tolist(), answer.full.tolist(), answer.out_of_reach.tolist()
    ([30, 10, 0], [0, 20, 0], [0, 0, 5])
    """
    from .catchment_kernels import allocate

    limit_ms = _limit_ms(limit_s, matrix)
    wanted = _whole(
        people, matrix.places, gettext_noop("The number of people in row {row} is not whole: {value}.")
    )
    offered = np.asarray(capacity, dtype=np.float64)
    not_known = np.isnan(offered)
    endless = np.isposinf(offered)
    room = _whole(
        np.where(not_known | endless, 0.0, offered),
        matrix.facilities,
        gettext_noop("The capacity in row {row} is not a whole number: {value}."),
    )
    room[endless] = _NO_END
    within = matrix.time_ms <= limit_ms
    facility, place, time_ms = matrix.facility[within], matrix.place[within], matrix.time_ms[within]
    reached, perhaps = np.zeros(matrix.places, dtype=np.bool_), np.zeros(matrix.places, dtype=np.bool_)
    reached[place] = True
    perhaps[place[not_known[facility]]] = True
    order = np.lexsort((place, facility, time_ms))
    facility, place, time_ms = facility[order], place[order], time_ms[order]
    left, sent = wanted.copy(), np.zeros(len(place), dtype=np.int64)
    allocate(facility, place, time_ms, left, room.copy(), sent)
    unknown_place = np.zeros(matrix.places, dtype=np.bool_)
    unknown_place[matrix.places_unknown] = True
    unknown = np.where(unknown_place | perhaps, left, 0)
    out_of_reach = np.where(~reached & ~unknown_place, left, 0)
    used = np.zeros(matrix.facilities, dtype=np.int64)
    np.add.at(used, facility, sent)
    rows = np.flatnonzero(sent)
    rows = rows[np.lexsort((place[rows], facility[rows]))]
    return Allocation(
        served=wanted - left,
        full=left - unknown - out_of_reach,
        out_of_reach=out_of_reach,
        unknown=unknown,
        used=used,
        facility=facility[rows].astype(np.int64),
        place=place[rows].astype(np.int64),
        people=sent[rows],
        capacity_unknown=np.flatnonzero(not_known),
    )


def capacity_by_division(
    allocation: Allocation, *, division: Sequence[Hashable], parents: Mapping[Hashable, Hashable | None]
) -> pd.DataFrame:
    """Add the four groups up for every division and all above it.

    Parameters
    ----------
    allocation
        From :func:`allocate_nearest_first`.
    division
        The division each place lies in directly.
    parents
        Every division and the one it lies in (None at the top).

    Returns
    -------
    pandas.DataFrame
        One row a division with :data:`CAPACITY_COLUMNS`; ``share`` is served ÷ population, NaN where nobody lives.

    Raises
    ------
    AnalysisError
        On a place in no known division, or lengths that differ.
    """
    if len(division) != len(allocation.served):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=len(division),
            expected=len(allocation.served),
        )
    tree = DivisionTree.from_parents(parents)
    own = np.zeros((len(tree.codes), 4), dtype=np.int64)
    groups = (allocation.served, allocation.full, allocation.out_of_reach, allocation.unknown)
    np.add.at(own, tree.numbers(division), np.column_stack(groups))
    total = tree.add_up(own)
    frame = pd.DataFrame(total, columns=["served", "full", "out_of_reach", "unknown"])
    frame.insert(0, "division", list(tree.codes))
    frame.insert(1, "population", total.sum(axis=1))
    frame["share"] = frame["served"] / frame["population"].where(frame["population"] > 0)
    return frame[list(CAPACITY_COLUMNS)]


def _limit_ms(limit_s: float, matrix: TimeMatrix) -> int:
    if not (np.isfinite(limit_s) and limit_s >= 0):
        raise AnalysisError(gettext_noop("A threshold must be 0 s or more; it is {value}."), value=limit_s)
    if round(limit_s * 1000) > matrix.limit_ms:
        raise AnalysisError(
            gettext_noop(
                "The times were searched up to {limit_s} s only: {threshold_s} s cannot be answered."
            ),
            limit_s=matrix.limit_ms / 1000,
            threshold_s=limit_s,
        )
    return round(limit_s * 1000)


def _whole(values: ArrayLike, count: int, template: str) -> IntArray:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (count,):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=numbers.size,
            expected=count,
        )
    wrong = ~((numbers >= 0) & np.isfinite(numbers) & (numbers == np.floor(numbers)))
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(template, row=row, value=float(numbers[row]))
    return numbers.astype(np.int64)
