"""Every village and every named road has its place, with its name, keys and a proposed spelling."""

from __future__ import annotations

import datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geo_registry.territory.models import Division, Road
from placenames.models import Name, Place, Spelling
from placenames.services.places import ensure_places_for_divisions, ensure_places_for_roads
from placenames.services.road_places import apart
from tests.factories import DemoSourceFactory, DivisionFactory, RoadFactory, SourceFactory, line

METRE = 1 / 111_195 / 0.788  # of longitude, at 38° north


def stretch(start_m, end_m, name="兴业路", **fields):
    return RoadFactory(
        name=name, geometry=line((106 + start_m * METRE, 38.0), (106 + end_m * METRE, 38.0)), **fields
    )


def village(name):
    return Division.objects.get(name=name)


def name_of(place):
    return place.current_name().text


@pytest.mark.usefixtures("kinds")
class TestVillages:
    def test_every_village_gets_one_place_with_a_recorded_name_and_a_proposed_spelling(self, county):
        done = ensure_places_for_divisions()
        assert done.created == Place.objects.count() == 4
        place = village("甲东村").place
        assert place.kind.code == "village"
        assert place.division.name == "乙一镇"
        name = place.current_name()
        assert (name.text, name.specific, name.generic, name.status) == (
            "甲东村",
            "甲东",
            "村",
            Name.Status.RECORDED,
        )
        assert [s.text for s in name.spellings.all()] == ["Jiǎdōng Cūn"]
        assert name.confirmed_spelling() is None
        assert Name.objects.matching("jiadong").count() == 1

    def test_townships_and_counties_get_none(self, county):
        ensure_places_for_divisions()
        assert not Place.objects.filter(named_division__level__lt=5).exists()

    def test_doing_it_again_changes_nothing(self, county):
        ensure_places_for_divisions()
        before = (
            list(Place.objects.values_list("pk", "updated_at")),
            list(Name.objects.values_list("pk", "text")),
        )
        assert not ensure_places_for_divisions().changed
        assert (
            list(Place.objects.values_list("pk", "updated_at")),
            list(Name.objects.values_list("pk", "text")),
        ) == before

    @pytest.mark.parametrize(
        ("kind", "name", "code"),
        [
            ("社区", "西湖社区", "community"),
            ("生活区", "大泉生活区", "living-area"),
            ("行政村", "甲", "village"),
            ("", "北苑社区", "community"),
        ],
    )
    def test_its_kind_is_what_the_office_calls_it_or_how_its_name_ends(self, county, kind, name, code):
        division = DivisionFactory(name=name, kind=kind, parent=village("甲东村").parent)
        ensure_places_for_divisions(division_ids=[division.pk])
        assert division.place.kind.code == code

    def test_a_committee_gives_its_village_the_name(self, county):
        division = DivisionFactory(name="城一村委会", parent=county)
        ensure_places_for_divisions(division_ids=[division.pk])
        assert name_of(division.place) == "城一村"

    def test_a_renamed_village_keeps_its_place_and_its_former_name(self, county):
        ensure_places_for_divisions()
        division = village("甲东村")
        address = division.place.short_id
        Division.objects.filter(pk=division.pk).update(name="新东村")
        done = ensure_places_for_divisions(division_ids=[division.pk])
        place = Place.objects.get(short_id=address)
        assert done.renamed == 1
        assert name_of(place) == "新东村"
        former = place.names.get(status=Name.Status.FORMER)
        assert (former.text, former.valid_to) == ("甲东村", timezone.localdate())
        assert Place.objects.found_by("jiadongcun").get() == place

    def test_a_name_recorded_today_and_corrected_today_was_never_another(self, county):
        ensure_places_for_divisions()
        for text in ("新东村", "新冬村"):
            Division.objects.filter(code="990000001201").update(name=text)
            ensure_places_for_divisions()
        names = Place.objects.get(named_division__code="990000001201").names
        assert sorted(names.values_list("text", flat=True)) == ["新冬村", "甲东村"]
        assert Spelling.objects.get(name__text="新冬村").text == "Xīndōng Cūn"

    def test_an_approved_name_is_not_undone_by_a_file(self, county):
        ensure_places_for_divisions()
        place = village("甲东村").place
        place.names.update(status=Name.Status.STANDARD)
        Division.objects.filter(name="甲东村").update(name="别名村")
        assert not ensure_places_for_divisions().changed
        assert name_of(Place.objects.get(pk=place.pk)) == "甲东村"

    def test_invented_villages_have_invented_places_until_they_are_real(self, county):
        demo, real = DemoSourceFactory(), SourceFactory()
        division = DivisionFactory(name="丁村", parent=county, source=demo)
        ensure_places_for_divisions()
        assert division.place.is_demo
        Division.objects.filter(pk=division.pk).update(source=real)
        ensure_places_for_divisions()
        assert not Place.objects.get(named_division=division).is_demo

    def test_queries_do_not_grow_with_the_villages(self, county):
        parent = village("甲东村").parent

        def queries(count):
            ids = [DivisionFactory(parent=parent).pk for _i in range(count)]
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert ensure_places_for_divisions(division_ids=ids).created == count
            return len(captured)

        assert queries(30) == queries(3)


@pytest.mark.usefixtures("kinds", "county")
class TestRoads:
    def test_stretches_that_continue_one_another_are_one_place(self):
        roads = [stretch(0, 100), stretch(100, 200), stretch(240, 300)]
        done = ensure_places_for_roads()
        place = Place.objects.get()
        assert (done.created, set(place.roads.all())) == (1, set(roads))
        assert (place.kind.code, name_of(place), place.published) == ("road", "兴业路", True)
        assert Spelling.objects.get().text == "Xīngyè Lù"

    def test_the_gap_is_a_reference_value(self):
        stretch(0, 100)
        stretch(145, 200)
        call_command("load_reference", verbosity=0)
        from geo_registry.reference.models import ReferenceValue

        ReferenceValue.objects.filter(key="same-name-road-gap-m").update(value=30)
        assert ensure_places_for_roads().created == 2

    def test_roads_of_one_name_far_apart_are_two_places(self):
        stretch(0, 100)
        stretch(5000, 5100)
        assert ensure_places_for_roads().created == 2

    def test_lanes_of_two_villages_are_two_places_and_a_road_across_the_boundary_is_one(self):
        east, west = village("甲东村"), village("甲西村")
        stretch(0, 100, "一巷", division=east)
        stretch(140, 200, "一巷", division=west)
        stretch(0, 100, "兴业路", division=east)
        stretch(100, 200, "兴业路", division=west)
        ensure_places_for_roads()
        assert Name.objects.filter(text="一巷").count() == 2
        road = Place.objects.get(names__text="兴业路")
        assert road.division.name == "乙一镇"

    def test_roads_without_a_name_have_no_place(self):
        stretch(0, 100, "")
        assert not ensure_places_for_roads().changed

    def test_doing_it_again_changes_nothing(self):
        stretch(0, 100)
        stretch(0, 100, "一巷")
        ensure_places_for_roads()
        assert not ensure_places_for_roads().changed
        assert not ensure_places_for_roads(road_ids=Road.objects.values_list("pk", flat=True)).changed

    def test_groups_seen_to_one_after_another_leave_what_all_at_once_leaves(self):
        for name in ("一巷", "二巷", "三巷", "兴业路"):
            stretch(0, 100, name)
        ensure_places_for_roads()
        # A place whose roads are called otherwise by now, one that loses a stretch, new namesakes, and what has no name.
        Road.objects.filter(name="二巷").update(name="三巷")
        joined = stretch(100, 200, "一巷")
        Place.objects.get(names__text="三巷").roads.add(joined)
        lost = Road.objects.get(name="兴业路")
        Road.objects.filter(pk=lost.pk).update(name="")
        for name in ("兴业路", "三巷", "四巷", "五巷", ""):
            stretch(200, 300, name)
        touched = list(Road.objects.order_by("pk").values_list("pk", flat=True))
        groups = list(apart(touched, most=1))
        assert len(groups) > 2
        assert sorted(pk for group in groups for pk in group) == sorted({*touched} - {touched[-1]})

        def left():
            return sorted(
                (
                    name.text,
                    name.status,
                    name.place.published,
                    sorted(name.place.roads.values_list("pk", flat=True)),
                )
                for name in Name.objects.all()
            )

        found = []
        for turn in ([touched], groups):
            with transaction.atomic():
                for road_ids in turn:
                    ensure_places_for_roads(road_ids=road_ids)
                found.append(left())
                transaction.set_rollback(True)
        assert found[0] == found[1]

    def test_a_new_stretch_joins_the_place_that_is_there(self):
        stretch(0, 100)
        ensure_places_for_roads()
        address = Place.objects.get().short_id
        new = stretch(100, 200)
        done = ensure_places_for_roads(road_ids=[new.pk])
        assert (done.created, done.linked) == (0, 1)
        assert Place.objects.get(short_id=address).roads.count() == 2

    def test_a_road_whose_stretches_all_have_another_name_was_renamed(self):
        roads = [stretch(0, 100), stretch(100, 200)]
        ensure_places_for_roads()
        address = Place.objects.get().short_id
        Road.objects.update(name="兴旺路")
        done = ensure_places_for_roads(road_ids=[road.pk for road in roads])
        place = Place.objects.get()
        assert (done.renamed, done.created, place.short_id) == (1, 0, address)
        assert name_of(place) == "兴旺路"
        assert place.names.filter(text="兴业路", status=Name.Status.FORMER).exists()

    def test_a_stretch_with_another_name_becomes_a_place_of_its_own(self):
        kept, changed = stretch(0, 100), stretch(100, 200)
        ensure_places_for_roads()
        Road.objects.filter(pk=changed.pk).update(name="兴旺路")
        done = ensure_places_for_roads(road_ids=[changed.pk])
        assert (done.unlinked, done.created) == (1, 1)
        assert list(Place.objects.get(names__text="兴业路").roads.all()) == [kept]
        assert list(Place.objects.get(names__text="兴旺路").roads.all()) == [changed]

    def test_a_place_of_which_nothing_is_left_is_no_longer_shown(self):
        road = stretch(0, 100)
        ensure_places_for_roads()
        Road.objects.update(name="")
        done = ensure_places_for_roads(road_ids=[road.pk])
        assert done.withdrawn == 1
        assert not Place.objects.public().exists()

    def test_an_approved_place_keeps_its_roads(self):
        road = stretch(0, 100)
        ensure_places_for_roads()
        Name.objects.update(status=Name.Status.STANDARD, valid_from=datetime.date(2020, 1, 1))
        Road.objects.update(name="别名路")
        assert not ensure_places_for_roads(road_ids=[road.pk]).changed
        assert list(Place.objects.get().roads.all()) == [road]

    def test_a_road_kept_from_the_public_is_not_published(self):
        stretch(0, 100, restricted=True)
        ensure_places_for_roads()
        assert not Place.objects.public().exists()

    def test_lanes_and_streets_have_kinds_of_their_own(self):
        stretch(0, 100, "一巷")
        stretch(0, 100, "解放路南小街")
        ensure_places_for_roads()
        kinds = {name.text: name.place.kind.code for name in Name.objects.select_related("place__kind")}
        assert kinds == {"一巷": "lane", "解放路南小街": "street"}
        assert set(Spelling.objects.values_list("text", flat=True)) == {"1 Xiàng", "Jiěfànglù Nánxiǎojiē"}

    def test_queries_do_not_grow_with_the_roads(self):
        def queries(count, first):
            ids = [stretch(i * 500, i * 500 + 100, f"丁{first + i}路").pk for i in range(count)]
            with CaptureQueriesContext(connection) as captured:
                assert ensure_places_for_roads(road_ids=ids).created == count
            return len(captured)

        assert queries(30, 100) == queries(3, 500)


def test_without_kinds_nothing_is_made(county):
    stretch(0, 100)
    assert not ensure_places_for_divisions().changed
    assert not ensure_places_for_roads().changed


@pytest.mark.usefixtures("kinds")
def test_the_command_does_it_all_and_says_so(county, capsys):
    stretch(0, 100)
    call_command("ensure_places")
    assert "新建地名 4 条" in capsys.readouterr().out
    assert Spelling.objects.count() == Name.objects.exclude(keys=None).count() == 5
