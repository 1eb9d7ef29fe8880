"""Every figure that the public sees carries its day, and a stale one says so in plain words."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from facilities.models import Confirmation, Method, Round, Verification
from facilities.services.freshness import Freshness, freshness, verified
from geo_registry.accounts.models import Office, Role
from tests import factories

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 20)
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.mark.parametrize(
    ("as_of", "stale"),
    [
        (datetime.date(2026, 8, 20), False),
        (datetime.date(2026, 8, 19), True),
        (datetime.date(2026, 11, 20), False),
        (None, False),
    ],
)
def test_three_months_and_a_day_are_too_long(as_of, stale):
    assert Freshness(day=DAY, months=3).is_stale(as_of) is stale


def test_it_is_said_in_the_readers_language_and_only_of_what_is_stale():
    asked = Freshness(day=DAY, months=3)
    with translation.override("zh-hans"):
        assert asked.warning(datetime.date(2024, 12, 31)) == "超过3个月未核实"
    assert asked.warning(DAY) == ""


def test_where_nobody_has_agreed_on_months_nothing_is_stale():
    assert freshness(DAY).warning(datetime.date(2000, 1, 1)) == ""


@pytest.fixture
def facility():
    factories.InstallationFactory()
    factories.ReferenceValueFactory(key="confirmation-stale-months", value=3)
    facility = factories.FacilityFactory(
        division__parent=factories.InstallationFactory().home_division, opening_hours="24/7"
    )
    factories.CapacityReadingFactory(facility=facility, measure="beds", total=30, vacant=4)
    return facility


def verify(facility, code: str, value, days_ago: int) -> Verification:
    as_of = timezone.localdate() - datetime.timedelta(days=days_ago)
    return Verification.objects.create(
        facility=facility, code=code, value=value, as_of=as_of, method=Method.TELEPHONE
    )


def test_hours_and_telephone_say_when_they_were_verified(client, facility):
    address = reverse("maps:facility", args=[facility.number])
    assert client.get(address).content.decode().count("还没有核实过") == 2
    verify(facility, "opening_hours", "24/7", days_ago=1)
    verify(facility, "public_phone", facility.public_phone, days_ago=200)
    page = client.get(address).content.decode()
    assert "还没有核实过" not in page
    # The telephone, and the beds of 2024.
    assert page.count("超过3个月未核实") == 2


def test_the_list_says_it_too(client, facility):
    verify(facility, "opening_hours", "24/7", days_ago=200)
    page = client.get("/").content.decode()
    assert page.count("超过3个月未核实") == 2


def test_what_was_changed_since_is_not_verified_and_private_facts_are_not_told(facility):
    rows = [
        verify(facility, "opening_hours", "Mo 08:00-09:00", days_ago=1),
        verify(facility, "private_phone", facility.private_phone, days_ago=1),
        verify(facility, "public_phone", facility.public_phone, days_ago=1),
    ]
    assert set(verified(facility, rows)) == {"public_phone"}


@pytest.fixture
def overdue(facility):
    opens_on = timezone.localdate() - datetime.timedelta(days=20)
    row = Round.objects.create(opens_on=opens_on, due_on=opens_on + datetime.timedelta(days=14))
    return Confirmation.objects.create(round=row, facility=facility)


@pytest.fixture
def viewer(facility):
    office = Office.objects.create(name="局", division=facility.division.parent)
    return factories.UserFactory(role=Role.VIEWER, office=office)


def test_what_is_overdue_is_seen_by_all_on_the_card_in_the_list_and_by_the_planner(client, overdue, viewer):
    client.force_login(viewer, backend=BACKEND)
    card = client.get(reverse("facilities:record", args=[overdue.facility.number])).content.decode()
    assert "核实已逾期" in card
    assert "现在核实" not in card
    listed = client.get(reverse("facilities:list"), {"missing": "confirmation"}).content.decode()
    assert overdue.facility.name in listed
    assert "有1处设施逾期没有核实" in client.get(reverse("maps:planner")).content.decode()
    Confirmation.objects.update(state=Confirmation.State.DONE)
    listed = client.get(reverse("facilities:list"), {"missing": "confirmation"}).content.decode()
    assert overdue.facility.name not in listed
    assert "逾期没有核实" not in client.get(reverse("maps:planner")).content.decode()


def test_the_card_says_who_confirmed_what_and_how(client, overdue, viewer):
    verify(overdue.facility, "opening_hours", "24/7", days_ago=1)
    Confirmation.objects.update(
        state=Confirmation.State.DONE, confirmed_by=viewer, as_of=timezone.localdate()
    )
    client.force_login(viewer, backend=BACKEND)
    card = client.get(reverse("facilities:record", args=[overdue.facility.number])).content.decode()
    assert "电话核实" in card
    assert str(viewer) in card
