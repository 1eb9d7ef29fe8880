"""The one search: what is found, in which order, and what nobody gets to see by it."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.search.registry import Asked, Fit, What
from geo_registry.search.services import find
from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind, Spelling
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese(settings):
    settings.LANGUAGE_CODE = "zh-hans"


def make(text, *, kind="hamlet", division="甲东村", status=Name.Status.STANDARD, at=None, **fields):
    place = Place.objects.create(
        kind=PlaceKind.objects.get(code=kind),
        division=Division.objects.filter(name=division).first(),
        geometry=Point(*at, srid=4490) if at else None,
        **({"published": True} | fields),
    )
    Name.objects.create(place=place, text=text, status=status)
    return place


def found(text, **asked):
    return [hit.text for hit in find(Asked(text=text, **asked))]


class TestWhatFinds:
    @pytest.mark.parametrize(
        "typed",
        [
            "兴业路",
            "兴业",
            "业路",
            "xingye",
            "yelu",
            "xyl",
            "Xīngyè",
            "xing1ye4",
            "兴 路",
            "xing 业",
            "兴yelu",
        ],
    )
    def test_characters_pinyin_initials_and_mixtures(self, county, typed):
        make("兴业路", kind="road")
        make("建设路", kind="road")
        assert found(typed) == ["兴业路"]

    def test_a_former_name_leads_to_todays(self, county):
        place = make("人民路", kind="road")
        Name.objects.create(place=place, text="红卫路", status=Name.Status.FORMER)
        (hit,) = find(Asked(text="红卫"))
        assert (hit.text, hit.found_as, hit.current) == ("人民路", "红卫路", False)

    @pytest.mark.parametrize("typed", ["星业路", "兴叶路"])
    def test_a_character_that_sounds_the_same(self, county, typed):
        make("兴业路", kind="road")
        (hit,) = find(Asked(text=typed))
        assert (hit.text, hit.fit) == ("兴业路", Fit.SOUND)

    @pytest.mark.parametrize(
        "typed", ["兴工路", "大业路", "兴业街", "兴业新路", "xinggelu", "xngyelu", "xingelu"]
    )
    def test_one_wrong_sign(self, county, typed):
        make("兴业路", kind="road")
        hits = find(Asked(text=typed))
        assert [hit.text for hit in hits] == ["兴业路"]
        assert hits[0].fit is Fit.NEAR

    @pytest.mark.parametrize("typed", ["大工路", "解放", "zhongshan", "路兴", "", " ", "%", "'", "\\", "& |"])
    def test_what_finds_nothing(self, county, typed):
        make("兴业路", kind="road")
        assert found(typed) == []

    @pytest.mark.parametrize("typed", ["yierzhen 兴业", "乙二镇 兴业", "兴业 乙二", "乙二镇兴业路 "])
    def test_a_word_says_in_which_township(self, county, typed):
        make("兴业路", kind="road", division="甲东村")
        other = make("兴业路", kind="road", division="丙东村")
        hits = find(Asked(text=typed))
        assert [hit.key for hit in hits] == ([other.short_id] if " " in typed.strip() else [])

    def test_all_kinds_at_once(self, county):
        village = Division.objects.get(name="甲东村")
        make("甲东路", kind="road")
        open_facility("甲东助餐点", village)
        assert {hit.what for hit in find(Asked(text="甲东"))} == {What.ROAD, What.FACILITY}
        assert {hit.what for hit in find(Asked(text="乙一镇"))} == {What.DIVISION}
        assert found("甲东", what=frozenset({What.FACILITY})) == ["甲东助餐点"]


def open_facility(name, village, **fields):
    return factories.FacilityFactory(name=name, division=village, **fields)


class TestOrder:
    def test_exact_then_begins_then_within(self, county):
        for text in ("新兴业", "兴业大道", "兴业"):
            make(text)
        assert found("兴业") == ["兴业", "兴业大道", "新兴业"]

    def test_standard_before_recorded_before_former(self, county):
        old = make("东湖")
        Name.objects.create(place=old, text="西湖", status=Name.Status.FORMER)
        recorded = make("西湖", status=Name.Status.RECORDED)
        standard = make("西湖", division="甲西村")
        keys = [hit.key for hit in find(Asked(text="西湖"))]
        assert keys == [standard.short_id, recorded.short_id, old.short_id]

    def test_near_before_far(self, county):
        far = make("新村", at=(106.5, 38.0))
        near = make("新村", at=(106.0, 38.0), division="甲西村")
        hits = find(Asked(text="新村", near=(106.01, 38.0)))
        assert [hit.key for hit in hits] == [near.short_id, far.short_id]
        # 0.01 degrees of longitude at 38° N on the ellipsoid of CGCS2000.
        assert hits[0].distance_m == pytest.approx(878, abs=1)


class TestWhatIsNotPublic:
    @pytest.mark.parametrize("fields", [{"published": False}, {"secrecy": "秘密"}])
    @pytest.mark.parametrize("typed", ["藏龙屯", "canglong", "cl", "藏虎屯", "苍龙"])
    def test_the_public_does_not_find_it_and_the_office_does(self, client, county, people, fields, typed):
        place = make("藏龙屯", **fields)
        for address in ("page", "suggest"):
            for room in ("", "office"):
                answer = client.get(reverse(f"search:{address}"), {"q": typed, "room": room})
                assert answer.status_code == 200
                assert place.short_id not in answer.content.decode()
                assert "藏龙屯" not in answer.content.decode().replace(f'value="{typed}"', "").replace(
                    f"{typed} ·", ""
                )
        officer = people[Role.NAME_OFFICER]
        client.force_login(officer, backend="geo_registry.accounts.backends.PolicyBackend")
        answer = client.get(reverse("search:suggest"), {"q": typed, "room": "office"})
        assert [row["text"] for row in answer.json()["hits"]] == ["藏龙屯"]
        assert "no-store" in answer["Cache-Control"]
        # A page that proxies keep shows the officer no more than anybody.
        assert client.get(reverse("search:suggest"), {"q": typed}).json()["hits"] == []

    def test_the_middle_of_a_restricted_road_is_not_told(self, county):
        place = make("藏龙路", kind="road", at=(106.1, 38.1))
        place.roads.add(
            factories.RoadFactory(
                name="藏龙路", restricted=True, geometry=factories.line((106, 38), (106.1, 38))
            ),
            factories.RoadFactory(name="藏龙路", geometry=factories.line((106.2, 38), (106.3, 38))),
        )
        (hit,) = find(Asked(text="藏龙路"))
        assert hit.lon >= 106.2
        assert hit.precision == "estimated"

    def test_a_draft_is_found_by_nobody(self, county, people):
        make("藏龙屯", status=Name.Status.DRAFT)
        assert found("藏龙屯") == found("藏龙屯", user=people[Role.ADMINISTRATOR]) == []

    def test_unpublished_facilities(self, county, people):
        village = Division.objects.get(name="甲东村")
        open_facility("某某避难所", village, published=False)
        assert found("某某") == []
        assert found("某某", user=people[Role.PLANNER]) == ["某某避难所"]


def test_an_unconfirmed_spelling_is_not_shown(county):
    place = make("兴业路", kind="road")
    Spelling.objects.create(name=place.names.get(), text="Xīngyè Lù")
    assert find(Asked(text="兴业路"))[0].spelling == ""


def test_the_number_of_queries_does_not_grow_with_the_answers(county):
    find(Asked(text="长流"))  # the divisions are read once
    counts = []
    for number in (4, 12):
        for i in range(number):
            make(f"长流{'一二三四五六七八九十东西'[i]}队")
        with CaptureQueriesContext(connection) as queries:
            find(Asked(text="长流"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 19
