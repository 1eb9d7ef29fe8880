import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.analysis import public_coverage

from .test_coverage import PARENTS, ask, people_of, travel

GROUPS = {"residents": None, "age60": "residents", "age80": "age60"}


def test_a_small_village_shows_neither_its_people_nor_its_shares():
    people = people_of([("e1", 300), ("e2", 6), ("w1", 200)])
    table = ask(people, {"canteens": travel([100, 100, 700])})
    public = public_coverage(table, parents=PARENTS, threshold=10)
    village = public.frame[public.frame.division == "e2"]
    assert village[["population", "covered", "share", "share_upper"]].isna().all(axis=None)
    assert public.hidden[table.division == "e2"]["population"].all()


def test_large_divisions_are_published_as_they_are():
    people = people_of([("e1", 300), ("e2", 400), ("w1", 200)])
    table = ask(people, {"canteens": travel([100, 100, 700])})
    public = public_coverage(table, parents=PARENTS, threshold=10)
    assert not public.hidden.any(axis=None)
    pd.testing.assert_frame_equal(public.frame, table, check_dtype=False)


SPOT = st.tuples(
    st.sampled_from(["e1", "e2", "w1"]), st.integers(0, 60), st.integers(0, 900), st.integers(0, 900)
)


@settings(max_examples=40)
@given(st.lists(SPOT, min_size=1, max_size=8))
def test_a_population_hidden_in_one_row_is_hidden_in_every_row_that_repeats_it(spots):
    people = people_of([(division, count) for division, count, _, _ in spots])
    sets = {"canteens": travel([t for *_, t, _ in spots]), "day care": travel([t for *_, t in spots])}
    table = ask(people, sets)
    hidden = public_coverage(table, parents=PARENTS, threshold=10).hidden["population"]
    by_division = hidden.groupby(table["division"]).agg(["any", "all"])
    assert (by_division["any"] == by_division["all"]).all()


def test_the_few_between_two_thresholds_are_not_left_to_subtraction():
    # 5 people between 5 and 10 minutes.
    people = people_of([("e1", 300), ("e1", 5), ("e1", 100)])
    table = ask(people, {"canteens": travel([100, 400, 900])})
    public = public_coverage(table, parents=PARENTS, threshold=10).frame
    covered = public[public.division == "county"].set_index("threshold_s")["covered"]
    assert covered.isna().any()


def test_the_few_between_two_age_groups_are_not_left_to_subtraction():
    people = people_of([("e1", 900, 54, 50)], groups=("residents", "age60", "age80"))
    table = ask(people, {"canteens": travel([100])}, groups=("residents", "age60", "age80"))
    public = public_coverage(table, parents=PARENTS, threshold=10, group_parents=GROUPS).frame
    county = public[(public.division == "county") & (public.threshold_s == 300)].set_index("group")
    assert np.array(
        [county.loc["age60", "population"] is pd.NA, county.loc["age80", "population"] is pd.NA]
    ).any()
