"""“Has its own” beside “served by a neighbour”: two readings of one word, coverage.

For a division and a limit its people fall into five groups that add up: in a unit that has a facility of its own, and within the
limit of one (whichever is nearest) or not; in a unit that has none, but within the limit of a neighbour's; in a unit without
one, and beyond the limit; unknown, off the network.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo_registry.roadgraph import TravelState, TravelTimes

from .divisions import DivisionTree
from .errors import AnalysisError, gettext_noop

OWN_COLUMNS = (
    "division",
    "threshold_s",
    "units",
    "units_with_own",
    "population",
    "own_within",
    "own_beyond",
    "neighbour",
    "neither",
    "unknown",
)
"""Columns of :func:`own_and_neighbour`'s answer."""


def own_and_neighbour(
    travel: TravelTimes,
    *,
    people: ArrayLike,
    division: Sequence[Hashable],
    parents: Mapping[Hashable, Hashable | None],
    units: Sequence[Hashable],
    with_own: Sequence[Hashable],
    thresholds_s: Sequence[float],
) -> pd.DataFrame:
    """Count units that have a facility of their own, and whom the others' people reach.

    Parameters
    ----------
    travel
        Time of each place to the nearest facility, wherever that stands.
    people
        Whole people of each place.
    division
        The division each place lies in directly: a unit, one below it, or one above.
    parents
        Every division and the one it lies in.
    units
        The divisions that ought to have one each (villages for a village tier), those that count in denominators.
    with_own
        Divisions in which an open facility of the set stands; a unit has its own if it, or a division below it, is among them.
    thresholds_s
        Seconds, inclusive.

    Returns
    -------
    pandas.DataFrame
        One row a division above or at the units and threshold, with :data:`OWN_COLUMNS`. People who live in no unit
        (in the township itself) are in ``neither``, ``neighbour`` or ``unknown`` as their times say.

    Raises
    ------
    AnalysisError
        On lengths that differ, counts that are not whole, or a unit that is no division.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.neighbours import own_and_neighbour
    >>> from geo_registry.roadgraph import Method, TravelTimes
    >>> times = TravelTimes(np.array([60_000, 500_000, -1]), np.array([0, 0, -1]), np.array([0, 0, 3], dtype=np.int8),
    ...     np.zeros(3, dtype=bool), np.array([], dtype=np.int64), None, Method.ROAD)
    >>> answer = own_and_neighbour(times, people=[10, 20, 5], division=["a", "b", "b"],
    ...     parents={"town": None, "a": "town", "b": "town"}, units=["a", "b"], with_own=["a"], thresholds_s=[600])
    >>> [int(answer[name][0]) for name in ("units", "units_with_own", "own_within", "neighbour", "unknown")]
    [2, 1, 10, 20, 5]
    """
    counts = np.asarray(people)
    if not (len(counts) == len(division) == len(travel)):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=len(counts),
            expected=len(travel),
        )
    if len(counts) and ((counts < 0).any() or (counts != np.floor(counts)).any()):
        wrong = (counts < 0) | (counts != np.floor(counts))
        raise AnalysisError(
            gettext_noop("The number of people in row {row} is not whole: {value}."),
            row=int(wrong.argmax()),
            value=float(counts[wrong.argmax()]),
        )
    tree = DivisionTree.from_parents(parents)
    lowest = tree.numbers(division)
    unit_of = _unit_of(tree, tree.numbers(units))
    is_unit = np.zeros(len(tree.codes), dtype=np.int64)
    is_unit[tree.numbers(units)] = 1
    has_own = np.zeros(len(tree.codes), dtype=np.bool_)
    stands_in = unit_of[tree.numbers([code for code in with_own if code in parents])]
    has_own[stands_in[stands_in >= 0]] = True
    unit_counts = tree.add_up(np.column_stack([is_unit, is_unit * has_own]))
    own = (unit_of[lowest] >= 0) & has_own[np.maximum(unit_of[lowest], 0)]
    unknown = travel.state == TravelState.UNKNOWN
    # What lies below the units is their own business.
    shown = np.flatnonzero((unit_of < 0) | (is_unit == 1))
    blocks = []
    for threshold_s in thresholds_s:
        if not (np.isfinite(threshold_s) and threshold_s >= 0):
            raise AnalysisError(
                gettext_noop("A threshold must be 0 s or more; it is {value}."), value=threshold_s
            )
        within = (travel.state == TravelState.REACHED) & (travel.time_ms <= round(threshold_s * 1000))
        groups = (
            own & within,
            own & ~within & ~unknown,
            ~own & within,
            ~own & ~within & ~unknown,
            unknown,
        )
        values = np.zeros((len(tree.codes), 5), dtype=np.int64)
        np.add.at(
            values, lowest, np.column_stack([np.where(group, counts, 0) for group in groups]).astype(np.int64)
        )
        blocks.append(_block(tree, shown, threshold_s, unit_counts, tree.add_up(values)))
    if not blocks:
        return pd.DataFrame({name: [] for name in OWN_COLUMNS})
    return pd.concat(blocks, ignore_index=True)


def _block(
    tree: DivisionTree,
    shown: NDArray[np.int64],
    threshold_s: float,
    units: NDArray[np.int64],
    total: NDArray[np.int64],
) -> pd.DataFrame:
    frame = pd.DataFrame(
        total[shown], columns=["own_within", "own_beyond", "neighbour", "neither", "unknown"]
    )
    frame.insert(0, "population", total[shown].sum(axis=1))
    frame.insert(0, "units_with_own", units[shown, 1])
    frame.insert(0, "units", units[shown, 0])
    frame.insert(0, "threshold_s", threshold_s)
    frame.insert(0, "division", [tree.codes[number] for number in shown])
    return frame[list(OWN_COLUMNS)]


def _unit_of(tree: DivisionTree, units: NDArray[np.int64]) -> NDArray[np.int64]:
    """The unit that each division is or lies in; -1 above the units."""
    unit = np.full(len(tree.codes), -1, dtype=np.int64)
    unit[units] = units
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        at = np.flatnonzero((tree.depth == depth) & (unit < 0))
        unit[at] = unit[tree.parent[at]]
    return unit
