"""Accessibility: how much of what facilities offer falls to each person. 2SFCA and its family, gravity, cumulative.

In the family of the floating catchment areas what facilities offer is shared out among the people who reach them: summed over all
people it is what is offered, by facilities that anybody reaches. Gravity and cumulative opportunities count it for everybody anew.

A place that is not on the network has an *unknown* access (NaN); one that reaches nothing has 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo_registry.roadgraph import TimeMatrix

from .decay import Decay, step
from .errors import AnalysisError, gettext_noop

FloatArray = NDArray[np.float64]

_TABLE_MAX = 1 << 23
"""Weights are looked up by the millisecond, up to a limit of 2.3 hours; beyond, one is kept for each pair."""


class Measure(StrEnum):
    """How access was measured."""

    TWO_STEP = "2sfca"
    ENHANCED = "e2sfca"
    THREE_STEP = "3sfca"
    GRAVITY = "gravity"
    CUMULATIVE = "cumulative"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access of each place.

    Attributes
    ----------
    measure, decay
        How it was measured.
    access
        Of each place: units of supply for each person (floating catchments), or units of supply within reach,
        weighted (gravity, cumulative). NaN where unknown, 0 where nothing is reached.
    ratio
        Of each facility: units for each (weighted) person who reaches it; NaN where nobody does or its
        supply is unknown. Empty for gravity and cumulative.
    supply_unreached
        Facilities with a supply that nobody on the network reaches: their supply is shared out to nobody.
    supply_unknown
        Facilities left out because their supply is not known.
    people_unknown
        People of places whose access is unknown: they are not among those who share.
    """

    measure: Measure
    decay: str
    access: FloatArray
    ratio: FloatArray
    supply_unreached: NDArray[np.int64]
    supply_unknown: NDArray[np.int64]
    people_unknown: float


def two_step(matrix: TimeMatrix, *, people: ArrayLike, supply: ArrayLike, limit_s: float) -> Access:
    """2SFCA (Luo and Wang 2003): within the limit all count alike.

    Rⱼ = Sⱼ ÷ Σ{i: t(i,j) ≤ T} Pᵢ, then Aᵢ = Σ{j: t(i,j) ≤ T} Rⱼ. For parameters and errors see :func:`enhanced_two_step`.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.accessibility import two_step
    >>> from geo_registry.roadgraph import Method, TimeMatrix
    >>> none = np.array([], dtype=np.int64)
    >>> matrix = TimeMatrix(places=3, start=np.array([0, 2, 4]), place=np.array([0, 1, 1, 2], dtype=np.int32),
    ...     time_ms=np.array([60_000, 300_000, 0, 600_000], dtype=np.int32), limit_ms=600_000,
    ...     facilities_unsnapped=none, places_unknown=none, method=Method.ROAD)
    >>> two_step(matrix, people=[100, 100, 300], supply=[20, 40], limit_s=600).access.round(6).tolist()
    [0.1, 0.2, 0.1]
    """
    answer = enhanced_two_step(matrix, people=people, supply=supply, decay=step(limit_s))
    return replace(answer, measure=Measure.TWO_STEP)


def enhanced_two_step(matrix: TimeMatrix, *, people: ArrayLike, supply: ArrayLike, decay: Decay) -> Access:
    """E2SFCA (Luo and Qi 2009): the same with weights that fall with time.

    Rⱼ = Sⱼ ÷ Σᵢ Pᵢ w(t(i,j)), then Aᵢ = Σⱼ Rⱼ w(t(i,j)).

    Parameters
    ----------
    matrix
        From :func:`~geo_registry.roadgraph.matrix.times_within`, searched up to the decay's limit at least.
    people
        Of each place, 0 or more.
    supply
        Of each facility (beds, places), 0 or more; NaN is unknown: the facility is left out and listed.
    decay
        From :mod:`facilities.analysis.decay`.

    Raises
    ------
    AnalysisError
        On lengths that differ, negative or infinite numbers, a matrix that was not searched far enough, or
        no people at all.
    """
    return _floating(matrix, people, supply, decay, Measure.ENHANCED)


def three_step(matrix: TimeMatrix, *, people: ArrayLike, supply: ArrayLike, decay: Decay) -> Access:
    """3SFCA (Wan, Zou and Sternberg 2012): people divide themselves among the facilities they reach.

    Gᵢⱼ = w(t(i,j)) ÷ Σₖ w(t(i,k)); Rⱼ = Sⱼ ÷ Σᵢ Gᵢⱼ Pᵢ w(t(i,j)); Aᵢ = Σⱼ Gᵢⱼ Rⱼ w(t(i,j)). So demand is not counted
    once more for every facility in reach. Parameters and errors as in :func:`enhanced_two_step`.
    """
    return _floating(matrix, people, supply, decay, Measure.THREE_STEP)


def gravity(matrix: TimeMatrix, *, supply: ArrayLike, decay: Decay) -> Access:
    """Hansen's potential (1959): Aᵢ = Σⱼ Sⱼ w(t(i,j)), whoever else goes there."""
    return _potential(matrix, supply, decay, Measure.GRAVITY)


def cumulative(matrix: TimeMatrix, *, supply: ArrayLike, limit_s: float) -> Access:
    """Cumulative opportunities: Aᵢ = Σ{j: t(i,j) ≤ T} Sⱼ; with a supply of 1 each, the number of facilities in reach."""
    return _potential(matrix, supply, step(limit_s), Measure.CUMULATIVE)


def _floating(
    matrix: TimeMatrix, people: ArrayLike, supply: ArrayLike, decay: Decay, measure: Measure
) -> Access:
    from .catchment_kernels import selection_sums, share_out

    _check_limit(matrix, decay)
    weight = _numbers(
        people, matrix.places, gettext_noop("The number of people in row {row} is not one: {value}.")
    )
    offered = _supply(supply, matrix)
    unknown_supply = np.isnan(offered)
    unknown_place = np.zeros(matrix.places, dtype=np.bool_)
    unknown_place[matrix.places_unknown] = True
    if not weight.sum() > 0:
        raise AnalysisError(gettext_noop("Nobody is counted: supply cannot be shared out."))
    index, table, ring = _lookup(matrix, decay)
    chosen = measure is Measure.THREE_STEP
    selection = np.empty(0)
    usable = np.where(unknown_supply, 0.0, offered)
    if chosen:
        selection = selection_sums(
            matrix.start, matrix.place, index, table, ring, unknown_supply, matrix.places
        )
    access, demand = share_out(
        matrix.start,
        matrix.place,
        index,
        table,
        ring,
        weight,
        usable,
        unknown_supply,
        selection,
        chosen,
        matrix.places,
    )
    ratio = np.full(len(offered), np.nan)
    served = (demand > 0) & ~unknown_supply
    ratio[served] = offered[served] / demand[served]
    access[unknown_place] = np.nan
    return Access(
        measure=measure,
        decay=decay.name,
        access=access,
        ratio=ratio,
        supply_unreached=np.flatnonzero(~served & ~unknown_supply & (usable > 0)),
        supply_unknown=np.flatnonzero(unknown_supply),
        people_unknown=float(weight[unknown_place].sum()),
    )


def _potential(matrix: TimeMatrix, supply: ArrayLike, decay: Decay, measure: Measure) -> Access:
    from .catchment_kernels import add_up

    _check_limit(matrix, decay)
    offered = _supply(supply, matrix)
    unknown_supply = np.isnan(offered)
    usable = np.where(unknown_supply, 0.0, offered)
    index, table, ring = _lookup(matrix, decay)
    access = add_up(matrix.start, matrix.place, index, table, ring, usable, matrix.places)
    access[matrix.places_unknown] = np.nan
    return Access(
        measure=measure,
        decay=decay.name,
        access=access,
        ratio=np.empty(0),
        supply_unreached=np.flatnonzero((np.diff(matrix.start) == 0) & (usable > 0)),
        supply_unknown=np.flatnonzero(unknown_supply),
        people_unknown=0.0,
    )


def _lookup(matrix: TimeMatrix, decay: Decay) -> tuple[NDArray[np.int32], FloatArray, NDArray[np.uint8]]:
    """A weight for each pair: an index, the weights to look it up in, and the ring of each index where weights go by rings."""
    none = np.empty(0, dtype=np.uint8)
    if matrix.limit_ms >= _TABLE_MAX:
        distinct, index = np.unique(matrix.time_ms, return_inverse=True)
        return index.astype(np.int32), decay.weights(distinct), none
    if 0 < len(decay.rings) < 256:
        ends = [min(end_ms, matrix.limit_ms) + 1 for end_ms, _weight in decay.rings]
        counts = np.diff([0, *ends, matrix.limit_ms + 1])
        ring = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
        return matrix.time_ms, np.array([*(weight for _end, weight in decay.rings), 0.0]), ring
    return matrix.time_ms, decay.weights(np.arange(matrix.limit_ms + 1)), none


def _check_limit(matrix: TimeMatrix, decay: Decay) -> None:
    if round(decay.limit_s * 1000) > matrix.limit_ms:
        raise AnalysisError(
            gettext_noop(
                "The times were searched up to {limit_s} s only: {threshold_s} s cannot be answered."
            ),
            limit_s=matrix.limit_ms / 1000,
            threshold_s=decay.limit_s,
        )


def _supply(supply: ArrayLike, matrix: TimeMatrix) -> FloatArray:
    offered = np.asarray(supply, dtype=np.float64)
    known = np.where(np.isnan(offered), 0.0, offered)
    _numbers(
        known,
        matrix.facilities,
        gettext_noop("The supply of the facility in row {row} is not a number: {value}."),
    )
    return offered


def _numbers(values: ArrayLike, count: int, template: str) -> FloatArray:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (count,):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=numbers.size,
            expected=count,
        )
    wrong = ~((numbers >= 0) & np.isfinite(numbers))
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(template, row=row, value=float(numbers[row]))
    return numbers
