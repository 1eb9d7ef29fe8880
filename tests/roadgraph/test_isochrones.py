"""Isochrones: what is inside is really reachable, and what nobody reaches is outside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from geo_registry.roadgraph import (
    NetworkError,
    RoadLines,
    build_graph,
    isochrones,
    snap_places,
    times_to_nearest,
)
from geo_registry.roadgraph.isochrone import reached_road

from .conftest import line, lonlat_of_metres, profile

WIDTH_M = 40.0


def graph_of(lines, walk, **columns):
    return build_graph(RoadLines.from_columns(lines, **columns), walk, crossings="join", tolerance_m=0.5)


def street_plan(seed: int, side: int = 14, gap_m: float = 110.0) -> list[shapely.LineString]:
    """Streets of a town with crooked crossings, some of them missing."""
    random = np.random.default_rng(seed)
    at = np.array([[(x, y) for y in range(side)] for x in range(side)]) * gap_m
    at = at + random.uniform(-25, 25, at.shape)
    rows = []
    for x in range(side):
        for y in range(side):
            if x + 1 < side and random.random() < 0.8:
                rows.append(line(tuple(at[x, y]), tuple(at[x + 1, y])))
            if y + 1 < side and random.random() < 0.8:
                rows.append(line(tuple(at[x, y]), tuple(at[x, y + 1])))
    return rows


def buffered_reached_edges(graph, facilities, limit_s, direction="to-facility"):
    """The reference: every metre of road in time, buffered in the plane; independent of the grid."""
    road = reached_road(graph, facilities, limit_s=limit_s, direction=direction, step_m=1.0)
    xy = graph.plane.xy(road.lonlat[road.time_ms >= 0])
    return shapely.union_all(shapely.buffer(shapely.points(xy), WIDTH_M, quad_segs=8))


def overlap(graph, area, reference):
    found = shapely.transform(area, graph.plane.xy)
    return found.intersection(reference).area / found.union(reference).area


@pytest.mark.parametrize("seed", range(3))
def test_areas_agree_with_the_buffer_of_the_roads_reached(walk, seed):
    graph = graph_of(street_plan(seed), walk)
    canteens = snap_places(graph, lonlat_of_metres([(400, 420), (1210, 300)]), walk)
    for found in isochrones(graph, canteens, limits_s=[200, 450], width_m=WIDTH_M):
        assert overlap(graph, found.area, buffered_reached_edges(graph, canteens, found.limit_s)) >= 0.92


def test_each_area_lies_within_the_next(walk):
    graph = graph_of(street_plan(3), walk)
    canteens = snap_places(graph, lonlat_of_metres([(700, 700)]), walk)
    areas = isochrones(graph, canteens, limits_s=[100, 200, 300, 400, 500])
    for inner, outer in pairwise(areas):
        assert inner.area.is_valid
        assert outer.area.contains(inner.area)
        assert inner.reached_m < outer.reached_m


def test_a_block_that_no_road_enters_is_a_hole(walk):
    around = line((0, 0), (600, 0), (600, 600), (0, 600), (0, 0))
    graph = graph_of([around], walk)
    found = isochrones(graph, snap_places(graph, lonlat_of_metres([(0, 0)]), walk), limits_s=[1300])[0]
    (polygon,) = found.area.geoms
    assert len(polygon.interiors) == 1
    assert not found.area.contains(shapely.Point(lonlat_of_metres([(300, 300)])[0]))


def test_a_road_that_is_never_reached_is_not_inside(walk):
    graph = graph_of([line((0, 0), (500, 0)), line((0, 300), (500, 300))], walk)
    found = isochrones(graph, snap_places(graph, lonlat_of_metres([(0, 0)]), walk), limits_s=[10_000])[0]
    assert found.reached_m == pytest.approx(500, abs=1)
    assert not found.area.intersects(shapely.Point(lonlat_of_metres([(250, 300)])[0]))


def test_reach_ends_within_an_edge_where_time_ends(walk):
    graph = graph_of([line((0, 0), (2000, 0))], walk)
    found = isochrones(graph, snap_places(graph, lonlat_of_metres([(1000, 0)]), walk), limits_s=[300])[0]
    west, _, east, _ = shapely.transform(found.area, graph.plane.xy).bounds
    assert east - west == pytest.approx(600 + 2 * WIDTH_M, abs=15)
    assert found.reached_m == pytest.approx(600, abs=20)


def test_the_direction_of_travel_matters_on_one_way_streets():
    drive = profile(mode="car", respects_oneway=True)
    graph = graph_of([line((0, 0), (1000, 0))], drive, oneway=[1])
    middle = snap_places(graph, lonlat_of_metres([(500, 0)]), drive)
    from_west = isochrones(graph, middle, limits_s=[2000], direction="to-facility")[0].area
    to_east = isochrones(graph, middle, limits_s=[2000], direction="from-facility")[0].area
    west, east = (shapely.Point(point) for point in lonlat_of_metres([(200, 0), (800, 0)]))
    assert (from_west.contains(west), from_west.contains(east)) == (True, False)
    assert (to_east.contains(west), to_east.contains(east)) == (False, True)


def test_many_points_inside_are_reachable_in_time_from_the_road_beside_them(walk):
    graph = graph_of(street_plan(5), walk)
    canteens = snap_places(graph, lonlat_of_metres([(700, 700)]), walk)
    area = isochrones(graph, canteens, limits_s=[400])[0].area
    random = np.random.default_rng(1)
    west, south, east, north = area.bounds
    points = np.column_stack([random.uniform(west, east, 3000), random.uniform(south, north, 3000)])
    inside = points[shapely.contains_xy(area, points[:, 0], points[:, 1])]
    # The nearest road may be another one that is beyond the limit: a wide berth of the width is allowed.
    times = times_to_nearest(graph, canteens, snap_places(graph, inside, walk))
    on_road_ms = times.time_ms - snap_places(graph, inside, walk).off_road_ms
    assert (on_road_ms <= 400_000 + 2 * 1000 * WIDTH_M).mean() > 0.97


def test_nothing_reached_is_an_empty_area_and_no_error(walk):
    graph = graph_of([line((0, 0), (500, 0))], walk)
    nowhere = snap_places(graph, [(110.0, 40.0)], walk)
    near, far = isochrones(graph, nowhere, limits_s=[60, 600])
    assert near.area.is_empty
    assert far.reached_m == 0


@pytest.mark.parametrize("limits", [[], [-1], [float("nan")], [60, 60], [float("inf")]])
def test_limits_that_mean_nothing_are_refused(walk, limits):
    graph = graph_of([line((0, 0), (500, 0))], walk)
    with pytest.raises(NetworkError):
        isochrones(graph, snap_places(graph, lonlat_of_metres([(0, 0)]), walk), limits_s=limits)


@pytest.mark.parametrize(("width", "cell"), [(0, 20), (40, 0), (10, 15), (float("nan"), 20)])
def test_widths_that_mean_nothing_are_refused(walk, width, cell):
    graph = graph_of([line((0, 0), (500, 0))], walk)
    with pytest.raises(NetworkError):
        isochrones(
            graph,
            snap_places(graph, lonlat_of_metres([(0, 0)]), walk),
            limits_s=[60],
            width_m=width,
            cell_m=cell,
        )


def test_a_region_too_wide_for_the_grid_gets_wider_cells_and_says_so(walk, monkeypatch):
    monkeypatch.setattr("geo_registry.roadgraph.isochrone.CELLS_MAX", 400)
    graph = graph_of([line((0, 0), (1000, 0)), line((0, 0), (0, 1000))], walk)
    found = isochrones(graph, snap_places(graph, lonlat_of_metres([(0, 0)]), walk), limits_s=[900])[0]
    assert found.cell_m > 12
    assert not found.area.is_empty
