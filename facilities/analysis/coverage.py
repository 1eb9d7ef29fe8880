"""Share of people who reach a facility in time.

    share = Σ people · 1[time ≤ threshold] / Σ people

for every set of facilities, division, age group and threshold. A place that is not on the network is
*unknown*: its people are in the denominator and in a column of their own, never in “covered”, and never
left out. Covered + uncovered + unknown = population, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_registry.roadgraph import TravelState, TravelTimes

from .divisions import DivisionTree
from .errors import AnalysisError, gettext_noop

COVERAGE_COLUMNS = (
    "set",
    "division",
    "group",
    "threshold_s",
    "population",
    "covered",
    "uncovered",
    "unknown",
    "share",
    "share_upper",
    "places",
    "places_without_count",
)
"""Columns of :func:`coverage_by_division`'s answer."""

Counts = NDArray[np.int64] | NDArray[np.float64]


def coverage_by_division(
    people: pd.DataFrame,
    *,
    division_column: str,
    groups: Sequence[str],
    parents: Mapping[Hashable, Hashable | None],
    times: Mapping[str, TravelTimes],
    thresholds_s: Sequence[float],
) -> pd.DataFrame:
    """Count the people within each threshold, for every division and all above it.

    Parameters
    ----------
    people
        One row a populated place: its division and a count for each group. A missing count (NaN) adds
        nobody, and the place is counted under ``places_without_count``.
    division_column
        Column with the division a place lies in directly.
    groups
        Columns with counts of people. Whole numbers stay whole.
    parents
        Every division and the one it lies in (None at the top).
    times
        Travel times of the same places, in the same order, by name of the set of facilities.
    thresholds_s
        Seconds; a place exactly on the threshold, to the millisecond, is covered.

    Returns
    -------
    pandas.DataFrame
        One row for each set × division × group × threshold, in that order, with :data:`COVERAGE_COLUMNS`.
        ``share`` is covered ÷ population; ``share_upper`` counts the unknown as covered too, so that the
        truth lies between the two. Both are NaN where nobody lives. ``places`` counts populated places.

    Raises
    ------
    AnalysisError
        On a count that is negative or not finite, a place in no known division, travel times of another
        length, a threshold beyond the limit that was searched, or a threshold given twice.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from geo_registry.roadgraph import Method, TravelTimes
    >>> none = np.array([], dtype=np.int64)
    >>> times = TravelTimes(np.array([300_000, -1]), np.array([0, -1]), np.array([0, 3], dtype=np.int8),
    ...                     np.zeros(2, dtype=bool), none, None, Method.ROAD)
    >>> people = pd.DataFrame({"division": ["A1", "A2"], "age60": [80, 20]})
    >>> answer = coverage_by_division(
    ...     people, division_column="division", groups=["age60"], parents={"A": None, "A1": "A", "A2": "A"},
    ...     times={"canteens": times}, thresholds_s=[300])
    >>> answer[["population", "covered", "uncovered", "unknown"]].iloc[0].tolist()
    [100, 80, 0, 20]
    """
    return PeopleByDivision(people, division_column=division_column, groups=groups, parents=parents).shares(
        times, thresholds_s
    )


class PeopleByDivision:
    """People and the divisions they live in, checked and added up once, to be asked with one travel time after another.

    Parameters
    ----------
    people, division_column, groups, parents
        As in :func:`coverage_by_division`.

    Raises
    ------
    AnalysisError
        On a count that is negative or not finite, or a place in no known division.
    """

    def __init__(
        self,
        people: pd.DataFrame,
        *,
        division_column: str,
        groups: Sequence[str],
        parents: Mapping[Hashable, Hashable | None],
    ) -> None:
        _check_columns(people, [division_column, *groups])
        if people[division_column].isna().any():
            raise AnalysisError(
                gettext_noop("The populated place in row {row} lies in no division."),
                row=int(people[division_column].isna().to_numpy().argmax()),
            )
        self._tree = DivisionTree.from_parents(parents)
        self._groups = tuple(groups)
        self._lowest = self._tree.numbers(people[division_column])
        self._counts, missing = _counts(people, groups)
        self._population = self._sums(self._counts)
        self._places = self._sums(np.ones((len(people), 1), dtype=np.int64))
        self._without_count = self._sums(missing.astype(np.int64))

    def shares(self, times: Mapping[str, TravelTimes], thresholds_s: Sequence[float]) -> pd.DataFrame:
        """Count the people within each threshold; parameters, answer and errors as in :func:`coverage_by_division`."""
        thresholds_ms = _thresholds_ms(thresholds_s)
        blocks = []
        for name, travel in times.items():
            _check_times(name, travel, len(self._lowest), thresholds_ms)
            unknown = self._sums(self._of(travel.state == TravelState.UNKNOWN))
            reached = travel.state == TravelState.REACHED
            covered = [self._sums(self._of(reached & (travel.time_ms <= limit))) for limit in thresholds_ms]
            shape = (*self._population.shape, len(thresholds_ms))
            blocks.append(
                _block(
                    name,
                    self._tree,
                    self._groups,
                    thresholds_s,
                    population=np.broadcast_to(self._population[:, :, None], shape),
                    covered=np.stack(covered, axis=2) if covered else np.zeros(shape, self._counts.dtype),
                    unknown=np.broadcast_to(unknown[:, :, None], shape),
                    places=np.broadcast_to(self._places[:, :, None], shape),
                    places_without_count=np.broadcast_to(self._without_count[:, :, None], shape),
                )
            )
        if not blocks:
            return pd.DataFrame({name: [] for name in COVERAGE_COLUMNS})
        return pd.concat(blocks, ignore_index=True)

    def _of(self, chosen: NDArray[np.bool_]) -> Counts:
        """The counts of the chosen places, nobody elsewhere."""
        counts: Counts = np.where(chosen[:, None], self._counts, 0)
        return counts

    def _sums(self, values: NDArray[Any]) -> NDArray[Any]:
        return _sum_by_division(self._tree, self._lowest, values)


def _thresholds_ms(thresholds_s: Sequence[float]) -> list[int]:
    for value in thresholds_s:
        if not (math.isfinite(value) and value >= 0):
            raise AnalysisError(gettext_noop("A threshold must be 0 s or more; it is {value}."), value=value)
    thresholds_ms = [round(value * 1000) for value in thresholds_s]
    if len(set(thresholds_ms)) < len(thresholds_ms):
        raise AnalysisError(gettext_noop("A threshold is given twice: {values}."), values=list(thresholds_s))
    return thresholds_ms


def _check_columns(people: pd.DataFrame, needed: Sequence[str]) -> None:
    for column in needed:
        if column not in people.columns:
            raise AnalysisError(
                gettext_noop("The populated places have no column “{column}”."), column=column
            )


def _counts(people: pd.DataFrame, groups: Sequence[str]) -> tuple[Counts, NDArray[np.bool_]]:
    """Read the counts, missing ones as 0, whole if all are; and tell which were missing."""
    counts = np.empty((len(people), len(groups)), dtype=np.float64)
    for index, group in enumerate(groups):
        counts[:, index] = pd.to_numeric(people[group]).to_numpy(dtype=np.float64, na_value=np.nan)
    missing = np.isnan(counts)
    wrong = ~missing & ~((counts >= 0) & np.isfinite(counts))
    if wrong.any():
        row, column = (int(where[0]) for where in np.nonzero(wrong))
        raise AnalysisError(
            gettext_noop("The populated place in row {row} has {value} people in “{group}”."),
            row=row,
            value=float(counts[row, column]),
            group=groups[column],
        )
    counts[missing] = 0
    if (counts == np.floor(counts)).all():
        return counts.astype(np.int64), missing
    return counts, missing


def _sum_by_division(tree: DivisionTree, lowest: NDArray[np.int64], values: NDArray[Any]) -> NDArray[Any]:
    own = np.zeros((len(tree.codes), values.shape[1]), dtype=values.dtype)
    np.add.at(own, lowest, values)
    return tree.add_up(own)


def _check_times(name: str, travel: TravelTimes, places: int, thresholds_ms: Sequence[int]) -> None:
    if len(travel) != places:
        raise AnalysisError(
            gettext_noop("“{set}” has travel times for {found} places; there are {expected}."),
            set=name,
            found=len(travel),
            expected=places,
        )
    if travel.limit_ms is not None and thresholds_ms and max(thresholds_ms) > travel.limit_ms:
        raise AnalysisError(
            gettext_noop("“{set}” was searched up to {limit_s} s only: {threshold_s} s cannot be answered."),
            set=name,
            limit_s=travel.limit_ms / 1000,
            threshold_s=max(thresholds_ms) / 1000,
        )


def _block(
    name: str,
    tree: DivisionTree,
    groups: Sequence[str],
    thresholds_s: Sequence[float],
    **values: NDArray[Any],
) -> pd.DataFrame:
    """Lay the three axes out as rows."""
    keys = pd.MultiIndex.from_product(
        [[name], list(tree.codes), list(groups), list(thresholds_s)],
        names=["set", "division", "group", "threshold_s"],
    )
    frame = keys.to_frame(index=False)
    for column, cube in values.items():
        frame[column] = cube.reshape(-1)
    # What is left is uncovered; where counts are fractions, rounding must not make it negative.
    frame["uncovered"] = (frame["population"] - frame["covered"] - frame["unknown"]).clip(lower=0)
    if not np.issubdtype(values["covered"].dtype, np.integer):
        frame["population"] = frame["covered"] + frame["uncovered"] + frame["unknown"]
    inhabited = frame["population"].where(frame["population"] > 0)
    frame["share"] = frame["covered"] / inhabited
    frame["share_upper"] = (frame["covered"] + frame["unknown"]) / inhabited
    return frame[list(COVERAGE_COLUMNS)]
