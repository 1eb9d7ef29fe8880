"""The reader of filters: what a text means, and that no text breaks it."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cql2 import (
    And,
    Between,
    CaseInsensitive,
    Comparison,
    Cql2Error,
    Day,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    Property,
    Spatial,
    Temporal,
    parse,
    properties_of,
)

NAME = Property("name")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("name = 'a'", Comparison("=", NAME, Literal("a"))),
        ("\"name\" <> 'it''s'", Comparison("<>", NAME, Literal("it's"))),
        ("名称 = '桥'", Comparison("=", Property("名称"), Literal("桥"))),
        ("5 >= n", Comparison(">=", Literal(5), Property("n"))),
        ("n < -1.5e3", Comparison("<", Property("n"), Literal(-1500.0))),
        ("b = TRUE", Comparison("=", Property("b"), Literal(True))),
        ("name not like 'a%'", Not(Like(NAME, Literal("a%")))),
        ("casei(name) LIKE casei('A%')", Like(CaseInsensitive(NAME), CaseInsensitive(Literal("A%")))),
        (
            "n BETWEEN 1 AND 2 AND name IS NULL",
            And((Between(Property("n"), Literal(1), Literal(2)), IsNull(NAME))),
        ),
        ("name IN ('a', 'b')", In(NAME, (Literal("a"), Literal("b")))),
        ("name IS NOT NULL", Not(IsNull(NAME))),
        (
            "a = 1 OR b = 2 AND NOT c = 3",
            Or(
                (
                    Comparison("=", Property("a"), Literal(1)),
                    And(
                        (
                            Comparison("=", Property("b"), Literal(2)),
                            Not(Comparison("=", Property("c"), Literal(3))),
                        )
                    ),
                )
            ),
        ),
        ("d > DATE('2026-01-31')", Comparison(">", Property("d"), Day(datetime.date(2026, 1, 31)))),
        (
            "T_DURING(d, INTERVAL('2026-01-01', '..'))",
            Temporal("T_DURING", Property("d"), Interval(datetime.date(2026, 1, 1), None)),
        ),
        (
            "S_INTERSECTS(geometry, POINT(1 2))",
            Spatial("S_INTERSECTS", Property("geometry"), Geometry("POINT(1 2)")),
        ),
    ],
)
def test_a_filter_is_read_as_the_standard_says(text: str, tree: object) -> None:
    assert parse(text) == tree


def test_the_properties_of_a_filter_are_all_named() -> None:
    text = "a = 1 AND (CASEI(b) LIKE 'x' OR NOT c IN (1, 2)) AND S_WITHIN(geometry, POINT(1 2)) AND T_AFTER(d, DATE('2026-01-01'))"
    assert set(properties_of(parse(text))) == {"a", "b", "c", "geometry", "d"}


def assert_read_or_refused(text: str) -> None:
    """Nothing but the reader's own refusal comes out, with a sentence that can be shown."""
    try:
        tree = parse(text)
    except Cql2Error as error:
        sentence = error.render()
    else:
        sentence = repr(tree)
    assert sentence


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_read_or_refused(text)


@given(
    st.lists(
        st.sampled_from(
            ["(", ")", "NOT", "AND", "OR", "name", "=", "'x'", "1", "IN", ",", "POINT", "IS", "NULL", "CASEI"]
        )
    )
)
def test_any_row_of_words_is_read_or_refused(words: list[str]) -> None:
    assert_read_or_refused(" ".join(words))
