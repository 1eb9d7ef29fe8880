"""The loops over all pairs, compiled by numba.

Cover and median are one problem here: a place costs people × time of the nearest open site, or people × ``beyond`` where none
is near. Covering is a time of 0 and a ``beyond`` of 1. Every loop runs in the order of the arrays, so that equal choices fall
the same way every time: to the lower number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph.compiling import compiled


def _assign(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    time: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    beyond: int,
    best: NDArray[np.int64],
    second: NDArray[np.int64],
    nearest: NDArray[np.int64],
) -> None:
    """Fill the nearest open site of each place, its time, and the time of the one after it."""
    best[:] = beyond
    second[:] = beyond
    nearest[:] = -1
    for site in range(is_open.size):
        if not is_open[site]:
            continue
        for k in range(start[site], start[site + 1]):
            i = place[k]
            t = np.int64(time[k])
            if t < best[i]:
                second[i] = best[i]
                best[i] = t
                nearest[i] = site
            elif t < second[i]:
                second[i] = t


def _site_gain(
    site: int,
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    time: NDArray[np.int32],
    people: NDArray[np.float64],
    best: NDArray[np.int64],
) -> float:
    """What one more open site takes off the cost."""
    gain = 0.0
    for k in range(start[site], start[site + 1]):
        i = place[k]
        if time[k] < best[i]:
            gain += people[i] * (best[i] - time[k])
    return gain


def _losses(
    people: NDArray[np.float64],
    best: NDArray[np.int64],
    second: NDArray[np.int64],
    nearest: NDArray[np.int64],
    loss: NDArray[np.float64],
) -> None:
    """Fill what the closing of each open site adds to the cost."""
    loss[:] = 0.0
    for i in range(people.size):
        if nearest[i] >= 0:
            loss[nearest[i]] += people[i] * (second[i] - best[i])


def _best_swap(  # noqa: C901 -- one loop over all pairs; numba inlines no closures
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    time: NDArray[np.int32],
    people: NDArray[np.float64],
    best: NDArray[np.int64],
    second: NDArray[np.int64],
    nearest: NDArray[np.int64],
    comes: NDArray[np.int64],
    goes: NDArray[np.int64],
    loss: NDArray[np.float64],
    cost: NDArray[np.float64],
    slack: float,
) -> tuple[float, int, int]:
    """Return the exchange of one site that takes most off the cost, and how much (0 and -1, -1 if none does).

    ``goes`` is ordered by loss. What a site that comes saves, less the loss of the one that goes, plus what
    the first gives back of that loss (Resende and Werneck 2007, a fast swap-based local search for the p-median).
    """
    top = 1e-9
    top_in = -1
    top_out = -1
    extra = np.zeros(loss.size)
    touched = np.empty(loss.size, np.int64)
    is_touched = np.zeros(loss.size, np.bool_)
    may_go = np.zeros(loss.size, np.bool_)
    for r in goes:
        may_go[r] = True
    for c in comes:
        gain = 0.0
        count = 0
        for k in range(start[c], start[c + 1]):
            i = place[k]
            t = np.int64(time[k])
            if t < best[i]:
                gain += people[i] * (best[i] - t)
            r = nearest[i]
            if r >= 0 and may_go[r] and t < second[i]:
                if not is_touched[r]:
                    is_touched[r] = True
                    touched[count] = r
                    count += 1
                extra[r] += people[i] * (second[i] - max(t, best[i]))
        for n in range(count):
            r = touched[n]
            worth = gain - loss[r] + extra[r]
            if cost[c] - cost[r] <= slack and (worth > top or (worth == top and c == top_in and r < top_out)):
                top = worth
                top_in = c
                top_out = r
        for r in goes:
            if gain - loss[r] < top:
                break
            if not is_touched[r] and cost[c] - cost[r] <= slack and gain - loss[r] > top:
                top = gain - loss[r]
                top_in = c
                top_out = r
        for n in range(count):
            is_touched[touched[n]] = False
            extra[touched[n]] = 0.0
    if top_in < 0:
        return 0.0, -1, -1
    return top, top_in, top_out


def _reduced_costs(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    time: NDArray[np.int32],
    people: NDArray[np.float64],
    price: NDArray[np.float64],
    reduced: NDArray[np.float64],
) -> None:
    """Fill Σ min(0, people × time - price) of each site: the least it can cost when places pay their price."""
    for site in range(reduced.size):
        total = 0.0
        for k in range(start[site], start[site + 1]):
            i = place[k]
            saved = people[i] * time[k] - price[i]
            if saved < 0.0:
                total += saved
        reduced[site] = total


def _slopes(
    start: NDArray[np.int64],
    place: NDArray[np.int32],
    time: NDArray[np.int32],
    people: NDArray[np.float64],
    price: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    beyond: int,
    slope: NDArray[np.float64],
) -> None:
    """Fill 1 - how often each place is served by the chosen sites (the bound's subgradient)."""
    for i in range(people.size):
        slope[i] = 0.0 if people[i] * beyond < price[i] else 1.0
    for site in range(chosen.size):
        if not chosen[site]:
            continue
        for k in range(start[site], start[site + 1]):
            i = place[k]
            if people[i] * time[k] < price[i]:
                slope[i] -= 1.0


assign = compiled(_assign)
site_gain = compiled(_site_gain)
losses = compiled(_losses)
best_swap = compiled(_best_swap)
reduced_costs = compiled(_reduced_costs)
slopes = compiled(_slopes)
