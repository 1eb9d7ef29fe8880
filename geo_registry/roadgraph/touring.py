"""In which order places are visited: a closed tour, cut into days. Costs in, orders out; the same costs give the same order.

Nearest neighbour first, then 2-opt and or-opt until neither shortens it (Croes 1958; Or 1976), with costs that may differ by
direction, since streets are one-way. The tour is cut into days by Beasley's route-first, cluster-second (Omega 11, 1983): of all
ways to cut it in its order, the one with the fewest days, and of these the one with the least travel. It is a good order, not
provably the shortest one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import NetworkError, gettext_noop

_LEAST_GAIN = 1e-6
_LONGEST_MOVED = 3

Costs = NDArray[np.float64]


def best_order(costs: ArrayLike) -> list[int]:
    """Return the order in which all places are visited from place 0 and back to it.

    Parameters
    ----------
    costs
        Shape (n, n): what the way from each place to each other costs, in any unit; all finite.

    Returns
    -------
    list of int
        Places 1 to n − 1, each once.

    Raises
    ------
    NetworkError
        If costs are no square of finite numbers that are not negative.

    Examples
    --------
    >>> best_order([[0, 9, 1, 5], [9, 0, 5, 1], [1, 5, 0, 3], [5, 1, 3, 0]])
    [2, 1, 3]
    """
    checked = _checked(costs)
    tour = _nearest_first(checked)
    while len(tour) > 2:
        before = tour_cost(checked, tour[1:])
        tour = _moved(_turned(tour, checked), checked)
        if before - tour_cost(checked, tour[1:]) <= _LEAST_GAIN:
            break
    return tour[1:]


def tour_cost(costs: ArrayLike, order: Sequence[int]) -> float:
    """Return what it costs to go from place 0 through places in an order and back."""
    table = np.asarray(costs, dtype=np.float64)
    stops = [0, *order, 0]
    return float(table[stops[:-1], stops[1:]].sum())


def cut_into_days(costs: ArrayLike, order: Sequence[int], *, stay: float, day: float) -> list[list[int]]:
    """Cut a tour into days that each begin and end at place 0, and put each day into its own best order.

    Parameters
    ----------
    costs, order
        As for `best_order`, and what it returned.
    stay
        What each visit takes, in the unit of the costs.
    day
        How long a day may be. A place that cannot be visited in one day is refused.

    Returns
    -------
    list of list of int
        The places of each day, in order.

    Raises
    ------
    NetworkError
        If one place alone takes longer than a day.
    """
    table = _checked(costs)
    stops, count = list(order), len(order)
    if any(table[0, stop] + table[stop, 0] + stay > day for stop in stops):
        raise NetworkError(gettext_noop("One of the places cannot be visited within a day."))
    # Of the first i stops: days, then travel, then where the last day begins.
    best: list[tuple[float, float, int]] = [(0.0, 0.0, 0)] + [(np.inf, np.inf, 0)] * count
    for begin in range(count):
        within = 0.0
        for end in range(begin, count):
            if end > begin:
                within += table[stops[end - 1], stops[end]]
            travel = table[0, stops[begin]] + within + table[stops[end], 0]
            if travel + stay * (end - begin + 1) > day:
                # Farther stops may lie nearer to the start again, but visits only add up.
                if within + stay * (end - begin + 1) > day:
                    break
                continue
            best[end + 1] = min(best[end + 1], (best[begin][0] + 1, best[begin][1] + travel, begin))
    days: list[list[int]] = []
    end = count
    while end:
        begin = best[end][2]
        days.append(stops[begin:end])
        end = begin
    return [_within_itself(table, part) for part in reversed(days)]


def _within_itself(table: Costs, part: list[int]) -> list[int]:
    """Return a day's places in the day's own best order; the one that it had is kept where it is as good."""
    rows = [0, *part]
    order = [part[place - 1] for place in best_order(table[np.ix_(rows, rows)])]
    return order if tour_cost(table, order) < tour_cost(table, part) - _LEAST_GAIN else part


def _checked(costs: ArrayLike) -> Costs:
    table = np.asarray(costs, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not len(table):
        raise NetworkError(gettext_noop("The costs of a tour are a square table."))
    if not np.isfinite(table).all() or (table < 0).any():
        raise NetworkError(gettext_noop("The costs of a tour are finite and not negative."))
    return table


def _nearest_first(table: Costs) -> list[int]:
    left = np.ones(len(table), dtype=np.bool_)
    tour = [0]
    left[0] = False
    while left.any():
        ways = np.where(left, table[tour[-1]], np.inf)
        # The first of those that are equally near: the order never depends on chance.
        tour.append(int(np.argmin(ways)))
        left[tour[-1]] = False
    return tour


def _turned(tour: list[int], table: Costs) -> list[int]:
    """2-opt: go through a stretch of the tour in the other direction wherever that is shorter."""
    for first in range(1, len(tour) - 1):
        stops = np.array([*tour, tour[0]])
        ahead = np.concatenate([[0.0], np.cumsum(table[stops[:-1], stops[1:]])])
        back = np.concatenate([[0.0], np.cumsum(table[stops[1:], stops[:-1]])])
        last = np.arange(first + 1, len(tour))
        gain = (
            table[stops[first - 1], stops[first]] + table[stops[last], stops[last + 1]] + ahead[last] - ahead[first]
            - table[stops[first - 1], stops[last]] - table[stops[first], stops[last + 1]] - back[last] + back[first]
        )  # fmt: skip
        best = int(np.argmax(gain))
        if gain[best] > _LEAST_GAIN:
            end = int(last[best])
            tour = [*tour[:first], *tour[first : end + 1][::-1], *tour[end + 1 :]]
    return tour


def _moved(tour: list[int], table: Costs) -> list[int]:
    """Or-opt: put up to three places in a row between two others, either way round, wherever that is shorter."""
    for length in range(1, _LONGEST_MOVED + 1):
        for first in range(1, len(tour) - length + 1):
            part, rest = tour[first : first + length], tour[:first] + tour[first + length :]
            here = np.array(rest)
            after = np.array([*rest[1:], rest[0]])
            there = table[here, after]
            turned = part[::-1]
            inner = table[part[:-1], part[1:]].sum() - table[turned[:-1], turned[1:]].sum()
            plain = table[here, part[0]] + table[part[-1], after] - there
            other = table[here, turned[0]] + table[turned[-1], after] - there - inner
            now = plain[first - 1]
            best = int(np.argmin(np.minimum(plain, other)))
            if min(plain[best], other[best]) < now - _LEAST_GAIN:
                chosen = part if plain[best] <= other[best] else turned
                tour = [*rest[: best + 1], *chosen, *rest[best + 1 :]]
    return tour
