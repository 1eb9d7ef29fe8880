"""A delivery radius: pairs are held to the shortest way in metres, their times to the fastest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.roadgraph import (
    EdgeIndex,
    NetworkError,
    RoadLines,
    TravelState,
    build_graph,
    nearest_of_pairs,
    snap_places,
    times_within,
    times_within_radius,
)

from .conftest import line, lonlat_of_metres, profile


def test_the_radius_is_inclusive_and_counts_the_way_off_the_road():
    walk = profile()
    graph = build_graph(
        RoadLines.from_columns([line((0, 0), (2000, 0))]), walk, crossings="join", tolerance_m=0.5
    )
    kitchen = snap_places(graph, lonlat_of_metres([(0, 0)]), walk)
    homes = snap_places(graph, lonlat_of_metres([(900, 0), (900, 100), (1100, 0), (1000, 1000)]), walk)
    length_m = times_within(graph, kitchen, homes, limit_s=5000).time_ms[0] / 1000  # 1 m/s on the road
    found = times_within_radius(graph, kitchen, homes, walk, radius_m=length_m)
    assert found.place.tolist() == [0]
    assert found.time_ms.tolist() == [round(1000 * length_m)]
    wider = times_within_radius(graph, kitchen, homes, walk, radius_m=length_m + 100.2)
    # 900 m along and 100 m off: 1000 m, though it takes 1100 s at half the speed off the road.
    assert wider.place.tolist() == [0, 1]
    assert times_within_radius(graph, kitchen, homes, walk, radius_m=1200, limit_s=1000).place.tolist() == [0]
    nearest = nearest_of_pairs(wider, is_limited=False)
    assert nearest.state.tolist() == [
        TravelState.REACHED,
        TravelState.REACHED,
        TravelState.BEYOND_LIMIT,
        TravelState.UNKNOWN,
    ]


def test_a_fast_detour_is_not_longer_than_the_radius_allows_the_short_way():
    """The time is the fast way's, the metres are the short way's: 500 m on a slow lane, 1500 m on fast roads."""
    drive = profile(speed_by_class_m_s={"primary": 50.0, "track": 1.0})
    roads = RoadLines.from_columns(
        [line((0, 0), (500, 0)), line((0, 0), (0, 500), (500, 500), (500, 0))],
        road_class=["track", "primary"],
    )
    graph = build_graph(roads, drive, crossings="keep", tolerance_m=0.5)
    ends = snap_places(graph, lonlat_of_metres([(0, 0), (500, 0)]), drive)
    found = times_within_radius(
        graph, ends.take(np.array([0])), ends.take(np.array([1])), drive, radius_m=600
    )
    assert found.time_ms.tolist() == [pytest.approx(30_000, abs=100)]
    assert len(times_within_radius(graph, ends.take([0]), ends.take([1]), drive, radius_m=400)) == 0


@given(seed=st.integers(0, 2**31), oneway=st.booleans())
@settings(max_examples=20, deadline=None)
def test_it_is_what_two_whole_matrices_say(seed, oneway):
    random = np.random.default_rng(seed)
    speeds = {"primary": 20.0, "residential": 4.0}
    drive = profile(speed_by_class_m_s=speeds, respects_oneway=oneway)
    lines = [line((0, y), (1000, y)) for y in range(0, 1001, 250)]
    lines += [line((x, 0), (x, 1000)) for x in range(0, 1001, 250)]
    columns = {
        "road_class": random.choice(list(speeds), len(lines)),
        "oneway": random.choice([0, 0, 1, -1], len(lines)),
    }
    roads = RoadLines.from_columns(lines, **columns)
    graph = build_graph(roads, drive, crossings="join", tolerance_m=0.5)
    # The same roads at a metre a second, on the road and off it: seconds are metres.
    by_metre = profile(
        speed_by_class_m_s=dict.fromkeys(speeds, 1.0), off_road_speed_m_s=1.0, respects_oneway=oneway
    )
    lengths = build_graph(roads, by_metre, crossings="join", tolerance_m=0.5)
    where = lonlat_of_metres(random.uniform(-50, 1050, (20, 2)))

    def both(graph, profile):
        snaps = EdgeIndex(graph).snap(where, profile)
        return snaps.take(np.arange(4)), snaps.take(np.arange(4, 20))

    radius, limit = float(random.uniform(100, 1500)), float(random.uniform(20, 300))
    timed = times_within(graph, *both(graph, drive), limit_s=limit)
    near = times_within(lengths, *both(lengths, by_metre), limit_s=radius)
    pairs = set(zip(near.facility.tolist(), near.place.tolist(), strict=True))
    expected = [
        pair
        for pair in zip(timed.facility.tolist(), timed.place.tolist(), timed.time_ms.tolist(), strict=True)
        if pair[:2] in pairs
    ]
    found = times_within_radius(graph, *both(graph, drive), drive, radius_m=radius, limit_s=limit)
    assert (
        list(zip(found.facility.tolist(), found.place.tolist(), found.time_ms.tolist(), strict=True))
        == expected
    )
    endless = times_within_radius(graph, *both(graph, drive), drive, radius_m=radius)
    assert set(zip(endless.facility.tolist(), endless.place.tolist(), strict=True)) == pairs


@pytest.mark.parametrize("radius", [0, -5, float("nan"), float("inf"), 3e6])
def test_a_radius_that_means_nothing_is_refused(radius):
    walk = profile()
    graph = build_graph(
        RoadLines.from_columns([line((0, 0), (100, 0))]), walk, crossings="join", tolerance_m=0.5
    )
    at = snap_places(graph, lonlat_of_metres([(0, 0)]), walk)
    with pytest.raises(NetworkError):
        times_within_radius(graph, at, at, walk, radius_m=radius)
