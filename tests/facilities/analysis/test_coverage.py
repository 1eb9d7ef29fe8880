import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.analysis import COVERAGE_COLUMNS, AnalysisError, coverage_by_division
from geo_registry.roadgraph import Method, TravelState, TravelTimes

PARENTS = {"county": None, "east": "county", "west": "county", "e1": "east", "e2": "east", "w1": "west"}
GOLDEN = Path(__file__).parents[2] / "golden" / "coverage.json"


def travel(times_s, states=None, limit_s=None):
    """Times in seconds; None is unreachable, "?" is unknown."""
    ms = [round(t * 1000) if isinstance(t, (int, float)) else -1 for t in times_s]
    state = [
        TravelState.REACHED
        if isinstance(t, (int, float))
        else TravelState.UNKNOWN
        if t == "?"
        else TravelState.UNREACHABLE
        for t in times_s
    ]
    return TravelTimes(
        time_ms=np.array(ms, dtype=np.int64),
        facility=np.where(np.array(ms) >= 0, 0, -1),
        state=np.array(states if states is not None else state, dtype=np.int8),
        on_foot_directly=np.zeros(len(ms), dtype=bool),
        facilities_unsnapped=np.array([], dtype=np.int64),
        limit_ms=None if limit_s is None else round(limit_s * 1000),
        method=Method.ROAD,
    )


def people_of(rows, groups=("age60",)):
    return pd.DataFrame([(division, *counts) for division, *counts in rows], columns=["division", *groups])


def ask(people, times, thresholds_s=(300, 600), groups=("age60",), parents=PARENTS):
    return coverage_by_division(
        people,
        division_column="division",
        groups=list(groups),
        parents=parents,
        times=times,
        thresholds_s=list(thresholds_s),
    )


def row(table, division, threshold_s, group="age60", name="canteens"):
    match = table.query(
        "set == @name and division == @division and group == @group and threshold_s == @threshold_s"
    )
    assert len(match) == 1
    return match.iloc[0]


HAMLETS = people_of([("e1", 100), ("e1", 20), ("e2", 50), ("w1", 30), ("west", 7)])
TIMES = travel([200, 500, "?", None, 300])


def test_people_are_counted_in_their_division_and_in_all_above_it():
    table = ask(HAMLETS, {"canteens": TIMES})
    by_hand = {
        # population, covered at 5 minutes, at 10, unknown
        "e1": (120, 100, 120, 0),
        "e2": (50, 0, 0, 50),
        "east": (170, 100, 120, 50),
        "w1": (30, 0, 0, 0),
        "west": (37, 7, 7, 0),
        "county": (207, 107, 127, 50),
    }
    for division, (population, at_5, at_10, unknown) in by_hand.items():
        for threshold_s, covered in ((300, at_5), (600, at_10)):
            found = row(table, division, threshold_s)
            assert (found.population, found.covered, found.unknown) == (population, covered, unknown)
            assert found.uncovered == population - covered - unknown
            assert found.share == pytest.approx(covered / population)
            assert found.share_upper == pytest.approx((covered + unknown) / population)


def test_the_threshold_is_inclusive_to_the_millisecond():
    people = people_of([("e1", 1), ("e1", 10), ("e1", 100)])
    table = ask(people, {"canteens": travel([299.999, 300, 300.001])}, thresholds_s=[300])
    assert row(table, "e1", 300).covered == 11


def test_people_on_no_road_are_unknown_and_neither_covered_nor_uncovered():
    table = ask(people_of([("e1", 40)]), {"canteens": travel(["?"])})
    found = row(table, "e1", 600)
    assert (found.covered, found.uncovered, found.unknown) == (0, 0, 40)
    assert (found.share, found.share_upper) == (0, 1)


def test_a_division_where_nobody_lives_has_no_share_rather_than_nought():
    found = row(ask(HAMLETS.iloc[:1], {"canteens": travel([1])}), "w1", 300)
    assert found.population == 0
    assert np.isnan(found.share)
    assert np.isnan(found.share_upper)
    assert found.places == 0


def test_a_missing_count_adds_nobody_and_is_reported():
    people = pd.DataFrame({"division": ["e1", "e1"], "age60": pd.array([40, pd.NA], dtype="Int64")})
    found = row(ask(people, {"canteens": travel([1, 1])}), "county", 300)
    assert (found.population, found.covered) == (40, 40)
    assert (found.places, found.places_without_count) == (2, 1)


def test_each_group_and_each_set_of_facilities_has_its_own_rows():
    people = people_of([("e1", 100, 30), ("w1", 50, 20)], groups=("residents", "age60"))
    table = ask(
        people, {"canteens": travel([1, None]), "day care": travel([None, 1])}, [300], ("residents", "age60")
    )
    assert tuple(table.columns) == COVERAGE_COLUMNS
    assert len(table) == 2 * len(PARENTS) * 2
    assert row(table, "county", 300, "residents", "canteens").covered == 100
    assert row(table, "county", 300, "age60", "day care").covered == 20


def test_whole_people_stay_whole():
    table = ask(HAMLETS, {"canteens": TIMES})
    assert all(
        table[column].dtype == np.int64 for column in ("population", "covered", "uncovered", "unknown")
    )


def test_without_facility_sets_there_are_no_rows_but_all_columns():
    table = ask(HAMLETS, {})
    assert tuple(table.columns) == COVERAGE_COLUMNS
    assert len(table) == 0


PLACE = st.tuples(
    st.sampled_from(list(PARENTS)),
    st.integers(0, 10**7),
    st.one_of(st.integers(0, 900), st.just("?"), st.none()),
)


@given(st.lists(PLACE, max_size=25), st.lists(st.integers(0, 900), min_size=2, max_size=5, unique=True))
def test_groups_add_up_exactly_and_coverage_never_falls_as_the_threshold_grows(places, thresholds_s):
    people = people_of([(division, count) for division, count, _ in places])
    table = ask(people, {"canteens": travel([time for *_, time in places])}, sorted(thresholds_s))
    assert (table.covered + table.uncovered + table.unknown == table.population).all()
    assert table.share.dropna().between(0, 1).all()
    for _, steps in table.groupby("division"):
        assert steps.covered.is_monotonic_increasing
    for threshold_s in thresholds_s:
        for division in PARENTS:
            lineages = [lineage(place[0]) for place in places]
            inside = [place for place, line in zip(places, lineages, strict=True) if division in line]
            naive = sum(count for _, count, time in inside if isinstance(time, int) and time <= threshold_s)
            found = row(table, division, threshold_s)
            assert found.covered == naive
            assert found.population == sum(count for _, count, _ in inside)


def lineage(division):
    while division is not None:
        yield division
        division = PARENTS[division]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 900)), min_size=1, max_size=25))
def test_fractions_of_people_add_up_in_every_row_too(places):
    people = people_of([("e1", count) for count, _ in places])
    table = ask(people, {"canteens": travel([time for _, time in places])}, [450])
    assert (table.covered + table.uncovered + table.unknown == table.population).all()
    assert (table.uncovered >= 0).all()


@pytest.mark.parametrize(
    ("people", "message"),
    [
        (people_of([("e1", -1)]), "row 0 has -1.0 people in “age60”"),
        (people_of([("e1", float("inf"))]), "row 0 has inf people"),
        (people_of([("nowhere", 1)]), "Division nowhere of a populated place is not among the divisions"),
        (people_of([(None, 1)]), "row 0 lies in no division"),
        (pd.DataFrame({"division": ["e1"]}), "no column “age60”"),
    ],
)
def test_bad_people_are_named(people, message):
    with pytest.raises(AnalysisError, match=message):
        ask(people, {"canteens": travel([1])})


def test_travel_times_of_other_places_are_refused():
    with pytest.raises(AnalysisError, match="travel times for 1 places; there are 5"):
        ask(HAMLETS, {"canteens": travel([1])})


def test_a_threshold_beyond_the_limit_searched_cannot_be_answered():
    limited = travel([1], limit_s=599)
    with pytest.raises(AnalysisError, match=r"up to 599.0 s only: 600.0 s"):
        ask(people_of([("e1", 1)]), {"canteens": limited})
    assert row(ask(people_of([("e1", 1)]), {"canteens": travel([1], limit_s=600)}), "e1", 600).covered == 1


@pytest.mark.parametrize(
    ("thresholds_s", "message"),
    [([-1], "0 s or more"), ([float("nan")], "0 s or more"), ([300, 300], "twice")],
)
def test_a_bad_threshold_is_refused(thresholds_s, message):
    with pytest.raises(AnalysisError, match=message):
        ask(HAMLETS, {"canteens": TIMES}, thresholds_s=thresholds_s)


def test_divisions_that_contain_each_other_are_refused():
    with pytest.raises(AnalysisError, match="contains itself"):
        ask(people_of([("a", 1)]), {"canteens": travel([1])}, parents={"a": "b", "b": "a"})


def test_a_parent_that_is_no_division_is_refused():
    with pytest.raises(AnalysisError, match="lies in z, which is not among"):
        ask(people_of([("a", 1)]), {"canteens": travel([1])}, parents={"a": "z"})


def test_the_table_of_the_small_county_has_not_changed():
    table = ask(HAMLETS, {"canteens": TIMES, "none": travel([None] * 5)})
    assert json.loads(table.to_json(orient="records")) == json.loads(GOLDEN.read_text(encoding="utf-8"))
