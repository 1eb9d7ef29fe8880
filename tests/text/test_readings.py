"""Readings of characters, and what the dictionaries get wrong about places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin_dict.pinyin_data import ktghz2013

from geo_registry.text.place_readings import SETTLED, USUAL, WORDS
from geo_registry.text.readings import Basis, options_of, read

STANDARD = {chr(point): readings.split(",") for point, readings in ktghz2013.pinyin_dict.items()}


def toned(text):
    return " ".join(reading.pinyin for reading in read(text))


@pytest.mark.parametrize(
    ("place", "reading"),
    [
        ("重庆", "chóng qìng"),
        ("六安", "lù ān"),
        ("台州", "tāi zhōu"),
        ("丽水", "lí shuǐ"),
        ("尉犁", "yù lí"),
        ("吴堡", "wú bǔ"),
        ("十里堡", "shí lǐ pù"),
        ("番禺", "pān yú"),
        ("铅山", "yán shān"),
        ("涡阳", "guō yáng"),
        ("洪洞", "hóng tóng"),
        ("繁峙", "fán shì"),
        ("太行", "tài háng"),
        ("灵武", "líng wǔ"),
        ("东莞", "dōng guǎn"),
    ],
)
def test_known_places_are_read_as_their_people_do(place, reading):
    assert toned(place) == reading


def test_tones_are_those_of_the_characters_and_do_not_change_in_speech():
    assert toned("一样") == "yī yàng"
    assert toned("不大") == "bù dà"


def test_a_polyphone_in_a_known_word_is_sure_and_elsewhere_in_doubt():
    assert next(reading.basis for reading in read("重庆")) is Basis.WORD
    alone = read("圩")[0]
    assert alone.doubtful
    assert set(alone.options) == {"wéi", "xū"}


def test_what_names_use_in_one_way_only_raises_no_doubt():
    assert [reading.doubtful for reading in read("大石家")] == [False, False, False]


def test_what_no_dictionary_has_stands_for_itself():
    unknown = read("\U0003134a")[0]
    assert unknown.basis is Basis.UNKNOWN
    assert unknown.pinyin == "\U0003134a"
    assert unknown.options == ()


def test_the_tables_name_readings_that_the_standard_has():
    for character, reading in (SETTLED | USUAL).items():
        assert reading in STANDARD[character], character
        assert len(STANDARD[character]) > 1, f"{character} needs no entry"
    assert not set(SETTLED) & set(USUAL)
    assert all(len(word) == len(readings) for word, readings in WORDS.items())


def test_every_standard_character_has_its_readings():
    assert len(STANDARD) == 8105
    for character, readings in STANDARD.items():
        assert set(readings) <= set(options_of(character)), character
        assert read(character)[0].pinyin, character


@given(st.text(max_size=20))
def test_every_character_of_any_text_is_answered(text):
    readings = read(text)
    assert [reading.character for reading in readings] == list(text)
    assert all(reading.pinyin in reading.options for reading in readings if reading.options)
