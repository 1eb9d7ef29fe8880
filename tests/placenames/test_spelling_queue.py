"""The officer's queue: one name at a time, nothing outside the own scope, nothing lost that was typed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind, Spelling
from placenames.services.spellings import propose_spellings
from tests.factories import OfficeFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]
QUEUE = "/office/spellings/"


@pytest.fixture
def office(client, county):
    """The client signed in as a place-name officer of one township."""
    township = Division.objects.get(name="乙一镇")
    user = UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=township))
    client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
    return client


@pytest.fixture
def names(county):
    """Two names in the township, one of them in doubt, and one elsewhere."""
    rows = {}
    for text, village in (("王家桥", "甲东村"), ("任家堡", "甲西村"), ("远屯", "丙东村")):
        place = Place.objects.create(
            kind=PlaceKind.objects.get(code="hamlet"),
            division=Division.objects.get(name=village),
            published=True,
        )
        rows[text] = Name.objects.create(place=place, text=text, status=Name.Status.STANDARD)
    propose_spellings()
    return rows


def shown(response):
    name = response.context["name"]
    return name.text if name else None


def test_it_shows_one_name_after_another_within_the_own_scope(office, names):
    first = office.get(QUEUE)
    assert (shown(first), first.context["waiting"], first.context["waiting_doubtful"]) == ("王家桥", 2, 1)
    second = office.get(first.context["next_url"])
    assert shown(second) == "任家堡"
    last = office.get(second.context["next_url"])
    assert shown(last) is None
    assert last.context["waiting"] == 2


def test_it_can_show_only_what_is_in_doubt(office, names):
    response = office.get(QUEUE, {"doubts": 1})
    assert shown(response) == "任家堡"
    assert len(response.context["doubts"]) == 2
    assert [syllable.characters for syllable in response.context["open_syllables"]] == ["任", "堡"]


def test_confirming_goes_on_to_the_next(office, names):
    name = names["王家桥"]
    response = office.post(
        reverse("placenames:spelling_confirm", args=[name.pk]), {"text": "Wángjiāqiáo", "split_mode": "solid"}
    )
    assert response.url == f"{QUEUE}?after={name.pk}"
    assert name.spellings.get().status == Spelling.Status.CONFIRMED
    assert shown(office.get(QUEUE)) == "任家堡"


def test_a_reading_chosen_spells_the_name_at_once(office, names):
    url = reverse("placenames:spelling_try", args=[names["任家堡"].pk])
    body = office.get(url, {"reading-2": "pù"}).json()
    assert (body["text"], body["capitals"], len(body["doubts"])) == ("Rénjiāpù", "RENJIAPU", 1)
    assert office.get(url, {"split_mode": "apart"}).json()["text"] == "Rénjiā Bǎo"


@pytest.mark.parametrize(
    "parameters", [{"reading-2": "<b>"}, {"reading-99": "pù"}, {"reading-x": "pù"}, {"split_mode": "no"}]
)
def test_what_is_no_reading_of_the_character_is_not_taken(office, names, parameters):
    url = reverse("placenames:spelling_try", args=[names["任家堡"].pk])
    assert office.get(url, parameters).json()["text"] == "Rénjiābǎo"


def test_what_is_no_spelling_is_said_and_what_was_typed_stays(office, names):
    url = reverse("placenames:spelling_confirm", args=[names["王家桥"].pk])
    response = office.post(url, {"text": "王家 Qiáo"})
    assert response.status_code == 422
    assert response.context["problem"]
    assert "王家 Qiáo" in response.content.decode()
    assert not Spelling.objects.filter(status="confirmed").exists()


def test_names_elsewhere_can_neither_be_seen_nor_confirmed(office, names):
    url = reverse("placenames:spelling_confirm", args=[names["远屯"].pk])
    assert office.post(url, {"text": "Yuǎntún"}).status_code == 404
    assert office.get(reverse("placenames:spelling_try", args=[names["远屯"].pk])).status_code == 404


def test_drafts_former_names_and_other_languages_do_not_wait(office, names):
    names["王家桥"].delete()
    place = names["任家堡"].place
    for status, language in (
        (Name.Status.DRAFT, "zh"),
        (Name.Status.FORMER, "zh"),
        (Name.Status.RECORDED, "ug"),
    ):
        Name.objects.create(place=place, text="别屯", status=status, language=language)
    assert office.get(QUEUE).context["waiting"] == 1


@pytest.mark.parametrize("role", [Role.CLERK, Role.PLANNER, Role.REVIEWER, Role.VIEWER])
def test_others_are_not_let_in(client, county, names, role):
    user = UserFactory(role=role, office=OfficeFactory(division=Division.objects.get(name="乙一镇")))
    client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.get(QUEUE).status_code == 403


def test_an_empty_queue_says_so(office):
    assert shown(office.get(QUEUE)) is None
    assert office.get(QUEUE, {"after": "x"}).status_code == 200
