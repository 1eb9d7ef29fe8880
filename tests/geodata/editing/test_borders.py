"""A border moved moves for everybody who has it."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon

from geo_registry.geodata.editing.shared import Neighbour, move_border, moved_vertices, pull_vertices

from .test_lines import at, line, metres


def area(*xy_m: tuple[float, float]) -> MultiPolygon:
    return MultiPolygon([Polygon([at(*xy) for xy in xy_m])])


def box(x: float, y: float, width: float = 100, height: float = 100) -> MultiPolygon:
    return area((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def moved(shape: MultiPolygon, moves: dict[tuple[float, float], tuple[float, float]]) -> MultiPolygon:
    """An area with some of its vertices elsewhere, as a hand on the map does it."""
    there = {at(*old): at(*new) for old, new in moves.items()}
    return MultiPolygon(
        [
            Polygon([there.get(point, point) for point in ring.exterior.coords])
            for ring in shape.geoms
        ]
    )  # fmt: skip


def corners(shape: MultiPolygon) -> set[tuple[float, float]]:
    return set(metres(shape))


def fit(*areas: MultiPolygon) -> None:
    """No two of the areas overlap, and they leave no gap between them."""
    together = shapely.union_all(list(areas))
    assert sum(each.area for each in areas) == pytest.approx(together.area, rel=1e-9)
    assert all(each.is_valid for each in areas)


def test_the_neighbour_follows_a_vertex():
    left, right = (
        area((0, 0), (100, 0), (100, 50), (100, 100), (0, 100)),
        area((100, 0), (200, 0), (200, 100), (100, 100), (100, 50)),
    )
    new = moved(left, {(100, 50): (130, 50)})
    result = move_border(left, new, [Neighbour(right)])
    assert (130, 50) in corners(result.others[0])
    fit(new, result.others[0])


def test_where_three_meet_all_three_follow():
    left, upper, lower = box(0, 0), box(100, 50, 100, 50), box(100, 0, 100, 50)
    left = area((0, 0), (100, 0), (100, 50), (100, 100), (0, 100))
    new = moved(left, {(100, 50): (120, 40)})
    result = move_border(left, new, [Neighbour(upper), Neighbour(lower)])
    assert (120, 40) in corners(result.others[0]) & corners(result.others[1])
    fit(result.area, *result.others.values())


def test_a_new_vertex_is_put_into_the_neighbour_too():
    left, right = box(0, 0), box(100, 0)
    new = area((0, 0), (100, 0), (140, 50), (100, 100), (0, 100))
    result = move_border(left, new, [Neighbour(right)])
    assert (140, 50) in corners(result.others[0])
    fit(result.area, result.others[0])


def test_a_border_that_ends_in_the_middle_of_an_edge_goes_along():
    left, upper, lower = box(0, 0), box(100, 50, 100, 50), box(100, 0, 100, 50)
    new = moved(left, {(100, 0): (120, 0), (100, 100): (140, 100)})
    result = move_border(left, new, [Neighbour(upper), Neighbour(lower)])
    assert (130, 50) in corners(result.others[0]) & corners(result.others[1]) & corners(result.area)
    fit(result.area, *result.others.values())


def test_a_vertex_taken_away_is_taken_from_both():
    left = area((0, 0), (100, 0), (120, 50), (100, 100), (0, 100))
    right = area((100, 0), (200, 0), (200, 100), (100, 100), (120, 50))
    result = move_border(left, box(0, 0), [Neighbour(right)])
    assert corners(result.others[0]) == {(100, 0), (200, 0), (200, 100), (100, 100)}


def test_the_township_follows_its_village():
    township, village = box(0, 0, 200, 100), box(0, 0)
    new = moved(village, {(0, 0): (-20, -20)})
    result = move_border(village, new, [Neighbour(township, beside=False), Neighbour(box(100, 0))])
    assert (-20, -20) in corners(result.others[0])
    assert set(result.others) == {0}


def test_an_island_and_the_hole_it_lies_in_move_as_one():
    island = box(40, 40, 20, 20)
    around = MultiPolygon(
        [Polygon([at(*xy) for xy in ((0, 0), (100, 0), (100, 100), (0, 100))], [island.geoms[0].exterior])]
    )
    new = moved(island, {(60, 60): (70, 75)})
    result = move_border(island, new, [Neighbour(around)])
    fit(new, result.others[0])
    assert shapely.union(new, result.others[0]).area == pytest.approx(box(0, 0).area)


def test_borders_that_differ_by_the_last_digits_are_one():
    left = area((0, 0), (100, 0), (100, 50), (100, 100), (0, 100))
    right = area((100.2, 0.1), (200, 0), (200, 100), (100.1, 100), (99.9, 50.1))
    new = moved(left, {(100, 50): (130, 50)})
    result = move_border(left, new, [Neighbour(right)], tolerance_m=0.5)
    assert (130, 50) in corners(result.others[0])


def test_who_is_not_touched_stays_as_it_is():
    left, right, far = box(0, 0), box(100, 0), box(300, 0)
    new = moved(left, {(0, 100): (-10, 120)})
    assert move_border(left, new, [Neighbour(right), Neighbour(far)]).others == {}


def test_an_outline_drawn_anew_takes_and_leaves():
    left, right = box(0, 0), box(100, 0)
    new = area((1, 1), (150, 2), (149, 98), (2, 99))
    result = move_border(left, new, [Neighbour(right)])
    overlap = shapely.intersection(new, result.others[0]).area
    assert overlap == pytest.approx(0, abs=1e-15)
    assert shapely.union(new, result.others[0]).area == pytest.approx(shapely.union(left, right).area)


def test_other_roads_follow_a_junction_that_moved():
    old, new = line((0, 0), (50, 0), (100, 0)), line((0, 0), (50, 20), (100, 0))
    moves = moved_vertices(old, new)
    assert metres(pull_vertices(line((50, 80), (50, 0)), moves)) == [(50, 80), (50, 20)]
    assert pull_vertices(line((10, 80), (10, 0)), moves) is None


def test_vertices_that_came_or_went_move_nobody():
    old = LineString([at(0, 0), at(50, 0), at(100, 0)])
    assert moved_vertices(old, line((0, 0), (100, 0))) == {}
    assert moved_vertices(old, line((0, 0), (50, 0), (70, 5), (100, 0))) == {}


# A quilt of nine villages whose inner corners are shaken; one of them is then redrawn by hand.
shake = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


def quilt(shaken: list[tuple[int, int]]) -> list[MultiPolygon]:
    corner = {(i, j): (100.0 * i, 100.0 * j) for i in range(4) for j in range(4)}
    for (i, j), (dx, dy) in zip([(1, 1), (1, 2), (2, 1), (2, 2)], shaken, strict=True):
        corner[i, j] = (100.0 * i + dx, 100.0 * j + dy)
    return [
        area(corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1])
        for i in range(3)
        for j in range(3)
    ]


@settings(max_examples=60)
@given(st.lists(shake, min_size=4, max_size=4), st.lists(shake, min_size=4, max_size=4), st.booleans())
def test_whatever_a_hand_does_the_quilt_has_no_holes(shaken, hand, adds_vertex):
    villages = quilt(shaken)
    old = villages[4]
    ring = list(old.geoms[0].exterior.coords)[:-1]
    pulled = [
        at(*(xy + d for xy, d in zip(m, move, strict=True)))
        for m, move in zip(metres(old)[:4], hand, strict=True)
    ]
    new_ring = [ring[0], *pulled[1:]]
    if adds_vertex:
        x, y = metres(old)[0]
        new_ring.insert(1, at(x + 50, y + 7))
    new = MultiPolygon([Polygon(new_ring)])
    if not new.is_valid:
        return
    others = [Neighbour(village) for n, village in enumerate(villages) if n != 4]
    result = move_border(old, new, others)
    after = [result.others.get(n, neighbour.area) for n, neighbour in enumerate(others)]
    assert shapely.union_all([result.area, *after]).area == pytest.approx(box(0, 0, 300, 300).area, rel=1e-6)
    fit(result.area, *after)
