"""专名 and 通名; the 8105 characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin_dict.pinyin_data import ktghz2013

from placenames.naming import (
    Lexicon,
    NameParts,
    examine_characters,
    level_of,
    split_name,
    standard_characters,
    without_committee,
)

LEXICON = Lexicon.of(["村", "新村", "社区"], numbered=["路", "环路", "街", "小街"])


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("三环路", ("三", "环路")),
        ("解放路南小街", ("解放路南", "小街")),
        ("小街", ("小", "街")),
        ("路", ("路", "")),
        ("阳光", ("阳光", "")),
        ("", ("", "")),
        ("幸福新村", ("幸福", "新村")),
    ],
)
def test_the_longest_generic_term_counts_and_something_is_left_before_it(name, parts):
    assert split_name(name, LEXICON) == NameParts(*parts)


@given(st.text(max_size=12))
def test_the_parts_make_the_name(name):
    parts = split_name(name, LEXICON)
    assert parts.specific + parts.generic == name
    assert parts.specific or not name


@pytest.mark.parametrize(
    ("committee", "place"),
    [
        ("城一村委会", "城一村"),
        ("西湖社区居委会", "西湖社区"),
        ("西湖社区居民委员会", "西湖社区"),
        ("园艺村民委员会", "园艺村"),
        ("泾兴村", "泾兴村"),
        ("村委会", "村委会"),
        ("某居委会", "某居委会"),
        ("新村村委会", "新村村"),
    ],
)
def test_a_committee_is_named_after_its_place(committee, place):
    assert without_committee(committee) == place


def test_the_standard_has_8105_characters_in_three_levels():
    levels = [level_of(character) for character in standard_characters()]
    assert [levels.count(level) for level in (1, 2, 3)] == [3500, 3000, 1605]
    assert standard_characters() == {chr(point) for point in ktghz2013.pinyin_dict}


def test_levels_by_example():
    assert [level_of(character) for character in "一乂亍"] == [1, 2, 3]
    assert level_of("興") is None
    assert level_of("A") is None


def test_what_is_unusual_about_a_name():
    findings = examine_characters("興業亍𬒈City路")
    assert findings.outside == ("興", "業")
    assert "亍" in findings.third_level
    assert findings.not_han == ("C", "i", "t", "y")
    assert findings.outside_bmp == ("𬒈",)
