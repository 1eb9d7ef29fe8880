"""Nearest first until places are used; four groups that add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.analysis.capacity import allocate_nearest_first, capacity_by_division
from facilities.analysis.errors import AnalysisError

from .test_accessibility import matrix_of


def naive(times, people, capacity, limit_ms, unknown):
    """Every person is a queue ticket: sort pairs, hand out rooms one at a time in proportion."""
    left = dict(enumerate(people))
    room = {j: c for j, c in enumerate(capacity) if c is not None}
    pairs = sorted((ms, j, i) for j, row in enumerate(times) for i, ms in row.items() if ms <= limit_ms)
    groups = {}
    for ms, j, i in pairs:
        groups.setdefault((ms, j), []).append(i)
    for (_, j), members in sorted(groups.items()):
        if j not in room:
            continue
        wanted = sum(left[i] for i in members)
        free = min(room[j], wanted)
        if wanted == 0:
            continue
        exact = {i: left[i] * free for i in members}
        given_ = {i: exact[i] // wanted for i in members}
        rest = free - sum(given_.values())
        for i in sorted(members, key=lambda i: (-(exact[i] % wanted), i))[:rest]:
            given_[i] += 1
        for i in members:
            left[i] -= given_[i]
        room[j] -= free
    answer = []
    for i, n in enumerate(people):
        reach = [j for j, row in enumerate(times) if row.get(i, limit_ms + 1) <= limit_ms]
        rest = left[i]
        if i in unknown or any(j not in room for j in reach):
            answer.append((n - rest, 0, 0, rest))
        elif reach:
            answer.append((n - rest, rest, 0, 0))
        else:
            answer.append((n - rest, 0, rest, 0))
    return answer


@given(
    data=st.integers(1, 6).flatmap(
        lambda places: st.tuples(
            st.lists(st.dictionaries(st.integers(0, places - 1), st.integers(0, 6)), min_size=1, max_size=5),
            st.lists(st.integers(0, 40), min_size=places, max_size=places),
            st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=5, max_size=5),
        )
    ),
    limit=st.integers(0, 6),
)
def test_allocation_equals_the_naive_one_and_the_four_groups_add_up(data, limit):
    times, people, capacity = data
    capacity = capacity[: len(times)]
    matrix = matrix_of(times, places=len(people), limit_ms=6_000)
    answer = allocate_nearest_first(
        matrix,
        people=people,
        capacity=[np.nan if c is None else c for c in capacity],
        limit_s=limit / 1000,
    )
    found = list(zip(answer.served, answer.full, answer.out_of_reach, answer.unknown, strict=True))
    assert [tuple(map(int, row)) for row in found] == naive(times, people, capacity, limit, set())
    total = answer.served + answer.full + answer.out_of_reach + answer.unknown
    assert total.tolist() == people
    assert min(map(int, total), default=0) >= 0
    for facility, most in enumerate(capacity):
        assert answer.used[facility] <= (most or 0)
    assert answer.people.sum() == answer.served.sum() == answer.used.sum()


def test_people_whose_nearest_is_full_go_to_the_next():
    matrix = matrix_of([{0: 1_000, 1: 2_000}, {1: 5_000}], places=2, limit_ms=9_000)
    answer = allocate_nearest_first(matrix, people=[10, 10], capacity=[12, 5], limit_s=9)
    assert answer.served.tolist() == [10, 7]
    assert answer.full.tolist() == [0, 3]
    assert list(zip(answer.facility, answer.place, answer.people, strict=True)) == [
        (0, 0, 10),
        (0, 1, 2),
        (1, 1, 5),
    ]


def test_places_equally_near_share_the_last_room_in_whole_people():
    matrix = matrix_of([{0: 1_000, 1: 1_000, 2: 1_000}], places=3, limit_ms=9_000)
    answer = allocate_nearest_first(matrix, people=[10, 10, 10], capacity=[10], limit_s=9)
    assert answer.served.tolist() == [4, 3, 3]


def test_an_unknown_capacity_serves_nobody_and_leaves_people_unknown_not_full():
    matrix = matrix_of([{0: 1_000}, {1: 1_000}], places=3, limit_ms=9_000, unknown=[2])
    answer = allocate_nearest_first(matrix, people=[10, 10, 4], capacity=[np.nan, np.inf], limit_s=9)
    assert answer.served.tolist() == [0, 10, 0]
    assert answer.unknown.tolist() == [10, 0, 4]
    assert answer.capacity_unknown.tolist() == [0]


def test_divisions_add_up_to_the_county():
    matrix = matrix_of([{0: 1_000, 1: 2_000}], places=4, limit_ms=9_000, unknown=[3])
    answer = allocate_nearest_first(matrix, people=[10, 10, 7, 3], capacity=[15], limit_s=9)
    table = capacity_by_division(
        answer, division=["A", "A", "B", "B"], parents={"C": None, "A": "C", "B": "C"}
    ).set_index("division")
    assert table.loc["C"].tolist()[:5] == [30, 15, 5, 7, 3]
    assert table.loc["A"].tolist() == [20, 15, 5, 0, 0, 0.75]
    assert (table[["served", "full", "out_of_reach", "unknown"]].sum(axis=1) == table["population"]).all()
    with pytest.raises(AnalysisError, match="1 values"):
        capacity_by_division(answer, division=["A"], parents={"A": None})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": [1.5, 1]}, "row 0"),
        ({"people": [1]}, "1 values"),
        ({"capacity": [-1]}, "row 0"),
        ({"capacity": [2.5]}, "row 0"),
        ({"limit_s": -1}, "-1"),
        ({"limit_s": 10}, "9.0 s only"),
    ],
)
def test_what_cannot_be_allocated_is_refused(changes, words):
    matrix = matrix_of([{0: 1_000}], places=2, limit_ms=9_000)
    with pytest.raises(AnalysisError, match=words):
        allocate_nearest_first(matrix, **({"people": [1, 1], "capacity": [1], "limit_s": 9} | changes))
