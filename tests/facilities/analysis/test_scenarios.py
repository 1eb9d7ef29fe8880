"""What if: every answer is the one that a full computation with the changed facilities gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.analysis.capacity import allocate_nearest_first
from facilities.analysis.errors import AnalysisError
from facilities.analysis.scenarios import Action, Change, WhatIf
from geo_registry.roadgraph import (
    EdgeIndex,
    RoadLines,
    build_graph,
    nearest_of_pairs,
    times_to_nearest,
    times_within,
    times_within_radius,
)
from tests.roadgraph.conftest import line, lonlat_of_metres, profile

LIMITS = [200, 500]


@pytest.fixture(scope="module")
def town():
    walk = profile()
    lines = [line((0, y), (2000, y)) for y in range(0, 2001, 250)]
    lines += [line((x, 0), (x, 2000)) for x in range(0, 2001, 250)]
    graph = build_graph(RoadLines.from_columns(lines), walk, crossings="join", tolerance_m=0.5)
    random = np.random.default_rng(4)
    places = lonlat_of_metres(random.uniform(0, 2000, (150, 2)))
    people = pd.DataFrame({"division": random.choice(["a", "b"], 150), "age60": random.integers(0, 40, 150)})
    facilities = lonlat_of_metres(random.uniform(0, 2000, (6, 2)))
    return walk, EdgeIndex(graph), places, people, facilities


def what_if(town, *, roads=True, capacity=None):
    walk, index, places, people, facilities = town
    return WhatIf(
        index if roads else None, walk, facilities=facilities, places=places, people=people,
        division_column="division", groups=["age60"], parents={"x": None, "a": "x", "b": "x"},
        thresholds_s=LIMITS, capacity=capacity, capacity_group=None if capacity is None else "age60",
    )  # fmt: skip


def afresh(town, facilities):
    walk, index, places, _people, _today = town
    return times_to_nearest(
        index.graph, index.snap(facilities, walk), index.snap(places, walk), limit_s=max(LIMITS)
    ).time_ms.tolist()


@st.composite
def some_changes(draw, facilities: int = 6):
    """Changes that can be carried out together. Points are few: facilities stand at the same one, some far from any road."""
    points = lonlat_of_metres([(0, 0), (500, 250), (510, 262), (1234, 777), (9000, 9000)])
    point = st.integers(0, len(points) - 1).map(lambda row: tuple(points[row]))
    actions = st.sampled_from([None, None, Action.MOVE, Action.CLOSE])
    changes = [
        Change(action=action, facility=row, lonlat=draw(point) if action is Action.MOVE else None)
        for row, action in enumerate(draw(st.lists(actions, min_size=facilities, max_size=facilities)))
        if action is not None
    ]
    opened = st.builds(Change, action=st.just(Action.OPEN), lonlat=point, capacity=st.just(25.0))
    return draw(st.permutations(changes + draw(st.lists(opened, max_size=3))))


@pytest.mark.parametrize("radius_m", [None, 400.0])
@given(data=st.data())
@settings(max_examples=30)
def test_what_is_kept_of_those_that_stay_changes_no_answer(town, radius_m, data):
    """One baseline is asked again and again, as by a drag; each answer is the one that a search from all facilities finds."""
    walk, index, places, people, today = town
    asked = WhatIf(
        index, walk, facilities=today, places=places, people=people, division_column="division", groups=["age60"],
        parents={"x": None, "a": "x", "b": "x"}, thresholds_s=LIMITS, capacity=[50] * 6, capacity_group="age60", radius_m=radius_m,
    )  # fmt: skip
    place_snaps, limit_s = index.snap(places, walk), max(LIMITS)
    for changes in data.draw(st.lists(some_changes(), min_size=1, max_size=4)):
        outcome = asked.answer(changes)
        snaps = index.snap(outcome.lonlat, walk)
        if radius_m is None:
            expected = times_to_nearest(index.graph, snaps, place_snaps, limit_s=limit_s)
            pairs = times_within(index.graph, snaps, place_snaps, limit_s=limit_s)
        else:
            pairs = times_within_radius(
                index.graph, snaps, place_snaps, walk, radius_m=radius_m, limit_s=limit_s
            )
            expected = nearest_of_pairs(pairs, is_limited=True)
        for name in ("time_ms", "facility", "state", "on_foot_directly", "facilities_unsnapped"):
            assert getattr(outcome.travel, name).tolist() == getattr(expected, name).tolist(), name
        allocation = allocate_nearest_first(
            pairs, people=people["age60"], capacity=outcome.capacity, limit_s=limit_s
        )
        for name in ("served", "full", "out_of_reach", "unknown", "used"):
            assert getattr(outcome.allocation, name).tolist() == getattr(allocation, name).tolist(), name


NEW = tuple(lonlat_of_metres([(1234.0, 777.0)])[0])


def test_each_change_gives_what_a_computation_from_the_start_gives(town):
    today = town[4]
    cases = {
        "nothing": ([], today),
        "open": ([Change(action=Action.OPEN, lonlat=NEW)], np.vstack([today, [NEW]])),
        "close": ([Change(action=Action.CLOSE, facility=2)], np.delete(today, 2, axis=0)),
        "move": (
            [Change(action=Action.MOVE, facility=0, lonlat=NEW)],
            np.vstack([[NEW], today[1:]]),
        ),
        "all": (
            [
                Change(action=Action.CLOSE, facility=1),
                Change(action=Action.MOVE, facility=5, lonlat=NEW),
                Change(action=Action.OPEN, lonlat=tuple(today[1])),
            ],
            np.vstack([today[[0, 2, 3, 4]], [NEW], [today[1]]]),
        ),
    }
    asked = what_if(town)
    for name, (changes, after) in cases.items():
        outcome = asked.answer(changes)
        assert outcome.travel.time_ms.tolist() == afresh(town, after), name
        assert outcome.lonlat.tolist() == after.tolist(), name


def test_closing_and_opening_at_the_same_point_changes_nothing(town):
    asked = what_if(town)
    same = asked.answer(
        [Change(action=Action.CLOSE, facility=3), Change(action=Action.OPEN, lonlat=tuple(town[4][3]))]
    )
    before = asked.answer([])
    assert same.shares.drop(columns="set").equals(before.shares.drop(columns="set"))


def test_a_larger_house_serves_more_and_the_four_groups_add_up(town):
    walk, index, places, people, facilities = town
    asked = what_if(town, capacity=[50] * 6)
    before = asked.answer([]).allocation
    after = asked.answer([Change(action=Action.RESIZE, facility=0, capacity=400)]).allocation
    matrix = times_within(
        index.graph, index.snap(facilities, walk), index.snap(places, walk), limit_s=max(LIMITS)
    )
    expected = allocate_nearest_first(
        matrix, people=people["age60"], capacity=[400, 50, 50, 50, 50, 50], limit_s=max(LIMITS)
    )
    assert after.served.tolist() == expected.served.tolist()
    assert after.served.sum() >= before.served.sum()
    total = after.served + after.full + after.out_of_reach + after.unknown
    assert total.tolist() == people["age60"].tolist()


def test_closing_everything_leaves_nobody_covered_and_is_no_error(town):
    outcome = what_if(town).answer([Change(action=Action.CLOSE, facility=row) for row in range(6)])
    assert outcome.shares["covered"].sum() == 0


def test_without_roads_it_answers_in_straight_lines(town):
    asked = what_if(town, roads=False, capacity=[10] * 6)
    more = asked.answer([Change(action=Action.OPEN, lonlat=NEW, capacity=10)])
    assert more.allocation.served.sum() >= asked.answer([]).allocation.served.sum()


@pytest.mark.parametrize(
    "changes",
    [
        [Change(action=Action.CLOSE, facility=6)],
        [Change(action=Action.CLOSE)],
        [Change(action=Action.CLOSE, facility=1), Change(action=Action.CLOSE, facility=1)],
        [Change(action=Action.CLOSE, facility=1), Change(action=Action.MOVE, facility=1, lonlat=NEW)],
        [Change(action=Action.OPEN)],
        [Change(action=Action.OPEN, lonlat=(float("nan"), 38.0))],
        [Change(action=Action.MOVE, facility=1, lonlat=(106.0, 95.0))],
        [Change(action=Action.RESIZE, facility=1)],
        [Change(action=Action.RESIZE, facility=1, capacity=-4)],
    ],
)
def test_what_cannot_be_done_is_refused(town, changes):
    with pytest.raises(AnalysisError, match="Change"):
        what_if(town).answer(changes)


def test_a_merger_is_a_closing_that_leaves_its_room_behind(town):
    capacity = [20.0, 30.0, 5.0, 10.0, 40.0, np.nan]
    asked = what_if(town, capacity=capacity)
    merged = asked.answer([Change(action=Action.MERGE, facility=2, into=4)])
    by_hand = asked.answer(
        [Change(action=Action.CLOSE, facility=2), Change(action=Action.RESIZE, facility=4, capacity=45.0)]
    )
    assert merged.travel.time_ms.tolist() == by_hand.travel.time_ms.tolist()
    assert np.array_equal(merged.capacity, by_hand.capacity, equal_nan=True)
    assert merged.allocation.served.tolist() == by_hand.allocation.served.tolist()
    # A size that is given is the size in the end; what is unknown stays unknown.
    both = [
        Change(action=Action.MERGE, facility=2, into=4),
        Change(action=Action.RESIZE, facility=4, capacity=7.0),
    ]
    assert asked.answer(both).capacity[3] == 7.0
    assert np.isnan(asked.answer([Change(action=Action.MERGE, facility=5, into=0)]).capacity[0])


@pytest.mark.parametrize(
    "changes",
    [
        [Change(action=Action.MERGE, facility=0)],
        [Change(action=Action.MERGE, facility=0, into=0)],
        [Change(action=Action.MERGE, facility=0, into=9)],
        [Change(action=Action.MERGE, facility=0, into=1), Change(action=Action.CLOSE, facility=1)],
        [Change(action=Action.MERGE, facility=0, into=1), Change(action=Action.MERGE, facility=1, into=2)],
        [
            Change(action=Action.MERGE, facility=0, into=1),
            Change(action=Action.RESIZE, facility=0, capacity=1),
        ],
    ],
)
def test_a_merger_into_nothing_is_refused(town, changes):
    with pytest.raises(AnalysisError):
        what_if(town).answer(changes)
