"""The demo county's rounds: invented, marked so, with gaps, and gone with the demo."""

from __future__ import annotations

import pytest

from facilities.models import CapacityReading, Confirmation, Round, Verification
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
