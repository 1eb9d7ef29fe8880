import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.disclosure import DisclosureError, Hierarchy, Relation, suppress_table

from .test_suppression import solved_by_row_reduction

PARENTS = {
    "county": None,
    "east": "county",
    "west": "county",
    "e1": "east",
    "e2": "east",
    "w1": "west",
    "w2": "west",
}
DIVISIONS = Hierarchy("division", PARENTS)


def county(e1, e2, w1, w2, remainder=0):
    counts = {"e1": e1, "e2": e2, "w1": w1, "w2": w2, "east": e1 + e2, "west": w1 + w2}
    counts["county"] = counts["east"] + counts["west"] + remainder
    return pd.DataFrame({"division": list(PARENTS), "people": [counts[code] for code in PARENTS]})


def publish(frame, **options):
    settings = {"keys": ["division"], "counts": ["people"], "threshold": 10, "hierarchies": [DIVISIONS]}
    return suppress_table(frame, **(settings | options))


def test_a_small_village_and_a_neighbour_are_hidden_and_totals_stay():
    public = publish(county(4, 60, 70, 80)).frame.set_index("division")["people"]
    assert public[["e1", "e2"]].isna().all()
    assert public[["county", "east", "west", "w1", "w2"]].tolist() == [214, 64, 150, 70, 80]


def test_people_directly_in_a_township_are_a_part_of_it_too():
    # 5 people of the county live in no township: county - east - west would show them.
    public = publish(county(40, 60, 70, 80, remainder=5)).frame.set_index("division")["people"]
    assert public[["county", "east", "west"]].isna().any()


def test_missing_counts_stay_missing_and_make_no_sum():
    frame = county(40, 60, 70, 80)
    frame["people"] = frame["people"].astype("Int64")
    frame.loc[frame.division == "e1", "people"] = pd.NA
    answer = publish(frame)
    assert answer.frame["people"].isna().sum() == 1
    assert not answer.hidden["people"].any()


def test_the_input_is_left_as_it_was():
    frame = county(4, 60, 70, 80)
    before = frame.copy()
    publish(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_repetitions_of_one_figure_are_hidden_together():
    rows = []
    for minutes, e1 in ((5, 12), (10, 30)):
        part = county(e1, 60, 70, 80).rename(columns={"people": "covered"})
        rows.append(part.assign(minutes=minutes, people=county(6, 60, 70, 80)["people"]))
    frame = pd.concat(rows, ignore_index=True)
    answer = suppress_table(
        frame,
        keys=["division", "minutes"],
        counts=["people", "covered"],
        threshold=10,
        hierarchies=[DIVISIONS],
        constant_over={"people": ["minutes"]},
    )
    hidden = answer.hidden["people"].groupby(frame["division"]).agg(["any", "all"])
    assert (hidden["any"] == hidden["all"]).all()
    assert hidden.loc["e1", "any"]


def test_rates_go_with_their_counts():
    frame = county(4, 60, 70, 80).assign(share=0.5)
    answer = publish(frame, rates={"share": ["people"]})
    assert answer.frame["share"].isna().tolist() == answer.hidden["people"].tolist()
    assert answer.frame["share"].notna().any()


VILLAGE = st.one_of(st.integers(0, 12), st.integers(0, 300))


@given(
    st.tuples(VILLAGE, VILLAGE, VILLAGE, VILLAGE),
    st.tuples(VILLAGE, VILLAGE, VILLAGE, VILLAGE),
    st.booleans(),
)
def test_an_attacker_with_the_tree_and_the_sums_solves_no_small_count(covered, uncovered, with_remainder):
    rest = 3 if with_remainder else 0
    frame = county(*covered, remainder=rest).rename(columns={"people": "covered"})
    frame["uncovered"] = county(*uncovered)["people"]
    frame["people"] = frame["covered"] + frame["uncovered"]
    counts = ["covered", "uncovered", "people"]
    answer = publish(frame, counts=counts, sums={"people": ["covered", "uncovered"]})
    cells = {
        (column, code): number
        for number, (column, code) in enumerate((c, d) for c in counts for d in PARENTS)
    }
    values = [int(frame.set_index("division").loc[code, column]) for column, code in cells]
    hidden = [bool(answer.hidden.set_index(frame["division"]).loc[code, column]) for column, code in cells]
    relations = [Relation(cells["people", d], (cells["covered", d], cells["uncovered", d])) for d in PARENTS]
    for column in counts:
        for parent, parts in (("east", ("e1", "e2")), ("west", ("w1", "w2")), ("county", ("east", "west"))):
            relations.append(Relation(cells[column, parent], tuple(cells[column, part] for part in parts)))
    if rest:  # the reader knows that somebody may live outside the townships, not how many
        for column in ("covered", "people"):
            cells[column, "rest"] = len(values)
            values.append(rest)
            hidden.append(True)
            old = relations.index(
                Relation(cells[column, "county"], (cells[column, "east"], cells[column, "west"]))
            )
            relations[old] = Relation(relations[old].total, (*relations[old].parts, cells[column, "rest"]))
    small = {number for number, value in enumerate(values) if 0 < value < 10}
    assert all(hidden[number] for number in small)
    assert not small & set(solved_by_row_reduction(hidden, relations, values))


def test_a_row_given_twice_is_refused():
    frame = pd.concat([county(40, 60, 70, 80)] * 2)
    with pytest.raises(DisclosureError, match="there twice"):
        publish(frame)


def test_parts_larger_than_their_total_are_refused():
    frame = county(40, 60, 70, 80)
    frame.loc[frame.division == "east", "people"] = 90
    with pytest.raises(DisclosureError, match="The parts of east have 100 in “people”; east itself has 90"):
        publish(frame)


def test_a_repeated_figure_that_differs_is_refused():
    frame = pd.concat([county(40, 60, 70, 80).assign(minutes=m) for m in (5, 10)], ignore_index=True)
    frame.loc[0, "people"] += 1
    with pytest.raises(DisclosureError, match="should be the same"):
        publish(frame, keys=["division", "minutes"], constant_over={"people": ["minutes"]})


@pytest.mark.parametrize("bad", [-1, 0.5])
def test_a_figure_that_is_no_count_is_named(bad):
    frame = county(40, 60, 70, 80)
    frame["people"] = frame["people"].astype(float)
    frame.loc[3, "people"] = bad
    with pytest.raises(DisclosureError, match="Row 3"):
        publish(frame)
