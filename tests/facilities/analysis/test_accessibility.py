"""2SFCA and its family against a naive second implementation, figures computed by hand, and conservation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.analysis import accessibility, decay
from facilities.analysis.errors import AnalysisError
from geo_registry.roadgraph import Method, TimeMatrix


def matrix_of(times, *, places, limit_ms=1_800_000, unknown=()):
    """A matrix from one dictionary (place to milliseconds) a facility."""
    rows = [sorted(row.items()) for row in times]
    return TimeMatrix(
        places=places,
        start=np.cumsum([0] + [len(row) for row in rows]).astype(np.int64),
        place=np.array([place for row in rows for place, _ in row], dtype=np.int32),
        time_ms=np.array([ms for row in rows for _, ms in row], dtype=np.int32),
        limit_ms=limit_ms,
        facilities_unsnapped=np.array([], dtype=np.int64),
        places_unknown=np.array(unknown, dtype=np.int64),
        method=Method.ROAD,
    )


DECAYS = [
    decay.step(900),
    decay.zones([600, 1200, 1800], [1, 0.68, 0.22]),
    decay.gaussian(1800),
    decay.exponential(1800, half_s=400),
    decay.power(1800, exponent=1.5, from_s=60),
    decay.linear(1800),
    decay.epanechnikov(1500),
]


def naive_weight(one, ms):
    if ms > one.limit_s * 1000:
        return 0.0
    t, name = ms / 1000, one.name.split("(")[0]
    return {
        "step": lambda: 1.0,
        "zones": lambda: 1 if t <= 600 else 0.68 if t <= 1200 else 0.22,
        "gaussian": lambda: (math.exp(-0.5 * (t / 1800) ** 2) - math.exp(-0.5)) / (1 - math.exp(-0.5)),
        "exponential": lambda: math.exp(-math.log(2) * t / 400),
        "power": lambda: 1.0 if t <= 60 else (60 / t) ** 1.5,
        "linear": lambda: 1 - t / 1800,
        "epanechnikov": lambda: 1 - (t / 1500) ** 2,
    }[name]()


def naive(times, people, supply, one, *, three):
    """Loops over places and facilities, as the papers write it."""
    places = range(len(people))
    w = [[naive_weight(one, row[i]) if i in row else 0.0 for i in places] for row in times]
    g = [[1.0] * len(people) for _ in times]
    if three:
        for i in places:
            total = sum(w[j][i] for j in range(len(times)))
            for j in range(len(times)):
                g[j][i] = w[j][i] / total if total else 0.0
    access = [0.0] * len(people)
    for j in range(len(times)):
        demand = sum(g[j][i] * people[i] * w[j][i] for i in places)
        if demand > 0:
            for i in places:
                access[i] += g[j][i] * w[j][i] * supply[j] / demand
    return access


PROBLEM = st.integers(1, 7).flatmap(
    lambda places: st.tuples(
        st.just(places),
        st.lists(
            st.dictionaries(st.integers(0, places - 1), st.integers(0, 1_800_000)), min_size=1, max_size=5
        ),
        st.lists(st.integers(1, 500), min_size=places, max_size=places),
        st.integers(0, 10_000),
    )
)


@pytest.mark.parametrize("one", DECAYS, ids=lambda one: one.name)
@pytest.mark.parametrize("three", [False, True])
@settings(max_examples=40)
@given(problem=PROBLEM)
def test_the_family_equals_the_naive_one_and_conserves_supply(one, three, problem):
    places, times, people, seed = problem
    supply = np.random.default_rng(seed).integers(0, 60, len(times))
    measure = accessibility.three_step if three else accessibility.enhanced_two_step
    answer = measure(matrix_of(times, places=places), people=people, supply=supply, decay=one)
    assert answer.access == pytest.approx(naive(times, people, supply, one, three=three), rel=1e-9, abs=1e-12)
    shared_out = supply.sum() - supply[answer.supply_unreached].sum()
    assert answer.access @ np.array(people) == pytest.approx(shared_out, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("one", DECAYS, ids=lambda one: one.name)
@settings(max_examples=40)
@given(problem=PROBLEM)
def test_gravity_adds_up_what_is_in_reach(one, problem):
    places, times, _, seed = problem
    supply = np.random.default_rng(seed).integers(0, 60, len(times))
    answer = accessibility.gravity(matrix_of(times, places=places), supply=supply, decay=one)
    expected = [
        sum(supply[j] * naive_weight(one, row[i]) for j, row in enumerate(times) if i in row)
        for i in range(places)
    ]
    assert answer.access == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_three_villages_and_two_homes_by_hand():
    """Two homes with 20 and 40 beds; the middle village (100 elders) reaches both, the others one each."""
    matrix = matrix_of([{0: 60_000, 1: 300_000}, {1: 0, 2: 600_000}], places=3)
    plain = accessibility.two_step(matrix, people=[100, 100, 300], supply=[20, 40], limit_s=600)
    assert plain.ratio == pytest.approx([20 / 200, 40 / 400])
    assert plain.access == pytest.approx([0.1, 0.2, 0.1])
    rings = decay.zones([300, 600], [1, 0.5])
    enhanced = accessibility.enhanced_two_step(matrix, people=[100, 100, 300], supply=[20, 40], decay=rings)
    # R0 = 20/200, R1 = 40/(100 + 300·0.5) = 0.16; the far village has 0.16·0.5.
    assert enhanced.access == pytest.approx([0.1, 0.26, 0.08])
    three = accessibility.three_step(matrix, people=[100, 100, 300], supply=[20, 40], decay=rings)
    # The middle village divides itself in halves: R0 = 20/150, R1 = 40/(50 + 150) = 0.2.
    assert three.access == pytest.approx([20 / 150, 10 / 150 + 0.1, 0.1])


def test_cumulative_counts_what_is_within_the_limit_and_the_limit_itself():
    matrix = matrix_of([{0: 600_000, 1: 600_001}, {0: 0}], places=3)
    answer = accessibility.cumulative(matrix, supply=[1, 1], limit_s=600)
    assert answer.access.tolist() == [2, 0, 0]


def test_an_unknown_place_has_no_access_figure_and_an_unknown_supply_is_left_out_and_listed():
    matrix = matrix_of([{0: 0}, {0: 0}, {}], places=3, unknown=[2])
    answer = accessibility.two_step(matrix, people=[10, 5, 7], supply=[4, np.nan, 3], limit_s=600)
    assert answer.access[:2].tolist() == [0.4, 0.0]
    assert np.isnan(answer.access[2])
    assert answer.people_unknown == 7
    assert answer.supply_unknown.tolist() == [1]
    assert answer.supply_unreached.tolist() == [2]
    assert np.isnan(answer.ratio[1])


def test_a_limit_of_a_day_is_looked_up_pair_by_pair_with_the_same_answer():
    times = [{0: 60_000, 1: 80_000_000}, {1: 0}]
    far = matrix_of(times, places=2, limit_ms=86_400_000)
    one = decay.gaussian(86_400)
    answer = accessibility.gravity(far, supply=[3, 5], decay=one)
    assert answer.access[1] == pytest.approx(5 + 3 * one.weights(np.array([80_000_000]))[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": [1, 2]}, "2 values"),
        ({"people": [1, -2, 0]}, "row 1"),
        ({"people": [0, 0, 0]}, "Nobody"),
        ({"supply": [1]}, "1 values"),
        ({"supply": [1, float("inf")]}, "row 1"),
        ({"supply": [-1, 1]}, "row 0"),
        ({"limit_s": 1_801}, "1800"),
    ],
)
def test_what_no_honest_figure_can_be_computed_from_is_refused(changes, words):
    matrix = matrix_of([{0: 60_000}, {1: 0}], places=3)
    values = {"people": [1, 2, 3], "supply": [1, 1], "limit_s": 600}
    with pytest.raises(AnalysisError, match=words):
        accessibility.two_step(matrix, **(values | changes))


@pytest.mark.parametrize("one", DECAYS, ids=lambda one: one.name)
def test_every_decay_is_1_at_once_never_rises_and_is_0_beyond_its_limit(one):
    limit_ms = round(one.limit_s * 1000)
    weights = one.weights(np.arange(0, limit_ms + 1, 500))
    assert weights[0] == 1
    assert (np.diff(weights) <= 1e-12).all()
    assert ((weights >= 0) & (weights <= 1)).all()
    assert one.weights(np.array([limit_ms + 1])).tolist() == [0]


@pytest.mark.parametrize(
    "one", [one for one in DECAYS if one.rings] + [decay.zones([0.4, 0.4004, 1], [1, 0.5, 0.1])]
)
@pytest.mark.parametrize("limit_ms", [900, 600_000, 1_200_001, 1_800_000, 2_000_000])
def test_rings_are_looked_up_with_the_weights_of_the_formula(one, limit_ms):
    matrix = replace(matrix_of([{0: 0}], places=1, limit_ms=limit_ms), limit_ms=limit_ms)
    _index, table, ring = accessibility._lookup(matrix, one)
    assert len(ring) == limit_ms + 1
    assert np.array_equal(table[ring], one.weights(np.arange(limit_ms + 1)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: decay.step(0),
        lambda: decay.gaussian(float("nan")),
        lambda: decay.exponential(600, half_s=-1),
        lambda: decay.power(600, exponent=0),
        lambda: decay.zones([], []),
        lambda: decay.zones([600], [1, 0.5]),
        lambda: decay.zones([600, 600], [1, 0.5]),
        lambda: decay.zones([600, 900], [0.5, 1]),
        lambda: decay.zones([600], [1.5]),
    ],
)
def test_a_decay_that_makes_no_sense_is_refused(make):
    with pytest.raises(AnalysisError):
        make()


def test_the_figures_of_another_implementation_s_manual():
    """The worked example of sdc-catchment's manual (2SFCA with Gaussian weights, unit scale): three places, two providers.

    No paper's table with its whole input could be had; this one is published with input and output.
    """
    apart = np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
    none = np.empty(0, dtype=np.int64)
    matrix = TimeMatrix(
        places=3,
        start=np.array([0, 3, 6]),
        place=np.array([0, 1, 2, 0, 1, 2], dtype=np.int32),
        time_ms=(apart.ravel() * 1000).astype(np.int32),
        limit_ms=2000,
        facilities_unsnapped=none,
        places_unknown=none,
        method=Method.ROAD,
    )
    gaussian = decay.Decay("gaussian, unit scale", 2.0, lambda seconds: np.exp(-(seconds**2) / 2))
    found = accessibility.enhanced_two_step(matrix, people=[100, 100, 100], supply=[10, 10], decay=gaussian)
    assert np.round(found.access, 6).tolist() == [0.065179, 0.069641, 0.065179]
