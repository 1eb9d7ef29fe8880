"""The demo county's rounds: invented, marked so, with gaps, and gone with the demo."""

from __future__ import annotations

import pytest

from facilities.models import CapacityReading, Confirmation, Facility, Round, Verification
from facilities.models.facility import ACCESSIBILITY
from facilities.services.rounds.demo import REMARK, ROUNDS, make_demo_rounds
from geo_registry.imports.services.removal import remove_sources
from geo_registry.reference.models import Source
from tests.factories import DemoSourceFactory

from .conftest import DAY

pytestmark = pytest.mark.django_db


def test_past_months_are_answered_with_gaps_and_all_of_it_is_marked(town):
    source = DemoSourceFactory()
    for number in range(30):
        town.facility(f"D{number:02d}", source=source)
    real = town.facility("REAL")
    answers = make_demo_rounds(day=DAY)
    assert Round.objects.count() == ROUNDS + 1
    assert 0 < answers < 30 * (ROUNDS + 1)
    answered = Confirmation.objects.exclude(answers={})
    assert {row.remark for row in answered} == {REMARK}
    assert all(row.as_of <= DAY for row in answered)
    assert not Verification.objects.filter(facility=real).exists()
    readings = CapacityReading.objects.filter(facility__source=source, as_of__year=2026)
    assert readings.exists()
    assert set(readings.values_list("source", flat=True)) == {source.pk}
    assert make_demo_rounds(day=DAY) == 0, "once is enough"


def test_some_places_are_accessible_some_are_not_and_of_some_nobody_knows(town):
    source = DemoSourceFactory()
    for number in range(40):
        town.facility(f"D{number:02d}", source=source)
    known = town.facility("KNOWN", source=source, lift="no")
    real = town.facility("REAL")
    make_demo_rounds(day=DAY)
    for code in ACCESSIBILITY[:4]:
        values = set(
            Facility.objects.filter(source=source).exclude(number="KNOWN").values_list(code, flat=True)
        )
        assert {"yes", "no", ""} <= values, code
    for row, lift in ((known, "no"), (real, "")):
        row.refresh_from_db()
        assert [getattr(row, code) for code in ACCESSIBILITY] == ["", "", lift, "", "", ""]


def test_where_all_is_real_nothing_is_invented(town):
    town.facility()
    assert make_demo_rounds(day=DAY) == 0
    assert not Round.objects.exists()


def test_the_invented_rounds_go_with_the_demo(town):
    source = DemoSourceFactory()
    town.facility("D1", source=source)
    make_demo_rounds(day=DAY)
    remove_sources(Source.objects.filter(is_demo=True))
    assert not Round.objects.exists()
    assert not Confirmation.objects.exists()
