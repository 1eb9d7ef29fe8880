"""A statement that is written once gives what the query gives that it was written from."""

from __future__ import annotations

import datetime

import pghistory
import pytest
from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Length
from django.test.utils import CaptureQueriesContext

from geo_registry.reference.models import CalendarDay
from geo_registry.territory import prepared
from geo_registry.territory.models import Division
from geo_registry.territory.prepared import Given, Prepared, array_of
from geo_registry.territory.search_keys import AnyOf, Matches, StartsWithAny

pytestmark = pytest.mark.django_db


@pytest.fixture
def divisions():
    for code, name in (("64", "宁夏%"), ("65", "新疆"), ("11", "北京's")):
        Division.objects.create(code=code, name=name, level=1)


@pytest.fixture
def statement(divisions):
    # A text of the statement's own with a percent sign, and one value in two places.
    rows = Division.objects.filter(
        ~Q(name__startswith="x%"),
        StartsWithAny("path", Given("paths", "text[]")),
        level=Given("level", "integer"),
    ).annotate(size=Length("name"), level_again=Given("level", "integer"), mark=Value("100%"))
    return Prepared.of(rows.order_by("code").values_list("code", "name", "mark"), most="most")


def ask(statement, **given):
    return statement.rows(**{"paths": ["6"], "level": 1, "most": 10} | given)


def test_it_gives_the_rows(statement):
    assert ask(statement) == [("64", "宁夏%", "100%"), ("65", "新疆", "100%")]
    assert ask(statement, paths=["11/", "65/"]) == [("11", "北京's", "100%"), ("65", "新疆", "100%")]
    assert ask(statement, most=1) == [("64", "宁夏%", "100%")]
    assert ask(statement, level=2) == ask(statement, paths=[]) == []
    with pytest.raises(KeyError):
        statement.rows(paths=["6"], level=1)


def test_it_is_told_to_the_database_once(statement):
    ask(statement)
    with CaptureQueriesContext(connection) as queries:
        ask(statement)
        ask(statement, paths=["1"])
    assert [query["sql"].split()[0] for query in queries] == ["EXECUTE", "EXECUTE"]


def test_the_same_while_somebody_changes_things(statement):
    """History puts who it was before every statement that may change something."""
    with pghistory.context(user=1):
        assert len(ask(statement)) == 2
        assert len(ask(statement)) == 2


def test_behind_a_pooler_and_beyond_what_a_connection_holds_nothing_is_prepared(statement, monkeypatch):
    expected = ask(statement)
    for setting, value in (("DISABLE_SERVER_SIDE_CURSORS", True), ("CONN_MAX_AGE", 0)):
        with monkeypatch.context() as pooled:
            pooled.setitem(connection.settings_dict, setting, value)
            with CaptureQueriesContext(connection) as queries:
                assert ask(statement) == expected
        assert queries[0]["sql"].startswith("SELECT")
    monkeypatch.setattr(prepared, "_MOST_ON_A_CONNECTION", 0)
    other = Prepared.written("SELECT %(n)s::int + %(n)s::int, 5 %% 3, %(text)s::text")
    assert other.names == ("n", "text")
    assert other.rows(n=2, text="'%s") == [(4, 2, "'%s")]
    assert Prepared.written("SELECT 5 %% 3").rows() == [(2,)]


def test_patterns_can_be_left_to_be_planned_each_time(divisions):
    rows = Division.objects.filter(name__icontains=Given("typed")).order_by("code").values_list("code")
    each_time = Prepared.of(rows, planned_once=False)
    with CaptureQueriesContext(connection) as queries:
        assert each_time.rows(typed="'s") == [("11",)]
        assert each_time.rows(typed="%") == [("64",)]
    assert not any("EXECUTE" in query["sql"] for query in queries)


def test_numbers_go_as_one_value(divisions):
    pks = list(Division.objects.order_by("pk").values_list("pk", flat=True))
    rows = Division.objects.filter(Q(_OneOf("pk", AnyOf(Given("pks", "bigint[]"))))).order_by("pk")
    statement = Prepared.of(rows.values_list("pk"))
    assert statement.rows(pks=array_of(pks[:2])) == [(pk,) for pk in pks[:2]]
    assert statement.rows(pks=array_of([])) == []


class _OneOf(Matches):
    arg_joiner = " = "


def test_a_type_is_nothing_else():
    with pytest.raises(ValueError):
        Given("x", "text); DROP TABLE a; --")


def test_days_are_part_of_what_is_written(divisions):
    day = datetime.date(2026, 1, 1)
    rows = CalendarDay.objects.filter(day__gte=day).values_list("day")
    assert Prepared.of(rows).rows() == list(rows)
