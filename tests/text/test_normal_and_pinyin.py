"""Normal forms, tones, numerals."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.text import pinyin
from geo_registry.text.normal import is_han, match_form, normal_form
from geo_registry.text.numerals import cardinal, in_figures, trailing_numeral
from geo_registry.text.pinyin import (
    has_tones,
    marks_from_numbers,
    plain_letters,
    strip_tones,
    toned_letters,
    with_tone,
)

ANY_TEXT = st.text(max_size=30)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  兴业 路 ", "兴业 路"),
        ("ＡＢ１２", "AB12"),
        ("兴\u200b业路", "兴业路"),
        ("葛\U000e0100城", "葛城"),
        ("\uf9f4地", "林地"),
        ("\ud800村", "村"),
    ],
)
def test_a_text_is_kept_without_what_nobody_sees(given_text, kept):
    assert normal_form(given_text) == kept


@given(ANY_TEXT)
def test_a_normal_form_stays_as_it_is(text):
    once = normal_form(text)
    assert normal_form(once) == once
    assert once == once.strip()


@given(ANY_TEXT)
def test_what_is_compared_has_no_spaces_and_stays_as_it_is(text):
    once = match_form(text)
    assert match_form(once) == once
    assert not any(character.isspace() for character in once)


def test_names_are_compared_without_spaces_signs_and_capitals():
    assert match_form("Ａ区·兴业 路（北）") == match_form("a区兴业路北")


def test_characters_outside_the_basic_plane_are_chinese_too():
    assert all(is_han(character) for character in "兴〇㐂𠮷𬒈")
    assert not any(is_han(character) for character in "A1·ー、")


@pytest.mark.parametrize(
    ("letters", "tone", "marked"),
    [
        ("xing", 1, "xīng"),
        ("lü", 4, "lǜ"),
        ("liu", 2, "liú"),
        ("gui", 4, "guì"),
        ("xiong", 2, "xióng"),
        ("hou", 4, "hòu"),
        ("jue", 2, "jué"),
        ("zi", 0, "zi"),
        ("zi", 5, "zi"),
        ("quan", 2, "quán"),
    ],
)
def test_the_tone_mark_stands_where_the_scheme_wants_it(letters, tone, marked):
    assert with_tone(letters, tone) == marked
    assert strip_tones(marked) == letters


@pytest.mark.parametrize(
    ("numbered", "marked"),
    [
        ("xing1ye4lu4", "xīngyèlù"),
        ("lv4yuan2", "lǜyuán"),
        ("lu:4", "lǜ"),
        ("hu2tong5", "hútong"),
        ("107guodao", "107guodao"),
    ],
)
def test_tones_may_be_typed_as_numbers(numbered, marked):
    assert marks_from_numbers(numbered) == marked


def test_letters_to_search_by():
    assert plain_letters("Xī'ān 2 Lù") == "xian2lu"
    assert plain_letters("Lǜyuán Jiē") == "lvyuanjie"
    assert toned_letters("Xī’ān 2 Lù") == "xīān2lù"
    assert has_tones("xīng")
    assert has_tones("xing1")
    assert not has_tones("xing")
    assert not has_tones("107 guodao")


@given(ANY_TEXT)
def test_plain_letters_are_plain(text):
    assert all(letter.isascii() and letter.isalnum() for letter in plain_letters(text))


@given(ANY_TEXT)
def test_tones_go_and_umlauts_stay(text):
    stripped = strip_tones(text)
    assert not set("\u0304\u0301\u030c\u0300") & set(unicodedata.normalize("NFD", stripped))


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("二", 2),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("四十二", 42),
        ("一百零一", 101),
        ("三千五百", 3500),
        ("三八", None),
        ("九一八", None),
        ("百", None),
        ("", None),
        ("零", None),
        ("十百", None),
    ],
)
def test_a_numeral_is_a_number_only_if_written_out(numeral, number):
    assert cardinal(numeral) == number


def test_numerals_in_names():
    assert in_figures("十二巷") == "12巷"
    assert in_figures("三八路") == "三八路"
    assert trailing_numeral("大川淀一") == "一"
    assert trailing_numeral("南京") == ""


@given(st.integers(min_value=1, max_value=9999))
def test_every_number_below_ten_thousand_is_read_back(number):
    figures = "零一二三四五六七八九"
    written, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure = number // unit % 10
        if figure:
            written += ("零" if pending_zero and written else "") + figures[figure] + name
            pending_zero = False
        else:
            pending_zero = True
    assert cardinal(written) == number


@pytest.mark.parametrize("mark", ["", "\u0304", "\u0301", "\u030c", "\u0300"])
def test_letters_looked_up_one_by_one_are_what_the_whole_rule_makes_of_them(mark: str) -> None:
    for letter in "abcdefghijklmnopqrstuvwxyzüêABCDEFGHIJKLMNOPQRSTUVWXYZÜÊ0189 '-":
        composed = unicodedata.normalize("NFC", letter + mark)
        for text in (composed, f"x{composed}y", letter + mark):
            assert plain_letters(text) == pinyin._plain_letters(text)
            assert toned_letters(text) == pinyin._toned_letters(text)
