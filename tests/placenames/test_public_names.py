"""What the public is told of place names, and what nobody gets out of any page."""

from __future__ import annotations

import datetime
import json

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind, Spelling
from placenames.services import public
from placenames.services.index import refresh_keys
from placenames.services.public import NameSearch
from tests.factories import DemoSourceFactory, DivisionFactory, RoadFactory, line, square

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]


@pytest.fixture(autouse=True)
def _chinese(settings):
    settings.LANGUAGE_CODE = "zh-hans"


def make(text, *, kind="hamlet", division="甲东村", spelling="", status=Name.Status.STANDARD, **fields):
    """A public place with one name."""
    names = {key: fields.pop(key) for key in ("valid_from", "valid_to") if key in fields}
    place = Place.objects.create(
        kind=PlaceKind.objects.get(code=kind),
        division=Division.objects.filter(name=division).first(),
        **({"published": True} | fields),
    )
    name = Name.objects.create(place=place, text=text, status=status, **names)
    if spelling:
        Spelling.objects.create(name=name, text=spelling, status=Spelling.Status.CONFIRMED)
    return place


def found(text="", **search):
    return [entry.name.text for entry in public.listing(NameSearch(text=text, **search), size=100).entries]


def page(client, place):
    return client.get(reverse("placenames:place", args=[place.short_id]))


class TestWhatIsNotPublic:
    """One place each that the public must not see, and every surface it could come out of."""

    @pytest.fixture(
        params=[
            "unpublished",
            "secret",
            "secret and published",
            "restricted road",
            "elsewhere",
            "draft only",
            "to come",
        ]
    )
    def hidden(self, request, county):
        elsewhere = DivisionFactory(code="880000", name="外县", level=3)
        fields = {
            "unpublished": {"published": False},
            "secret": {"published": False, "secrecy": "秘密"},
            "secret and published": {"secrecy": "内部"},
            "restricted road": {},
            "elsewhere": {"division": elsewhere.name},
            "draft only": {"status": Name.Status.DRAFT},
            "to come": {"valid_from": timezone.localdate() + datetime.timedelta(days=1)},
        }[request.param]
        place = make(
            "藏龙屯",
            spelling="Cánglóngtún",
            origin="不得外传",
            geometry=Point(106.123456, 38.654321, srid=4490),
            **fields,
        )
        if request.param == "restricted road":
            place.roads.add(RoadFactory(name="藏龙屯", restricted=True))
        return place

    @pytest.mark.parametrize(
        "query", ["藏龙屯", "龙", "canglongtun", "Cánglóng", "cang2long2", "clt", "c", ""]
    )
    def test_it_is_in_no_list(self, client, hidden, query):
        response = client.get(reverse("placenames:search"), {"q": query})
        assert response.status_code == 200
        assert hidden.short_id not in response.content.decode()
        assert "0条" in response.content.decode() or "0 place" in response.content.decode() or not query

    def test_it_is_in_no_list_of_its_village_and_kind(self, client, hidden):
        code = hidden.division.code
        for parameters in ({"in": code}, {"in": code, "kind": "hamlet"}, {"kind": "hamlet"}):
            assert "藏龙屯" not in client.get(reverse("placenames:search"), parameters).content.decode()

    def test_it_has_no_page_and_no_geometry(self, client, hidden):
        for view in ("place", "geometry"):
            response = client.get(reverse(f"placenames:{view}", args=[hidden.short_id]))
            assert response.status_code == 404
            text = response.content.decode()
            assert "藏龙屯" not in text
            assert "106.123" not in text
        # What never was looks the same.
        never = client.get(reverse("placenames:place", args=["22222222"])).content.decode()
        assert page(client, hidden).content.decode().replace(hidden.short_id, "22222222") == never

    def test_it_is_not_counted(self, hidden):
        assert public.areas() == []
        assert public.kinds_in_use() == []
        assert public.listing(NameSearch()).total == 0

    def test_it_is_not_among_the_names_within_its_village(self, client, hidden):
        village = Division.objects.get(name="甲东村")
        own = make("甲东村", kind="village", division="乙一镇", named_division=village)
        make("显屯")
        text = page(client, own).content.decode()
        assert "显屯" in text
        assert "藏龙屯" not in text

    def test_signing_in_does_not_change_the_public_page(self, client, hidden, django_user_model):
        user = django_user_model.objects.create_user("officer", role="administrator")
        client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
        assert page(client, hidden).status_code == 404


class TestWhatOfAPublicPlaceIsNot:
    def test_a_draft_name_is_told_nowhere(self, client, county):
        place = make("东屯")
        Name.objects.create(place=place, text="拟名屯", status=Name.Status.DRAFT)
        assert found("拟名") == []
        assert "拟名屯" not in page(client, place).content.decode()

    def test_a_name_still_to_come_is_told_nowhere(self, client, county):
        place = make("东屯")
        tomorrow = timezone.localdate() + datetime.timedelta(days=1)
        Name.objects.create(place=place, text="来年屯", status=Name.Status.ALIAS, valid_from=tomorrow)
        assert found("来年") == []
        assert "来年屯" not in page(client, place).content.decode()

    @pytest.mark.parametrize("status", [Spelling.Status.PROPOSED, Spelling.Status.REPLACED])
    def test_an_unconfirmed_spelling_is_shown_nowhere_yet_found(self, client, county, status):
        place = make("任家桥")
        Spelling.objects.create(name=place.names.get(), text="Rènjiāqiáo", status=status)
        for response in (
            page(client, place),
            client.get(reverse("placenames:search"), {"q": "任家"}),
            client.get(reverse("placenames:geometry", args=[place.short_id])),
        ):
            assert "Rènjiāqiáo" not in response.content.decode()
        assert found("renjiaqiao") == ["任家桥"]
        assert (
            "拼写待确认" in page(client, place).content.decode()
            or "not yet confirmed" in page(client, place).content.decode()
        )

    def test_a_stretch_that_is_kept_back_is_not_drawn_and_neither_is_the_whole(self, client, county):
        place = make("长路", kind="road", geometry=line((106.5, 38.5), (106.6, 38.5)))
        shown = RoadFactory(name="长路", geometry=line((106.1, 38.1), (106.2, 38.1)))
        place.roads.add(
            shown, RoadFactory(name="长路", restricted=True, geometry=line((106.3, 38.3), (106.4, 38.3)))
        )
        body = json.loads(client.get(reverse("placenames:geometry", args=[place.short_id])).content)
        assert [feature["properties"]["role"] for feature in body["features"]] == ["road"]
        assert body["features"][0]["geometry"]["coordinates"] == [[106.1, 38.1], [106.2, 38.1]]


class TestSearch:
    @pytest.mark.parametrize(
        "query", ["兴业路", "业路", "xingye", "xīngyè lù", "xing1ye4", "xyl", "xing 业", "ＸＹＬ"]
    )
    def test_a_place_is_found_by_characters_pinyin_and_initials(self, county, query):
        make("兴业路", kind="road")
        make("长安路", kind="road")
        assert found(query) == ["兴业路"]

    def test_a_place_is_found_by_its_former_name_and_says_so(self, client, county):
        place = make("解放路", kind="road")
        Name.objects.create(
            place=place, text="老街", status=Name.Status.FORMER, valid_to=datetime.date(1958, 5, 1)
        )
        entry = public.listing(NameSearch(text="laojie")).entries[0]
        assert (entry.name.text, entry.found_by.text) == ("解放路", "老街")
        text = client.get(reverse("placenames:search"), {"q": "老街"}).content.decode()
        assert "解放路" in text
        assert "老街" in text

    def test_exact_names_come_first_then_beginnings_then_others_and_former_ones_after_each(self, county):
        for text in ("新兴业路", "兴业路", "兴业路南巷"):
            make(text, kind="road")
        former = make("别路", kind="road")
        Name.objects.create(place=former, text="兴业路", status=Name.Status.FORMER)
        assert found("兴业路") == ["兴业路", "别路", "兴业路南巷", "新兴业路"]
        assert found("xingyelu") == ["兴业路", "别路", "兴业路南巷", "新兴业路"]

    def test_the_search_stays_in_a_division_and_a_kind(self, county):
        make("兴业路", kind="road", division="甲东村")
        make("兴业屯", division="甲西村")
        make("兴业桥", kind="bridge", division="丙东村")
        township = Division.objects.get(name="乙一镇")
        assert set(found("兴业", division=township)) == {"兴业路", "兴业屯"}
        assert found("兴业", kind=PlaceKind.objects.get(code="bridge")) == ["兴业桥"]

    @pytest.mark.parametrize(
        "query", ["'", "\\", "'; drop table", "a:b & !c", "(((", "·", "%", "\x00兴", "兴" * 500]
    )
    def test_no_query_breaks_it(self, client, county, query):
        make("兴业路", kind="road")
        assert client.get(reverse("placenames:search"), {"q": query}).status_code == 200

    @pytest.mark.parametrize("code", ["\x00", "'", "990000%", "９" * 50])
    def test_a_division_that_is_none_narrows_nothing(self, client, county, code):
        make("兴业路", kind="road")
        response = client.get(reverse("placenames:search"), {"in": code})
        assert response.status_code == 200
        assert "兴业路" in response.content.decode()

    @pytest.mark.parametrize("short_id", ["%00", "%E3%80%80", "%E2%80%8B"])
    def test_an_address_of_nothing_but_blanks_is_not_found(self, client, county, short_id):
        assert client.get(f"/names/{short_id}/").status_code == 404

    def test_names_changed_one_at_a_time_are_found_at_once(self, county):
        place = make("旧屯")
        name = place.names.get()
        name.text = "新屯"
        name.save(update_fields=["text"])
        assert found("新屯") == ["新屯"]
        assert found("旧屯") == []
        spelling = Spelling(name=name, text="Bídào", status=Spelling.Status.CONFIRMED)
        spelling.save()
        assert found("bidao") == ["新屯"]

    def test_keys_lost_in_bulk_are_rebuilt(self, county):
        make("兴业路", kind="road")
        Name.objects.update(keys=None)
        assert found("xingye") == []
        assert refresh_keys() == 1
        assert found("xingye") == ["兴业路"]

    def test_search_keys_are_no_change_in_history(self, county):
        place = make("兴业路", kind="road")
        events = place.names.get().events
        before = events.count()
        refresh_keys()
        assert events.count() == before


class TestList:
    def test_it_goes_by_division_kind_and_pinyin(self, county):
        for text, kind in (("中屯", "hamlet"), ("安屯", "hamlet"), ("北路", "road"), ("西屯", "hamlet")):
            make(text, kind=kind, division="甲西村" if text == "西屯" else "甲东村")
        assert found() == ["安屯", "中屯", "北路", "西屯"]

    def test_it_is_paged(self, client, county):
        for i in range(65):
            make(f"甲{i}屯")
        first = client.get(reverse("placenames:search"))
        assert first.content.decode().count("name-entry") == 30
        assert "page=2" in first.content.decode()
        last = client.get(reverse("placenames:search"), {"page": 3})
        assert last.content.decode().count("name-entry") == 5
        assert "page=4" not in last.content.decode()

    def test_beyond_its_end_is_its_last_page(self, client, county):
        make("甲屯")
        assert client.get(reverse("placenames:search"), {"page": 9}).url == reverse("placenames:search")

    @pytest.mark.parametrize(
        "parameters",
        [{"page": "x"}, {"page": "-1"}, {"page": "9" * 30}, {"in": "zz"}, {"kind": "x"}, {"in": "١"}],
    )
    def test_what_is_not_understood_is_as_if_it_were_not_there(self, client, county, parameters):
        make("甲屯")
        response = client.get(reverse("placenames:search"), parameters)
        assert response.status_code in {200, 302}

    def test_a_division_outside_the_home_cannot_be_chosen(self, client, county):
        DivisionFactory(code="880000", name="外县", level=3)
        make("甲屯")
        assert "外县" not in client.get(reverse("placenames:search"), {"in": "880000"}).content.decode()

    def test_areas_count_a_village_in_itself_and_in_its_township(self, county):
        village = Division.objects.get(name="甲东村")
        make("甲东村", kind="village", division="乙一镇", named_division=village)
        make("东屯")
        make("镇路", kind="road", division="乙一镇")
        (area,) = public.areas()
        assert (area.division.name, area.count) == ("乙一镇", 3)
        assert [(part.division.name, part.count) for part in area.parts] == [("甲东村", 2)]
        assert set(found(division=village)) == {"甲东村", "东屯"}

    def test_queries_do_not_grow_with_the_names(self, client, county):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse("placenames:search"), {"q": "屯"}).status_code == 200
            return len(captured)

        for i in range(3):
            make(f"甲{i}屯", spelling="X")
        few = queries()
        for i in range(20):
            make(f"乙{i}屯", spelling="X")
        assert queries() == few

    def test_an_empty_register_says_so(self, client, county):
        assert client.get(reverse("placenames:search")).status_code == 200

    def test_invented_names_are_marked(self, client, county):
        make("甲屯", source=DemoSourceFactory())
        assert "tag-demo" in client.get(reverse("placenames:search")).content.decode()


class TestPage:
    def test_it_tells_the_name_its_spelling_its_story_and_who_approved_it(self, client, county):
        place = make(
            "兴业路", kind="road", spelling="Xīngyè Lù", meaning="含义在此", origin="来历在此", history="沿革在此",
            approved_by="试验县人民政府", approved_on=datetime.date(2023, 4, 5), place_code="99000000021610000001",
        )  # fmt: skip
        text = page(client, place).content.decode()
        for said in (
            "兴业路",
            "Xīngyè Lù",
            "含义在此",
            "来历在此",
            "沿革在此",
            "试验县人民政府",
            "2023-04-05",
            "99000000021610000001",
        ):
            assert said in text
        assert 'lang="zh-Hans">兴业路' in text
        assert 'lang="zh-Latn-pinyin">Xīngyè Lù' in text

    def test_it_tells_the_names_through_the_years_newest_first(self, client, county):
        place = make("解放路", kind="road", valid_from=datetime.date(1985, 1, 1))
        for text, begin, end in (("老街", None, 1958), ("东风路", 1958, 1985)):
            Name.objects.create(
                place=place, text=text, status=Name.Status.FORMER,
                valid_from=datetime.date(begin, 1, 1) if begin else None, valid_to=datetime.date(end, 1, 1),
            )  # fmt: skip
        Name.objects.create(place=place, text="大街", status=Name.Status.COLLOQUIAL)
        text = page(client, place).content.decode()
        history = text[text.index("name-history") :]
        assert (
            history.index("解放路") < history.index("东风路") < history.index("老街") < history.index("大街")
        )
        assert all(year in history for year in ("1985", "1958"))

    def test_a_former_name_without_years_is_not_in_use(self, client, county):
        place = make("解放路", kind="road", valid_from=datetime.date(1985, 1, 1))
        Name.objects.create(place=place, text="老街", status=Name.Status.FORMER)
        assert "现用" not in page(client, place).content.decode()
        assert "in use today" not in page(client, place).content.decode()

    def test_a_recorded_name_is_said_not_to_be_approved(self, client, county):
        place = make("兴业路", kind="road", status=Name.Status.RECORDED)
        text = page(client, place).content.decode()
        assert str(Name.Status.RECORDED.label) in text
        assert str(Name.Status.STANDARD.label) not in text

    def test_its_address_survives_renaming(self, client, county):
        place = make("旧路", kind="road")
        old = place.names.get()
        old.status, old.valid_to = Name.Status.FORMER, datetime.date(2020, 1, 1)
        old.save()
        Name.objects.create(
            place=place, text="新路", status=Name.Status.STANDARD, valid_from=datetime.date(2020, 1, 1)
        )
        assert "新路" in page(client, place).content.decode()

    def test_an_address_copied_in_capitals_leads_there(self, client, county):
        place = make("兴业路", kind="road")
        response = client.get(f"/names/{place.short_id.upper()}/")
        assert (response.status_code, response.url) == (301, f"/names/{place.short_id}/")

    def test_what_is_written_about_a_place_cannot_be_script(self, client, county):
        place = make("<b>路", kind="road", origin="<script>alert(1)</script>")
        text = page(client, place).content.decode()
        assert "<script>alert" not in text
        assert "<b>路" not in text

    def test_nothing_of_the_visitors_is_in_it_so_that_proxies_may_keep_it(self, client, county):
        response = page(client, make("兴业路", kind="road"))
        assert "public" in response["Cache-Control"]
        assert not response.cookies

    def test_invented_places_are_marked(self, client, county):
        text = page(client, make("甲屯", source=DemoSourceFactory())).content.decode()
        assert text.count("tag-demo") >= 2

    def test_queries_do_not_grow_with_the_roads_and_names(self, client, county):
        def queries(place):
            with CaptureQueriesContext(connection) as captured:
                assert page(client, place).status_code == 200
            return len(captured)

        few, many = make("短路", kind="road"), make("长路", kind="road")
        few.roads.add(RoadFactory())
        for i in range(8):
            many.roads.add(RoadFactory())
            Name.objects.create(place=many, text=f"旧{i}路", status=Name.Status.FORMER)
        Name.objects.create(place=few, text="旧路", status=Name.Status.FORMER)
        assert queries(many) == queries(few)


class TestGeometry:
    def shapes(self, client, place):
        response = client.get(reverse("placenames:geometry", args=[place.short_id]))
        assert response["Content-Type"] == "application/geo+json"
        body = json.loads(response.content)
        assert "crs" not in body
        return {feature["properties"]["role"]: feature["geometry"] for feature in body["features"]}

    def test_a_village_is_its_boundary_and_its_point(self, client, county):
        village = DivisionFactory(name="界村", parent=county, boundary=square(106.1, 38.1, half_deg=0.01))
        place = make("界村", kind="village", division="乙一镇", named_division=village)
        shapes = self.shapes(client, place)
        assert shapes["boundary"]["type"] == "MultiPolygon"
        assert shapes["point"]["coordinates"] == [106.0, 38.0]

    def test_its_own_point_comes_before_the_divisions(self, client, county):
        village = Division.objects.get(name="甲东村")
        place = make("甲东村", kind="village", named_division=village, geometry=Point(106.7, 38.7, srid=4490))
        assert self.shapes(client, place) == {"own": {"type": "Point", "coordinates": [106.7, 38.7]}}

    def test_coordinates_are_longitude_first_and_rounded_to_centimetres(self, client, county):
        place = make("甲屯", geometry=Point(106.123456789, 38.987654321, srid=4490))
        assert self.shapes(client, place)["own"]["coordinates"] == [106.123457, 38.987654]

    def test_a_place_without_any_says_so(self, client, county):
        place = make("甲屯")
        assert self.shapes(client, place) == {}
        assert "map-shapes" not in page(client, place).content.decode()

    def test_it_says_that_it_is_invented(self, client, county):
        place = make("甲屯", source=DemoSourceFactory(), geometry=Point(106.1, 38.1, srid=4490))
        body = json.loads(client.get(reverse("placenames:geometry", args=[place.short_id])).content)
        assert body["demo"] is True
        assert body["features"][0]["properties"]["demo"] is True
