"""A small county, people of each role, two places with names and points, and a folder of its own for each test's files."""

import pytest
from django.contrib.gis.geos import Point

from geo_registry.accounts.models import Role
from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind
from placenames.services.stories import steps, writing
from placenames.services.stories.writing import Words
from tests.search.conftest import kinds, people

__all__ = ["kinds", "people"]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.LANGUAGE_CODE = "zh-hans"


def place_of(text, *, division="甲东村", at=(106.3, 38.1), **fields):
    place = Place.objects.create(
        kind=PlaceKind.objects.get(code="hamlet"), division=Division.objects.get(name=division),
        geometry=Point(*at, srid=4490), **({"published": True} | fields),
    )  # fmt: skip
    Name.objects.create(place=place, text=text, status=Name.Status.STANDARD)
    return place


WORDS = Words(
    title="井台上的灯",
    summary="一盏灯。",
    text="从前有一口井。\n井边有灯。",
    author="张老师",
    sources="口述，2024年",
)


@pytest.fixture
def place(county):
    return place_of("老井庄")


@pytest.fixture
def draft(place, people):
    return writing.create_story(words=WORDS, places=[place], by=people[Role.NAME_OFFICER])


def published(story, people):
    steps.submit(told=story, by=people[Role.NAME_OFFICER])
    return steps.publish(told=story, by=people[Role.REVIEWER])


@pytest.fixture
def story(draft, people):
    return published(draft, people)


@pytest.fixture
def collection(story, people):
    made = writing.create_collection(words=WORDS, stories=[story], by=people[Role.NAME_OFFICER])
    return published(made, people)


@pytest.fixture
def sign_in(client, people):
    def _sign_in(role):
        client.force_login(people[role], backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return _sign_in
