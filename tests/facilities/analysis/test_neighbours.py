"""Its own, or a neighbour's: against counting one person at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.analysis.errors import AnalysisError
from facilities.analysis.neighbours import own_and_neighbour
from geo_registry.roadgraph import Method, TravelState, TravelTimes

PARENTS = {"county": None, "t1": "county", "t2": "county", "a": "t1", "b": "t1", "c": "t2", "c1": "c"}
UNITS = ["a", "b", "c"]


def travel(times_ms: list[int | None]) -> TravelTimes:
    """None is unknown, -1 no way."""
    state = [
        TravelState.UNKNOWN if t is None else TravelState.UNREACHABLE if t < 0 else TravelState.REACHED
        for t in times_ms
    ]
    values = np.array([-1 if t is None else t for t in times_ms], dtype=np.int64)
    none = np.array([], dtype=np.int64)
    return TravelTimes(
        values,
        np.where(values < 0, -1, 0),
        np.array(state, dtype=np.int8),
        np.zeros(len(values), bool),
        none,
        None,
        Method.ROAD,
    )


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "c1", "t1", "county"]),
            st.integers(0, 50),
            st.one_of(st.none(), st.integers(-1, 2000)),
        ),
        max_size=30,
    ),
    stands=st.lists(st.sampled_from(["a", "b", "c", "c1", "t1"]), max_size=4),
)
def test_groups_are_those_counted_one_by_one_and_add_up(rows, stands):
    division = [row[0] for row in rows]
    people = [row[1] for row in rows]
    answer = own_and_neighbour(
        travel([row[2] for row in rows]), people=people, division=division, parents=PARENTS,
        units=UNITS, with_own=stands, thresholds_s=[1],
    ).set_index("division")  # fmt: skip
    unit = {"a": "a", "b": "b", "c": "c", "c1": "c"}
    has = {unit[code] for code in stands if code in unit}
    expected = dict.fromkeys(["own_within", "own_beyond", "neighbour", "neither", "unknown"], 0)
    for code, count, time in rows:
        own = unit.get(code) in has
        if time is None:
            expected["unknown"] += count
        elif 0 <= time <= 1000:
            expected["own_within" if own else "neighbour"] += count
        else:
            expected["own_beyond" if own else "neither"] += count
    assert {name: answer.loc["county", name] for name in expected} == expected
    assert answer.loc["county", "population"] == sum(people)
    assert (answer.loc["county", "units"], answer.loc["county", "units_with_own"]) == (3, len(has))
    assert (
        answer.loc["t1", "population"] + answer.loc["t2", "population"] <= answer.loc["county", "population"]
    )
    assert "c1" not in answer.index


def test_a_facility_in_the_township_itself_is_no_villages_own():
    answer = own_and_neighbour(
        travel([10]),
        people=[5],
        division=["a"],
        parents=PARENTS,
        units=UNITS,
        with_own=["t1"],
        thresholds_s=[1],
    ).set_index("division")
    assert answer.loc["a", ["units_with_own", "neighbour"]].tolist() == [0, 5]


@pytest.mark.parametrize("people", [[1.5], [-2], [float("nan")]])
def test_people_who_are_no_whole_number_are_refused(people):
    with pytest.raises(AnalysisError, match="row 0"):
        own_and_neighbour(
            travel([1]),
            people=people,
            division=["a"],
            parents=PARENTS,
            units=UNITS,
            with_own=[],
            thresholds_s=[1],
        )


def test_lengths_that_differ_and_limits_that_mean_nothing_are_refused():
    with pytest.raises(AnalysisError):
        own_and_neighbour(
            travel([1]),
            people=[1, 2],
            division=["a"],
            parents=PARENTS,
            units=UNITS,
            with_own=[],
            thresholds_s=[1],
        )
    with pytest.raises(AnalysisError):
        own_and_neighbour(
            travel([1]),
            people=[1],
            division=["a"],
            parents=PARENTS,
            units=UNITS,
            with_own=[],
            thresholds_s=[-1],
        )
