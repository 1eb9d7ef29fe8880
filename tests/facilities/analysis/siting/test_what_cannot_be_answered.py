"""A question without an honest answer gets a sentence that says why; nothing is silently zero."""

from __future__ import annotations

import numpy as np
import pytest

from facilities.analysis.siting import (
    Proof,
    Reach,
    SiteRole,
    SitingError,
    SitingProblem,
    StoppedError,
    max_cover,
    p_center,
    p_median,
    set_cover,
)

CANDIDATES = np.full(3, SiteRole.CANDIDATE)


def row_of_three(**changes):
    """Three hamlets a minute apart on one road, a candidate in each."""
    minute = 60_000
    pairs = [(s, p, abs(s - p) * minute) for s in range(3) for p in range(3)]
    site, place, time = zip(*pairs, strict=True)
    given = {
        "people": np.array([50.0, 20.0, 40.0]),
        "reach": Reach.from_pairs(site, place, time, sites=3, places=3),
        "roles": CANDIDATES,
        "open_at_most": 1,
    }
    return SitingProblem(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"people": np.array([1.0, np.nan, 1.0])}, "row 1 has nan people"),
        ({"people": np.array([1.0, -2.0, 1.0])}, "row 1 has -2.0 people"),
        ({"people": np.zeros(3)}, "nobody to serve"),
        ({"people": np.ones(2)}, "“people” has 2 values; there are 3"),
        ({"roles": np.zeros(2)}, "“roles” has 2 values; there are 3"),
        ({"open_at_most": 4}, "4 new sites are asked for, and there are 3 candidates"),
        ({"open_at_most": -1}, "number of new sites is -1"),
        ({"close_exactly": 1}, "1 sites shall close, and 0 may"),
        ({"roles": np.full(3, SiteRole.FORCED), "open_at_most": 2}, "3 sites must open, and only 2 may"),
        ({"budget": 5.0}, "go together"),
        ({"budget": -5.0, "cost": np.ones(3)}, "budget is -5"),
        ({"budget": 5.0, "cost": np.array([1, np.nan, 1])}, "cost is negative or not a number"),
        ({"capacity": np.array([1.0, -1.0, 1.0])}, "capacity is negative"),
        ({"floors": np.array([0.5])}, "go together"),
        ({"floors": np.array([1.5]), "area": np.zeros(3)}, "between 0 and 1"),
        ({"floors": np.array([0.5]), "area": np.array([0, 0, 1])}, "area that has no least share"),
        (
            {
                "roles": np.array([SiteRole.FORCED, SiteRole.CANDIDATE, SiteRole.CANDIDATE]),
                "budget": 1.0,
                "cost": np.array([2.0, 1, 1]),
            },
            "must open cost 2.0; the budget is 1.0",
        ),
    ],
)
def test_a_contradiction_is_named(changes, message):
    with pytest.raises(SitingError, match=message):
        row_of_three(**changes)


@pytest.mark.parametrize(
    ("site", "place", "time", "message"),
    [
        ([3], [0], [1], "a site that is not there"),
        ([0], [-1], [1], "a place that is not there"),
        ([0], [0], [-1], "negative or not a number"),
        ([0], [0], [np.nan], "negative or not a number"),
        ([0, 1], [0], [1], "differ in number"),
    ],
)
def test_a_pair_that_cannot_be_is_named(site, place, time, message):
    with pytest.raises(SitingError, match=message):
        Reach.from_pairs(site, place, time, sites=3, places=3)


def test_of_two_times_for_one_pair_the_shorter_counts():
    reach = Reach.from_pairs([0, 0], [1, 1], [9, 4], sites=1, places=2)
    assert reach.time_ms.tolist() == [4]


@pytest.mark.parametrize(("names", "said"), [({}, "#1"), ({"area_names": ["Near", "Far"]}, "Far")])
def test_a_least_share_out_of_everybodys_reach_names_the_area(names, said):
    reach = Reach.from_pairs([0], [0], [1], sites=1, places=2)
    problem = SitingProblem(
        people=np.array([5.0, 5.0]),
        reach=reach,
        roles=np.array([SiteRole.CANDIDATE]),
        open_at_most=1,
        area=np.array([0, 1]),
        floors=np.array([0.0, 0.5]),
        **names,
    )
    with pytest.raises(SitingError, match=rf"{said} .* 0\.0 people are covered, and 2\.5 must be"):
        max_cover(problem, limit_ms=10)


def test_least_shares_that_exclude_each_other_are_refused():
    problem = row_of_three(area=np.array([0, 1, 2]), floors=np.array([1.0, 0.0, 1.0]))
    with pytest.raises(SitingError, match="No choice of 1 new sites"):
        max_cover(problem, limit_ms=0)


def test_an_equity_floor_moves_the_site_out_of_the_town():
    town_first = max_cover(row_of_three(), limit_ms=0)
    fair = max_cover(row_of_three(area=np.array([0, 0, 1]), floors=np.array([0.0, 1.0])), limit_ms=0)
    assert (town_first.opened.tolist(), town_first.value) == ([0], 50)
    assert (fair.opened.tolist(), fair.value) == ([2], 40)


def test_which_site_can_close_with_the_least_loss():
    open_today = row_of_three(roles=np.full(3, SiteRole.CLOSABLE), open_at_most=0, close_exactly=1)
    answer = max_cover(open_today, limit_ms=0)
    assert answer.closed.tolist() == [1]
    assert answer.loss.tolist() == [20]
    nothing_lost = max_cover(open_today, limit_ms=60_000)
    assert nothing_lost.value == 110
    assert nothing_lost.loss.tolist() == [0]


def test_the_most_useful_site_stands_first_and_gains_add_up():
    answer = max_cover(row_of_three(open_at_most=2), limit_ms=0)
    assert answer.opened.tolist() == [0, 2]
    assert answer.gain.tolist() == [50, 40]


def test_equal_sites_fall_to_the_lower_number():
    reach = Reach.from_pairs([0, 1, 2], [0, 0, 0], [1, 1, 1], sites=3, places=1)
    problem = SitingProblem(people=np.array([4.0]), reach=reach, roles=CANDIDATES, open_at_most=1)
    for effort in ("exact", "quick"):
        assert max_cover(problem, limit_ms=5, effort=effort).opened.tolist() == [0]
        assert p_median(problem, beyond_ms=9, effort=effort).opened.tolist() == [0]
    assert max_cover(problem, limit_ms=5).site.tolist() == [0]


def test_who_is_out_of_reach_is_named_and_not_counted_as_covered():
    reach = Reach.from_pairs([0], [0], [1], sites=1, places=3)
    problem = SitingProblem(
        people=np.array([5.0, 7.0, 0.0]), reach=reach, roles=np.array([SiteRole.CANDIDATE]), open_at_most=1
    )
    for answer in (max_cover(problem, limit_ms=5), set_cover(problem, limit_ms=5), p_center(problem)):
        assert answer.out_of_reach.tolist() == [1]
        assert answer.time_ms.tolist() == [1, -1, -1]
        assert answer.site.tolist() == [0, -1, -1]


def test_the_longest_way_that_cannot_be_shortened_is_said_in_minutes():
    reach = Reach.from_pairs([0, 1], [0, 1], [60_000, 60_000], sites=2, places=2)
    problem = SitingProblem(people=np.ones(2), reach=reach, roles=CANDIDATES[:2], open_at_most=1)
    with pytest.raises(SitingError, match=r"1 new sites cannot serve everybody within 1\.0 minutes"):
        p_center(problem)


def test_people_out_of_reach_are_charged_no_less_than_the_longest_way():
    with pytest.raises(SitingError, match="charged 5 ms"):
        p_median(row_of_three(), beyond_ms=5)


@pytest.mark.parametrize("search", [p_median, p_center])
def test_capacities_are_not_silently_left_out(search):
    asked = {"beyond_ms": 900_000} if search is p_median else {}
    with pytest.raises(SitingError, match="apacit"):
        search(row_of_three(capacity=np.ones(3)), **asked)


@pytest.mark.parametrize("effort", ["exact", "quick"])
def test_a_search_that_is_stopped_decides_nothing(effort):
    with pytest.raises(StoppedError):
        max_cover(row_of_three(), limit_ms=60_000, effort=effort, stop=lambda: True)


def test_a_limit_includes_its_last_millisecond():
    assert max_cover(row_of_three(), limit_ms=60_000).value == 110
    assert max_cover(row_of_three(), limit_ms=59_999).value == 50


def test_a_full_site_leaves_people_unserved_and_says_whom():
    answer = max_cover(row_of_three(capacity=np.array([30.0, 30.0, 100.0])), limit_ms=60_000)
    assert answer.opened.tolist() == [2]
    assert answer.value == 60
    assert answer.served.tolist() == [0, 20, 40]
    assert answer.proof is Proof.OPTIMAL
