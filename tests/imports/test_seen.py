"""What an import remembers of rows that went by, in a few bytes each."""

from __future__ import annotations

import gc
import random
import sys

import pytest

from geo_registry.imports.services.collector import seldom_collecting
from geo_registry.imports.services.seen import FirstRows, Numbers


def test_each_key_has_the_row_where_it_was_met_first_whatever_the_chunks() -> None:
    random.seed(7)
    keys = [(f"{random.randrange(4_000):012}", None) for _ in range(20_000)]
    expected: dict[object, int] = {}
    for row, key in enumerate(keys, start=2):
        expected.setdefault(key, row)
    seen, start = FirstRows(), 0
    for size in (1, 2, 500, 3, 7_000, 1, 12_493):
        found = seen.meet(keys[start : start + size], range(start + 2, start + size + 2))
        assert found == [expected[key] for key in keys[start : start + size]]
        start += size
    assert start == len(keys)


def test_keys_that_are_written_alike_but_are_not_are_told_apart() -> None:
    seen = FirstRows()
    assert seen.meet([("1", None), (1, None), ("1", "None"), ("", "1")], [1, 2, 3, 4]) == [1, 2, 3, 4]
    assert seen.meet([], []) == []


def test_a_key_costs_twenty_bytes() -> None:
    seen = FirstRows()
    for start in range(0, 100_000, 5_000):
        seen.meet([[f"{start + at:012}", None] for at in range(5_000)], range(start, start + 5_000))
    held = sum(sys.getsizeof(column) for run in seen._runs for column in run)
    assert held < 20.5 * 100_000


def test_numbers_are_held_like_a_set() -> None:
    random.seed(11)
    wanted = {random.randrange(10**12) for _ in range(200)} | set(range(65_500, 65_600))
    numbers = Numbers()
    for number in wanted:
        numbers.add(number)
    assert all(number in numbers for number in wanted)
    assert not any(number in numbers for number in (*range(65_400, 65_500), 65_600, 10**13))
    assert "65500" not in numbers


def _import_that_fails() -> None:
    with seldom_collecting():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > 10_000
        raise RuntimeError


def test_the_collector_is_as_before_once_an_import_has_failed() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError):
        _import_that_fails()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
