"""Numbers that anybody may write into an address."""

from __future__ import annotations

import pytest

from geo_registry.text.whole_numbers import whole_number, whole_numbers


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "²", "１２", "-1", "+1", "1.0", " 1", "1\x00", "٣", "9" * 19])
def test_anything_else_is_none(text):
    assert whole_number(text) is None


def test_of_many_the_numbers_are_kept_in_their_order():
    assert whole_numbers(["3", "x", "²", "1", "12345"], digits=4) == [3, 1]
