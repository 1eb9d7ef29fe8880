"""What makes a place accessible is kept, told and asked for; not known is neither yes nor no."""

from __future__ import annotations

import pytest
from django.urls import reverse

from facilities.importers.facilities import FACILITIES
from facilities.models import Facility
from facilities.models.facility import ACCESSIBILITY
from facilities.services import public, public_page
from facilities.services.facts import FACTS, Section
from facilities.services.list_columns import COLUMNS
from facilities.services.public import Search
from tests import little_county


@pytest.fixture
def county(db) -> little_county.LittleCounty:
    made = little_county.make()
    for number, value in (("OPEN-0", "yes"), ("OPEN-1", "limited"), ("OPEN-2", "no")):
        Facility.objects.filter(number=number).update(step_free_entrance=value)
    return made


def found(**what) -> set[str]:
    now = public.local_now()
    return {entry.facility.number for entry in public.everything(Search(**what), now=now)}


def test_every_fact_is_on_the_card_in_lists_and_in_files() -> None:
    assert set(ACCESSIBILITY) == {fact.code for fact in FACTS.values() if fact.section is Section.ACCESS}
    assert set(ACCESSIBILITY) <= set(COLUMNS)
    assert set(ACCESSIBILITY) <= {column.field for column in FACILITIES.columns}


def test_whoever_asks_for_it_is_sent_nowhere_where_it_is_missing_or_not_known(county) -> None:
    assert found(access="step_free_entrance") == {"OPEN-0", "OPEN-1"}
    assert found(access="lift") == set()
    assert len(found()) == 5


def test_only_what_some_place_has_is_offered(county) -> None:
    assert public.access_on_offer(day=public.local_now().date()) == ["step_free_entrance"]


def test_the_finder_keeps_the_wish_in_its_address(county, client) -> None:
    page = client.get("/", {"access": "step_free_entrance"}).content.decode()
    assert 'id="place-OPEN-0"' in page
    assert 'id="place-OPEN-2"' not in page
    assert "access=step_free_entrance" in page
    assert client.get("/", {"access": "sabotage"}).status_code == 200


def test_a_facility_says_what_is_there_what_is_not_and_what_nobody_knows(county, client) -> None:
    told = public_page.access_of(Facility.objects.get(number="OPEN-2"))
    assert [one.value for one in told] == ["no", *[""] * 5]
    page = client.get(reverse("maps:facility", args=["OPEN-2"])).content.decode()
    assert "不详" in page
    unknown = client.get(reverse("maps:facility", args=["OPEN-3"])).content.decode()
    assert "还没有登记" in unknown
