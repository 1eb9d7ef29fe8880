"""The publisher against an attacker who adds, subtracts, solves and enumerates."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.disclosure import DisclosureError, Relation, suppress

THRESHOLD = 10


def solved_by_row_reduction(hidden, relations, values):
    """Cells that a reader who knows every relation can compute: exact Gauss-Jordan, nothing shared with the code."""
    unknown = [cell for cell in range(len(values)) if hidden[cell]]
    column = {cell: number for number, cell in enumerate(unknown)}
    rows = []
    for relation in relations:
        row = [Fraction(0)] * (len(unknown) + 1)
        for cell, sign in [(relation.total, -1), *((part, 1) for part in relation.parts)]:
            if cell in column:
                row[column[cell]] += sign
            else:
                row[-1] -= sign * Fraction(int(values[cell]))
        rows.append(row)
    pivot_row = 0
    for number in range(len(unknown)):
        pivot = next((i for i in range(pivot_row, len(rows)) if rows[i][number] != 0), None)
        if pivot is None:
            continue
        rows[pivot_row], rows[pivot] = rows[pivot], rows[pivot_row]
        rows[pivot_row] = [entry / rows[pivot_row][number] for entry in rows[pivot_row]]
        for i, row in enumerate(rows):
            if i != pivot_row and row[number] != 0:
                rows[i] = [a - row[number] * b for a, b in zip(row, rows[pivot_row], strict=True)]
        pivot_row += 1
    solved = {}
    for row in rows:
        involved = [number for number in range(len(unknown)) if row[number] != 0]
        if len(involved) == 1:
            solved[unknown[involved[0]]] = row[-1] / row[involved[0]]
    return solved


def solved_by_enumeration(hidden, relations, values, highest):
    """Cells with one possible value, over all whole numbers from 1 to a bound: the patient attacker."""
    unknown = [cell for cell in range(len(values)) if hidden[cell]]
    possible = {cell: set() for cell in unknown}
    for guess in product(range(1, highest + 1), repeat=len(unknown)):
        table = list(values)
        for cell, value in zip(unknown, guess, strict=True):
            table[cell] = value
        if all(table[r.total] == sum(table[part] for part in r.parts) for r in relations):
            for cell, value in zip(unknown, guess, strict=True):
                possible[cell].add(value)
    return possible


COUNT = st.one_of(st.integers(0, 14), st.integers(0, 400))


@st.composite
def two_way_tables(draw):
    """Villages in townships × age groups, with all margins: two hierarchies over each other."""
    townships = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    groups = draw(st.integers(1, 3))
    values, relations = [], []

    def add(value):
        values.append(int(value))
        return len(values) - 1

    county = []
    for villages in townships:
        rows = [[add(draw(COUNT)) for _ in range(groups)] for _ in range(villages)]
        for row in rows:
            total = add(sum(values[cell] for cell in row))
            relations.append(Relation(total, tuple(row)))
            row.append(total)
        township = []
        for number in range(groups + 1):
            parts = tuple(row[number] for row in rows)
            total = add(sum(values[cell] for cell in parts))
            relations.append(Relation(total, parts))
            township.append(total)
        county.append(township)
    for number in range(groups + 1):
        parts = tuple(township[number] for township in county)
        relations.append(Relation(add(sum(values[cell] for cell in parts)), parts))
    return values, relations


@given(two_way_tables())
def test_no_small_count_can_be_worked_out_by_any_combination_of_sums(table):
    values, relations = table
    answer = suppress(values, relations=relations, threshold=THRESHOLD)
    small = [cell for cell, value in enumerate(values) if 0 < value < THRESHOLD]
    assert all(answer.hidden[cell] for cell in small)
    solved = solved_by_row_reduction(answer.hidden, relations, values)
    assert not set(small) & set(solved), "an attacker solved a small count"


@given(two_way_tables())
def test_zeros_are_never_hidden_and_nothing_is_hidden_without_a_small_count(table):
    values, relations = table
    answer = suppress(values, relations=relations, threshold=THRESHOLD)
    assert not answer.hidden[np.array(values) == 0].any()
    if not any(0 < value < THRESHOLD for value in values):
        assert not answer.hidden.any()
    assert not (answer.primary & answer.secondary).any()


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=4),
    st.lists(st.integers(0, 6), min_size=0, max_size=1),
)
def test_no_small_count_is_the_only_one_possible(first, second):
    """All whole numbers tried: small sums pin counts down that linear algebra leaves open."""
    values = [*first, *second]
    relations = [Relation(len(values), tuple(range(len(first))))]
    values.append(sum(first))
    if second:
        relations.append(Relation(len(values), (len(first), len(first) + 1)))
        values.append(second[0] + sum(first))
    threshold = 4
    answer = suppress(values, relations=relations, threshold=threshold)
    highest = max(values) + threshold
    if highest ** int(answer.hidden.sum()) > 200_000:
        return
    possible = solved_by_enumeration(answer.hidden, relations, values, highest)
    for cell, value in enumerate(values):
        if 0 < value < threshold:
            assert len(possible[cell]) > 1
            assert max(possible[cell]) >= threshold - 1


def test_a_lone_small_village_takes_the_next_smallest_with_it():
    answer = suppress([154, 4, 50, 100], relations=[Relation(0, (1, 2, 3))], threshold=10)
    assert answer.primary.tolist() == [False, True, False, False]
    assert answer.secondary.tolist() == [False, False, True, False]


def test_two_small_villages_with_a_small_sum_need_a_third():
    # 1 + 2 hidden would leave 3, which is 1 and 2 in some order.
    answer = suppress([103, 1, 2, 40, 60], relations=[Relation(0, (1, 2, 3, 4))], threshold=10)
    assert answer.hidden.tolist() == [False, True, True, True, False]


def test_two_small_villages_that_add_up_to_a_small_count_need_a_third():
    # 3 + 4 leave 7: neither could be 9, and the rule alone lets a reader think of 9.
    answer = suppress([107, 3, 4, 40, 60], relations=[Relation(0, (1, 2, 3, 4))], threshold=10)
    assert answer.hidden.tolist() == [False, True, True, True, False]


def test_the_larger_of_two_small_villages_is_protected_for_itself():
    # 1 + 9 leave 10: the first could be 9, but the second never more than it is.
    answer = suppress([110, 1, 9, 40, 60], relations=[Relation(0, (1, 2, 3, 4))], threshold=10)
    assert answer.hidden.tolist() == [False, True, True, True, False]


def test_two_small_villages_that_hide_each_other_need_no_third():
    answer = suppress([117, 8, 9, 40, 60], relations=[Relation(0, (1, 2, 3, 4))], threshold=10)
    assert answer.hidden.tolist() == [False, True, True, False, False]


def test_an_only_village_hides_its_township():
    answer = suppress([4, 4], relations=[Relation(0, (1,))], threshold=10)
    assert answer.hidden.tolist() == [True, True]


def test_a_count_at_the_threshold_is_shown_and_one_below_hidden():
    assert suppress([10, 9, 0], relations=[], threshold=10).hidden.tolist() == [False, True, False]


def test_rates_from_hidden_counts_are_hidden():
    answer = suppress(
        [154, 4, 50, 100], relations=[Relation(0, (1, 2, 3))], threshold=10, rates=[(1, 0), (2, 0), (3, 0)]
    )
    assert answer.rates.tolist() == [True, True, False]


def test_a_small_difference_of_two_published_counts_is_protected():
    # 100 within 5 minutes, 103 within 10: cell 2 is published nowhere, but is 3.
    relations = [Relation(1, (0, 2))]
    answer = suppress([100, 103, 3], relations=relations, threshold=10, published=[True, True, False])
    assert answer.hidden[:2].any()
    assert not answer.hidden[2]


def test_with_a_threshold_of_one_nothing_is_small():
    assert not suppress([0, 1, 1], relations=[Relation(2, (0, 1))], threshold=1).hidden.any()


def test_the_same_table_is_hidden_the_same_way_every_time():
    values, relations = [3, 50, 50, 50, 153], [Relation(4, (0, 1, 2, 3))]
    first = suppress(values, relations=relations, threshold=10).hidden
    for _ in range(3):
        assert (suppress(values, relations=relations, threshold=10).hidden == first).all()
    assert first.sum() == 2


def test_nothing_to_hide_in_an_empty_table():
    assert suppress([], relations=[], threshold=10).hidden.tolist() == []


@pytest.mark.parametrize(
    ("values", "relations", "threshold", "message"),
    [
        ([1, -2], [], 10, "Cell 1 is no count of people: -2"),
        ([1.5], [], 10, "Cell 0 is no count"),
        ([float("nan")], [], 10, "Cell 0 is no count"),
        ([5, 3, 1], [Relation(0, (1, 2))], 10, "Relation 0 does not add up: the total is 5, the parts are 4"),
        ([5], [Relation(0, (7,))], 10, "names cell 7; there are 1"),
        ([5], [], 0, "threshold must be 1 or more"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(values, relations, threshold, message):
    with pytest.raises(DisclosureError, match=message):
        suppress(values, relations=relations, threshold=threshold)
