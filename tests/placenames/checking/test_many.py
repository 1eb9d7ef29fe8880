"""Thousands of names are checked as one is: the same findings, by a number of statements that does not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from geo_registry.reference.models import NameRule
from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind
from placenames.naming.checks import Severity
from placenames.services.checking import Checker, Subject, check_name
from placenames.services.index import refresh_keys
from placenames.services.reviewing import subject_of_name, with_what_checks_need
from tests.factories import RoadFactory, line

pytestmark = pytest.mark.django_db
TEXTS = (
    "兴业路", "星业路", "新业路", "业兴路", "兴业巷", "新华路", "兴华路", "长兴路", "常兴路", "兴路", "大兴业路", "泉路",
    "兴业东路", "兴业西路", "中山路",
)  # fmt: skip
ALSO = ("崇兴路", "重兴路", "任家桥路", "兴业路", "一号路", "兴业南路")


@pytest.fixture
def streets(village, named):
    """A street of each name, side by side; the village's outline holds some of them."""
    for i, text in enumerate(TEXTS):
        named(
            text, village, (106.0, 38.0 + i / 1000), (106.005, 38.0 + i / 1000), kind="lane" if text.endswith("巷") else "road"
        )  # fmt: skip
    hamlet = Place.objects.create(kind=PlaceKind.objects.get(code="hamlet"), division=village)
    refresh_keys(
        name_ids=[Name.objects.create(place=hamlet, text="兴叶庄", specific="兴叶", generic="庄").pk]
    )
    return village


def proposed(text, village, **more):
    kind = PlaceKind.objects.select_related("procedure").get(code="road")
    return Subject(text=text, kind=kind, division=village, **more)


def asked(village):
    lines = [line((106.0, 38.0 + i / 500), (106.004, 38.0 + i / 500)) for i in range(len(TEXTS + ALSO))]
    subjects = [proposed(text, village, geometry=lines[i]) for i, text in enumerate(TEXTS + ALSO)]
    division = PlaceKind.objects.select_related("procedure").get(code="township")
    town = Division.objects.get(name="乙一镇")
    subjects.append(Subject(text="甲衣镇", kind=division, division=town.parent))
    subjects.append(proposed("星业路", village, roads=[RoadFactory(name="星业路", geometry=lines[2])]))
    names = with_what_checks_need(Name.objects.filter(text__in=["兴业路", "兴业东路"]))
    return subjects + [subject_of_name(name) for name in names.order_by("pk")]


def test_many_names_are_told_what_each_alone_is_told(streets):
    subjects = asked(streets)
    together = list(Checker().check(subjects))
    assert len(together) == len(subjects) > 20
    for subject, checked in zip(subjects, together, strict=True):
        alone = check_name(subject)
        assert checked.findings == alone.findings, subject.text
        assert (checked.scope_label, checked.seen) == (alone.scope_label, alone.seen)
    found = dict.fromkeys((1, 2, 3, 4, 5, 16, 17), 0)
    for checked in together:
        for number in found:
            found[number] += bool(checked.findings[number - 1].evidence)
    assert all(found.values()), found


def statements(subjects, checker):
    with CaptureQueriesContext(connection) as context:
        list(checker.check(subjects))
    return len(context.captured_queries)


def test_the_number_of_statements_does_not_grow_with_the_names(streets):
    subjects = asked(streets)
    checker = Checker()
    once = statements(subjects, checker)
    assert statements(subjects * 20, checker) == once
    assert once <= 24


def test_checks_that_can_find_nothing_severe_are_left_out_where_only_that_is_wanted(streets):
    checker = Checker(least=Severity.WARN)
    subjects = asked(streets)
    for subject, checked in zip(subjects, checker.check(subjects), strict=True):
        severe = [f for f in check_name(subject).findings if f.severity.weight >= Severity.WARN.weight]
        assert [f for f in checked.findings if f.severity.weight >= Severity.WARN.weight] == severe
        assert 5 not in {f.rule.number for f in checked.findings}
    NameRule.objects.filter(code="look-alike").update(severity="warn")
    assert 5 in Checker(least=Severity.WARN).wanted


def test_a_place_that_names_no_division_is_told_by_the_one_drawn_around_it(streets, named):
    away = named("兴夜路", streets, (107.0, 39.0), (107.01, 39.0))
    Place.objects.filter(pk=away.place_id).update(division=None)
    checked = check_name(proposed("兴业路", streets))
    message = next(item.message.render() for item in checked.findings[2].evidence if item.text == "兴夜路")
    assert "in no division that is drawn" in message
