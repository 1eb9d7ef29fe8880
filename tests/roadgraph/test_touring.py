"""The order of visits: against all orders on small tables, and cut into days."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geo_registry.roadgraph import NetworkError
from geo_registry.roadgraph.touring import best_order, cut_into_days, tour_cost


def costs(count: int, seed: int, *, one_way: bool = True) -> np.ndarray:
    """Travel between random places, in one direction dearer than in the other."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1000, (count, 2))
    table = np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1))
    if one_way:
        table *= 1 + 0.5 * rng.random((count, count))
    np.fill_diagonal(table, 0)
    return table


@pytest.mark.parametrize("seed", range(12))
def test_on_few_places_the_order_is_the_best_or_close_to_it(seed):
    table = costs(8, seed)
    order = best_order(table)
    assert sorted(order) == list(range(1, 8))
    best = min(tour_cost(table, way) for way in itertools.permutations(range(1, 8)))
    assert tour_cost(table, order) <= best * 1.1


def test_on_average_it_is_within_two_per_cent_of_the_best():
    ratios = []
    for seed in range(40):
        table = costs(7, seed, one_way=False)
        best = min(tour_cost(table, way) for way in itertools.permutations(range(1, 7)))
        ratios.append(tour_cost(table, best_order(table)) / best)
    assert np.mean(ratios) < 1.02


def test_neither_turning_a_stretch_nor_moving_a_place_makes_it_shorter():
    table = costs(40, 3)
    order = best_order(table)
    held = tour_cost(table, order)
    for first, last in itertools.combinations(range(len(order)), 2):
        turned = order[:first] + order[first : last + 1][::-1] + order[last + 1 :]
        assert tour_cost(table, turned) >= held - 1e-3
    for place in range(len(order)):
        rest = order[:place] + order[place + 1 :]
        for at in range(len(order)):
            assert tour_cost(table, [*rest[:at], order[place], *rest[at:]]) >= held - 1e-3


def test_along_one_road_places_are_visited_on_the_way_out_or_home():
    at = np.array([0.0, 500, 100, 300, 200, 400])
    table = np.abs(at[:, None] - at[None, :])
    assert tour_cost(table, best_order(table)) == 1000


def test_the_same_costs_give_the_same_order():
    table = np.ones((30, 30))
    assert best_order(table) == best_order(table)
    assert best_order(costs(60, 5)) == best_order(costs(60, 5))


def test_nothing_and_one_place():
    assert best_order([[0]]) == []
    assert best_order([[0, 5], [5, 0]]) == [1]
    assert cut_into_days([[0]], [], stay=1, day=10) == []


def test_days_are_as_few_as_the_order_allows_and_none_is_too_long():
    table = costs(30, 9)
    order = best_order(table)
    days = cut_into_days(table, order, stay=100, day=3000)
    assert sorted(itertools.chain(*days)) == sorted(order)
    for part in days:
        assert tour_cost(table, part) + 100 * len(part) <= 3000 + 1e-9
    fewest = np.ceil((100 * 29) / 3000)
    assert fewest <= len(days) < 29


def test_a_day_long_enough_for_all_is_one_day():
    table = costs(12, 1)
    order = best_order(table)
    assert cut_into_days(table, order, stay=1, day=1e9) == [order]


def test_what_takes_longer_than_a_day_is_refused():
    with pytest.raises(NetworkError):
        cut_into_days([[0, 60], [60, 0]], [1], stay=10, day=100)


@pytest.mark.parametrize("table", [[[0, 1]], [[0, -1], [1, 0]], [[0, np.inf], [1, 0]], []])
def test_costs_that_are_none_are_refused(table):
    with pytest.raises(NetworkError):
        best_order(table)


def test_three_hundred_places_take_seconds():
    table = costs(301, 2)
    order = best_order(table)
    assert len(order) == 300
