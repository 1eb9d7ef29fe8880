"""Good choices quickly, and a bound on the best: greedy, exchange of one site for another, Lagrangian relaxation.

For cover and median alike (:mod:`.kernels`). Sources: lazy greedy, Minoux (1978); exchange, Teitz and Bart (1968) in the form of
Resende and Werneck (2007); the bound, Cornuéjols, Fisher and Nemhauser (1977).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .problem import FloatArray, SiteRole, SitingProblem, StopCheck, StoppedError

_ROUNDS_WITHOUT_GAIN = 12


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The problem as the kernels see it: times of pairs, and what a place without a site costs each of its people."""

    problem: SitingProblem
    time: NDArray[np.int32]
    beyond: int

    def total(self, is_open: NDArray[np.bool_]) -> float:
        """Cost of a choice."""
        reach = self.problem.reach
        best = np.full(reach.places, self.beyond, dtype=np.int64)
        rows = is_open[reach.site]
        np.minimum.at(best, reach.place[rows], self.time[rows].astype(np.int64))
        return float((self.problem.people * best).sum())


@dataclass
class _State:
    """A choice and, for each place, the nearest open site and the time of the one after it."""

    costs: Costs
    is_open: NDArray[np.bool_]

    def __post_init__(self) -> None:
        places = self.costs.problem.reach.places
        self.best = np.empty(places, dtype=np.int64)
        self.second = np.empty(places, dtype=np.int64)
        self.nearest = np.empty(places, dtype=np.int64)
        self.refresh()

    def refresh(self) -> None:
        reach = self.costs.problem.reach
        kernels.assign(
            reach.start,
            reach.place,
            self.costs.time,
            self.is_open,
            self.costs.beyond,
            self.best,
            self.second,
            self.nearest,
        )

    def losses(self) -> FloatArray:
        loss = np.zeros(len(self.is_open))
        kernels.losses(self.costs.problem.people, self.best, self.second, self.nearest, loss)
        return loss


def good_choice(costs: Costs, *, stop: StopCheck) -> NDArray[np.bool_]:
    """Return a choice that no further site and no exchange of one site for another improves.

    Raises
    ------
    StoppedError
        If the caller asks to stop.
    """
    problem = costs.problem
    state = _State(costs, problem.always_open | problem.may_close)
    _open_greedily(state, stop=stop)
    _close_greedily(state, stop=stop)
    # What was of no use beside sites that have closed, or have been exchanged, may be of use now.
    while _open_greedily(state, stop=stop) + _exchange(state, stop=stop):
        pass
    return state.is_open


def without_useless(
    costs: Costs, is_open: NDArray[np.bool_], *, is_allowed: Callable[[NDArray[np.bool_]], bool]
) -> NDArray[np.bool_]:
    """Leave new sites closed that nobody needs: a program has no reason not to open them. The higher numbers go first.

    Parameters
    ----------
    is_allowed
        Whether a choice keeps to what else is asked (least shares).
    """
    value = costs.total(is_open)
    state = _State(costs, is_open.copy())
    for site in np.flatnonzero(is_open & costs.problem.may_open & (state.losses() <= 0))[::-1]:
        fewer = state.is_open.copy()
        fewer[site] = False
        if costs.total(fewer) <= value + 1e-9 and is_allowed(fewer):
            state.is_open = fewer
    return state.is_open


def _slack(problem: SitingProblem, is_open: NDArray[np.bool_]) -> float:
    if problem.budget is None or problem.cost is None:
        return float("inf")
    return problem.budget - float(problem.cost[is_open & ~problem.open_today].sum())


def _open_greedily(state: _State, *, stop: StopCheck) -> int:
    """Open the site that saves most, again and again; return how many. A gain never grows, so an old one is a bound."""
    problem, costs = state.costs.problem, state.costs
    reach = problem.reach
    slack = _slack(problem, state.is_open)
    price = np.zeros(problem.sites) if problem.cost is None else problem.cost

    def gain(site: int) -> float:
        value: float = kernels.site_gain(
            site, reach.start, reach.place, costs.time, problem.people, state.best
        )
        # With a budget, what a unit of money buys; a site that costs nothing comes first.
        return value / price[site] if problem.cost is not None and price[site] > 0 else value

    state.refresh()
    closed = np.flatnonzero(problem.may_open & ~state.is_open)
    left = problem.open_at_most - problem.forced - int((problem.may_open & state.is_open).sum())
    heap = [(-gain(int(site)), int(site), 0) for site in closed] if left else []
    heapq.heapify(heap)
    opened = 0
    while heap and opened < left:
        if stop():
            raise StoppedError
        value, site, known_at = heapq.heappop(heap)
        if price[site] > slack + 1e-9:
            continue
        if known_at < opened:
            heapq.heappush(heap, (-gain(site), site, opened))
            continue
        if value >= -1e-6:
            break
        state.is_open[site] = True
        rows = slice(int(reach.start[site]), int(reach.start[site + 1]))
        place = reach.place[rows]
        state.best[place] = np.minimum(state.best[place], costs.time[rows])
        slack -= price[site]
        opened += 1
    state.refresh()
    return opened


def _close_greedily(state: _State, *, stop: StopCheck) -> None:
    problem = state.costs.problem
    for _once in range(problem.close_exactly):
        if stop():
            raise StoppedError
        loss = state.losses()
        loss[~(problem.may_close & state.is_open)] = np.inf
        state.is_open[int(np.argmin(loss))] = False
        state.refresh()


def _exchange(state: _State, *, stop: StopCheck) -> int:
    """Exchange one open site for one that is not, while that helps: new ones for new ones, closed for kept; return how often."""
    problem, costs = state.costs.problem, state.costs
    reach = problem.reach
    no_cost = np.zeros(problem.sites)
    done = 0
    while True:
        if stop():
            raise StoppedError
        loss = state.losses()
        top = (0.0, -1, -1)
        for role in (SiteRole.CANDIDATE, SiteRole.CLOSABLE):
            of_role = problem.roles == role
            comes = np.flatnonzero(of_role & ~state.is_open)
            goes = np.flatnonzero(of_role & state.is_open)
            if not len(comes) or not len(goes):
                continue
            counts = role == SiteRole.CANDIDATE and problem.cost is not None
            found = kernels.best_swap(
                reach.start,
                reach.place,
                costs.time,
                problem.people,
                state.best,
                state.second,
                state.nearest,
                comes,
                goes[np.argsort(loss[goes], kind="stable")],
                loss,
                problem.cost if counts else no_cost,
                _slack(problem, state.is_open) + 1e-9 if counts else np.inf,
            )
            if found[0] > top[0]:
                top = found
        gain, comes_in, goes_out = top
        if comes_in < 0 or gain <= 1e-6:
            return done
        state.is_open[comes_in] = True
        state.is_open[goes_out] = False
        state.refresh()
        done += 1


def lagrangian_bound(
    costs: Costs, *, value: float, stop: StopCheck, rounds: int = 300, is_whole: bool = False
) -> float:
    """Return a cost that no choice undercuts.

    Every place pays a price to be served; a site is worth opening while prices exceed costs. The sum of prices less what the best
    allowed sites then earn bounds the cost of any choice from below. Prices follow the subgradient. Least shares and
    capacities are left out, which only lowers the bound: it stays one.

    Parameters
    ----------
    value
        Cost of a known choice, for the length of steps; the bound is never above it.
    is_whole
        All costs are whole numbers, so the bound may be rounded up.
    """
    problem = costs.problem
    reach, people = problem.reach, problem.people
    none_ms = people * costs.beyond
    price = none_ms.copy()
    reduced = np.empty(problem.sites)
    slope = np.empty(reach.places)
    bound, scale, idle = -np.inf, 1.5, 0
    best_price = price.copy()
    for _round in range(rounds):
        if stop():
            raise StoppedError
        kernels.reduced_costs(reach.start, reach.place, costs.time, people, price, reduced)
        chosen, earned = _cheapest(problem, reduced)
        found = float(price.sum() + np.minimum(0.0, none_ms - price).sum() + earned)
        if found > bound + 1e-7 * abs(found):  # not of the bound's own size: it begins endless
            bound, idle, best_price = found, 0, price.copy()
        else:
            idle += 1
            if idle >= _ROUNDS_WITHOUT_GAIN:
                scale, idle, price = scale / 2, 0, best_price.copy()
                if scale < 1e-3:
                    break
                continue
        if bound >= value - (1 - 1e-6 if is_whole else 1e-9 * abs(value)):
            break
        kernels.slopes(reach.start, reach.place, costs.time, people, price, chosen, costs.beyond, slope)
        norm = float((slope * slope).sum())
        if norm == 0:
            break
        price = np.clip(price + scale * max(value - found, 1e-9 * abs(value)) / norm * slope, 0.0, none_ms)
    if is_whole:
        bound = float(np.ceil(bound - 1e-6))
    return min(bound, value)


def _cheapest(problem: SitingProblem, reduced: FloatArray) -> tuple[NDArray[np.bool_], float]:
    """The allowed sites with the least reduced costs, and a sum that no allowed choice undercuts."""
    chosen = problem.always_open.copy()
    earned = float(reduced[chosen].sum())
    kept = int(problem.may_close.sum()) - problem.close_exactly
    for sites, count in (
        (np.flatnonzero(problem.may_open), problem.open_at_most - problem.forced),
        (np.flatnonzero(problem.may_close), kept),
    ):
        order = sites[np.argsort(reduced[sites], kind="stable")][:count]
        chosen[order] = True
        by_count = float(reduced[order].sum())
        if problem.cost is not None and problem.budget is not None and problem.may_open[sites].any():
            left = problem.budget - float(problem.cost[problem.roles == SiteRole.FORCED].sum())
            by_count = max(by_count, _by_money(reduced[sites], problem.cost[sites], left))
        earned += by_count
    return chosen, earned


def _by_money(reduced: FloatArray, cost: FloatArray, left: float) -> float:
    """The fractional knapsack: the most that the budget left buys."""
    total = float(np.minimum(reduced[cost <= 0], 0).sum())
    paid = np.flatnonzero(cost > 0)
    order = paid[np.argsort(reduced[paid] / cost[paid], kind="stable")]
    spent = np.cumsum(cost[order])
    share = np.clip((left - (spent - cost[order])) / cost[order], 0.0, 1.0)
    return total + float((share * reduced[order]).sum())
