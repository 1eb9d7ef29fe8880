"""Gini, Lorenz, P90 and the worst division against definitions written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.analysis.equity import equity, gini, lorenz, weighted_quantile
from facilities.analysis.errors import AnalysisError

PLACES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 40)), min_size=1, max_size=12).filter(
    lambda rows: sum(x * p for x, p in rows) > 0
)


@given(rows=PLACES)
def test_gini_equals_the_mean_difference_of_all_pairs_of_people(rows):
    value, people = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    difference = (people[:, None] * people[None, :] * np.abs(value[:, None] - value[None, :])).sum()
    mean = (value @ people) / people.sum()
    assert gini(value, people) == pytest.approx(difference / (2 * mean * people.sum() ** 2), abs=1e-12)


@given(rows=PLACES, share=st.integers(0, 100))
def test_a_quantile_is_that_of_all_people_stood_in_a_row(rows, share):
    value, people = (np.array(column) for column in zip(*rows, strict=True))
    row = np.sort(np.repeat(value, people))
    place = max(-(-share * len(row) // 100), 1) - 1
    assert weighted_quantile(value, people, share / 100) == row[place]


@given(rows=PLACES)
def test_the_lorenz_curve_rises_from_0_to_1_below_the_diagonal(rows):
    people, whole = lorenz(*zip(*rows, strict=True))
    assert (people[0], whole[0]) == (0, 0)
    assert (people[-1], whole[-1]) == pytest.approx((1, 1))
    assert (np.diff(people) > 0).all()
    assert (np.diff(whole) >= 0).all()
    assert (whole <= people + 1e-12).all()


def test_times_beyond_reach_and_unknown_are_counted_beside_the_figures():
    minutes = [5, 10, np.inf, np.nan]
    answer = equity(minutes, [60, 20, 20, 50], division=["A", "A", "B", "C"], better="less", threshold=10)
    assert (answer.people, answer.people_beyond, answer.people_unknown) == (150, 20, 50)
    assert answer.mean == pytest.approx(500 / 80)
    assert answer.p90 == np.inf
    assert (answer.worst_division, answer.worst_mean) == ("B", np.inf)
    assert answer.share_above == pytest.approx(80 / 150)


def test_of_access_more_is_better_and_nine_in_ten_have_p90_or_more():
    answer = equity([0, 2, 4], [10, 40, 50], division=["A", "B", "B"], better="more", threshold=2)
    assert answer.p90 == 2
    assert answer.worst_division == "A"
    assert answer.share_above == 0.9


def test_endless_access_is_refused():
    with pytest.raises(AnalysisError, match="row 1"):
        equity([1, np.inf], [1, 1], division=["A", "A"], better="more", threshold=1)


def test_where_everybody_has_nothing_there_is_no_gini_and_no_silent_zero():
    answer = equity([0, 0], [10, 40], division=["A", "B"], better="more", threshold=1)
    assert np.isnan(answer.gini)
    assert answer.worst_division == "A"
    with pytest.raises(AnalysisError, match="nothing to share"):
        gini([0, 0], [1, 1])


def test_where_nobody_is_known_figures_are_not_numbers():
    answer = equity([np.nan], [10], division=["A"], better="more", threshold=1)
    assert np.isnan([answer.mean, answer.gini, answer.p90, answer.worst_mean]).all()
    assert answer.worst_division is None


@pytest.mark.parametrize(
    ("values", "people", "words"),
    [
        ([1, -1], [1, 1], "row 1"),
        ([1, 1], [1, -1], "row 1"),
        ([1, 1], [1, float("nan")], "row 1"),
        ([1], [1, 1], "1 values"),
        ([1, 1], [0, 0], "Nobody"),
        ([1, float("inf")], [1, 1], "within reach"),
    ],
)
def test_what_no_curve_can_be_drawn_of_is_refused(values, people, words):
    with pytest.raises(AnalysisError, match=words):
        lorenz(values, people)


def test_quantiles_refuse_shares_out_of_range_and_unknown_values():
    with pytest.raises(AnalysisError, match=r"1\.5"):
        weighted_quantile([1], [1], 1.5)
    with pytest.raises(AnalysisError, match="known"):
        weighted_quantile([float("nan")], [1], 0.5)
