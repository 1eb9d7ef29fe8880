"""Keys of a name and queries for them, matched here as PostgreSQL does: a query asks for keys that begin so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.text.search import exact_keys, search_keys, text_search_query

LEXEME = re.compile(r"'((?:[^'\\]|''|\\\\)*)':\*")
HAN = st.text(alphabet="兴业路任家桥新华东街一二十巷长安绿园大泉村", min_size=1, max_size=8)


def finds(query, name):
    """Evaluate the query over the keys of the name: lexemes, & and |, parentheses."""
    keys = search_keys(name)
    text = text_search_query(query)
    if not text:
        return False
    lexemes = []

    def mark(found):
        lexemes.append(found[1].replace("''", "'").replace("\\\\", "\\"))
        return f"L{len(lexemes) - 1} "

    words = LEXEME.sub(mark, text).replace("&", " and ").replace("|", " or ")
    values = {f"L{i}": any(key.startswith(lexeme) for key in keys) for i, lexeme in enumerate(lexemes)}
    return eval(words, {"__builtins__": {}}, values)


@pytest.mark.parametrize(
    "query",
    [
        "兴业路",
        "兴业",
        "业路",
        "路",
        "xingyelu",
        "xingye",
        "xingy",
        "yelu",
        "xing ye lu",
        "Xīngyè Lù",
        "xīngyè",
        "xing1ye4",
        "xyl",
        "XYL",
        "yl",
        "x",
        "兴业 lu",
        "xing 业路",
        "ＸＹＬ",
        "兴 业",
        "xingye路",
    ],
)
def test_a_name_is_found_by_characters_pinyin_and_initials(query):
    assert finds(query, "兴业路")


@pytest.mark.parametrize(
    "query", ["星业", "xingwang", "xìngyé", "xyz", "业兴", "q", "", "  ", "·", "兴业 长安"]
)
def test_a_name_is_not_found_by_another(query):
    assert not finds(query, "兴业路")


def test_a_doubtful_reading_is_found_either_way():
    assert finds("renjiaqiao", "任家桥")
    assert finds("rénjiāqiáo", "任家桥")
    assert finds("rènjiāqiáo", "任家桥")
    assert finds("hujiabao", "胡家堡")
    assert finds("hujiapu", "胡家堡")


def test_a_suffix_is_found_with_its_tone_and_without():
    for query in ("táizi", "táizǐ", "taizi"):
        assert finds(query, "台子"), query


def test_figures_and_numerals_are_one():
    for query in ("12巷", "十二巷", "12 xiang", "shierxiang", "12xiang"):
        assert finds(query, "十二巷"), query


def test_umlauts_are_typed_as_v_u_or_themselves():
    for query in ("lvyuan", "luyuan", "lüyuan", "lǜyuán", "lv4yuan2"):
        assert finds(query, "绿园"), query


def test_a_chosen_spelling_is_found_although_no_dictionary_has_it():
    assert "pwubu" not in search_keys("无名")
    keys = search_keys("无名", spellings=["Wúbǔ"])
    assert {"pwubu", "Pwubu", "twúbǔ"} <= set(keys)


def test_the_whole_of_a_name_can_be_told_from_its_part():
    keys = set(search_keys("兴业路"))
    for whole in ("兴业路", "xingyelu", "Xīngyè Lù", "xing1ye4lu4"):
        assert keys & set(exact_keys(whole)), whole
    for part in ("兴业", "yelu", "yèlù"):
        assert not keys & set(exact_keys(part)), part


def test_names_of_many_polyphones_keep_few_keys():
    assert len(search_keys("曾任单查解朴盖乐行长")) < 200


@given(HAN, st.data())
def test_every_run_of_a_names_characters_finds_it(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert finds(name[start:end], name)


@given(st.text(max_size=20))
def test_no_text_breaks_the_query(text):
    query = text_search_query(text)
    rest = LEXEME.sub("", query)
    assert set(rest) <= set("()&| "), (text, query)
    assert search_keys(text) == sorted(set(search_keys(text)))
