"""Optima that others have published, found and proved by the same engine.

``pmed1`` is the first instance of OR-Library (Beasley 1985, 1990): 100 nodes, 200 streets, five to choose; the numbers are in
``tests/fixtures/published/pmed1.txt``, ten streets a line. Its p-median optimum is Beasley's, its p-center optimum Daskin's
(1995). The others are classical and need no data: hitting all lines of an affine space over three elements (Fulkerson, Nemhauser
and Trotter 1974; the points left over are a largest cap, Bose 1947), and queens that guard a board (de Jaenisch 1862).
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from facilities.analysis.siting import (
    Proof,
    Reach,
    SiteRole,
    SitingProblem,
    max_cover,
    p_center,
    p_median,
    set_cover,
)

PMED1 = Path(__file__).parents[3] / "fixtures" / "published" / "pmed1.txt"


def problem_of(time_ms: np.ndarray, *, open_at_most: int) -> SitingProblem:
    """Sites × places; -1: out of reach."""
    site, place = np.nonzero(time_ms >= 0)
    sites, places = time_ms.shape
    return SitingProblem(
        people=np.ones(places),
        reach=Reach.from_pairs(site, place, time_ms[site, place], sites=sites, places=places),
        roles=np.full(sites, SiteRole.CANDIDATE, dtype=np.int8),
        open_at_most=open_at_most,
    )


@pytest.fixture(scope="module")
def pmed1() -> SitingProblem:
    nodes, streets, chosen, *rest = map(int, PMED1.read_text().split())
    cost = np.full((nodes, nodes), np.inf)
    for start, end, length in np.array(rest).reshape(streets, 3).tolist():
        # A street that is given twice has the length given last.
        cost[start - 1, end - 1] = cost[end - 1, start - 1] = length
    graph = csr_array(np.where(np.isfinite(cost), cost, 0))
    return problem_of(dijkstra(graph).astype(np.int64), open_at_most=chosen)


def test_the_median_of_pmed1(pmed1):
    found = p_median(pmed1, beyond_ms=10_000)
    assert found.value == 5819
    assert (found.proof, found.gap, len(found.opened)) == (Proof.OPTIMAL, 0.0, 5)


def test_the_quick_search_for_the_median_of_pmed1_brackets_it(pmed1):
    found = p_median(pmed1, beyond_ms=10_000, effort="quick")
    assert 0.99 * 5819 <= found.bound <= 5819 <= found.value <= 1.02 * 5819
    assert 0 <= found.gap <= 0.03


def test_when_time_runs_out_the_best_found_is_answered_with_its_bound_and_gap(pmed1):
    found = p_median(pmed1, beyond_ms=10_000, effort="exact", time_limit_s=1e-3)
    assert 0.99 * 5819 <= found.bound <= 5819 <= found.value <= 1.02 * 5819
    assert found.gap <= 0.03
    cover = max_cover(pmed1, limit_ms=60, effort="exact", time_limit_s=1e-3)
    best = max_cover(pmed1, limit_ms=60)
    assert best.proof is Proof.OPTIMAL
    assert cover.value <= best.value <= cover.bound <= 100
    least = set_cover(pmed1.with_(open_at_most=100), limit_ms=60, effort="exact", time_limit_s=1e-3)
    assert 0 <= least.bound <= least.value


def test_the_center_of_pmed1(pmed1):
    found = p_center(pmed1)
    assert (found.value, found.proof) == (127, Proof.OPTIMAL)


def lines_of_affine_space(dimension: int) -> np.ndarray:
    """All lines over three elements: three points whose co-ordinates add up to nothing. Points × lines, 0 or -1."""
    points = list(itertools.product(range(3), repeat=dimension))
    number = {point: position for position, point in enumerate(points)}
    lines = set()
    for a, b in itertools.combinations(points, 2):
        third = tuple((-x - y) % 3 for x, y in zip(a, b, strict=True))
        lines.add(frozenset((number[a], number[b], number[third])))
    time = np.full((len(points), len(lines)), -1)
    for column, line in enumerate(sorted(map(sorted, lines))):
        time[line, column] = 0
    return time


@pytest.mark.parametrize(("dimension", "lines", "least"), [(2, 12, 5), (3, 117, 18)])
def test_the_fewest_points_that_hit_every_line(dimension, lines, least):
    time = lines_of_affine_space(dimension)
    assert time.shape[1] == lines
    found = set_cover(problem_of(time, open_at_most=len(time)), limit_ms=0)
    assert (found.value, found.proof) == (least, Proof.OPTIMAL)


@pytest.mark.parametrize(("side", "queens"), [(5, 3), (6, 3), (7, 4), (8, 5)])
def test_queens_guard_a_board(side, queens):
    squares = list(itertools.product(range(side), repeat=2))
    time = np.array(
        [[0 if a == c or b == d or abs(a - c) == abs(b - d) else -1 for c, d in squares] for a, b in squares]
    )
    found = max_cover(problem_of(time, open_at_most=queens), limit_ms=0)
    assert (found.value, found.proof) == (side * side, Proof.OPTIMAL)
    # With one less something is left unguarded: the published number is the least.
    less = max_cover(problem_of(time, open_at_most=queens - 1), limit_ms=0)
    assert less.value < side * side
    assert less.proof is Proof.OPTIMAL
