"""From the register's roads to lists and a bill, within one's own area."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from geo_registry.reference.models import ReferenceValue
from geo_registry.reference.services import ReferenceMissing
from geo_registry.territory.models import Division, Road
from placenames.models import Name, Place, PlaceKind, Sign
from placenames.services.signs import inventory
from placenames.services.signs.planning import Scope, plan
from tests.factories import RoadFactory, line, square

pytestmark = pytest.mark.django_db


def kinds_of(rows):
    return [str(row.site.kind) for row in rows]


def test_a_road_without_signs_misses_all_of_them_and_the_bill_adds_up(road):
    found = plan(scope=Scope(place=road))
    assert kinds_of(found.missing) == ["start", "repeat", "repeat", "end"]
    # Two ends of one face, two repeats of two faces, four poles.
    lines = {row.item: (row.count, row.cost) for row in found.bill.lines}
    assert lines == {
        "plate-single": (2, Decimal(520)), "plate-double": (2, Decimal(760)), "pole": (4, Decimal(1680)),
    }  # fmt: skip
    assert found.bill.total == Decimal(2960)
    assert not found.bill.verified


def test_what_is_planned_is_under_way_and_planned_once(road, people):
    signs = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])
    assert len({sign.asset_number for sign in signs}) == 4
    again = plan(scope=Scope(place=road))
    assert (len(again.missing), len(again.under_way), len(again.served)) == (0, 4, 0)
    assert inventory.keep_planned(rows=again.missing, by=people["officer"]) == []


def test_signs_that_stand_serve_and_one_too_many_is_surplus(road, standing):
    assert len(plan(scope=Scope(place=road)).served) == 4
    site = standing[0].site
    site.point.x += 0.0015
    site.pk = None
    site.save()
    Sign.objects.create(
        asset_number="X1", site=site, text="兴业路", status="installed", status_on=timezone.localdate()
    )
    assert [sign.asset_number for sign in plan(scope=Scope(place=road)).surplus] == ["X1"]


def test_a_sign_that_shows_another_name_is_a_wrong_name_and_needs_no_pole(road, standing):
    Sign.objects.filter(pk=standing[0].pk).update(text="旧名路")
    found = plan(scope=Scope(place=road))
    assert [row.sign.pk for row in found.wrong_name] == [standing[0].pk]
    assert "pole" not in {row.item for row in found.bill.lines}


def test_a_road_through_two_villages_is_planned_whole_and_told_by_where_each_sign_stands(named, town):
    east, west = Division.objects.get(name="甲东村"), Division.objects.get(name="甲西村")
    west.boundary, east.boundary = (
        square(106.0025, 38.0, half_deg=0.0025),
        square(106.008, 38.0, half_deg=0.003),
    )
    west.save()
    east.save()
    place = named("兴业路", west, (106.0, 38.0), (106.01, 38.0)).place
    whole = plan(scope=Scope(place=place))
    in_west = plan(scope=Scope(division=west))
    in_east = plan(scope=Scope(division=east))
    roads = lambda found: [row for row in found.required if row.place == place]  # noqa: E731
    assert len(roads(whole)) == 4
    assert sorted(kinds_of(roads(in_west))) == ["end", "repeat"]
    assert sorted(kinds_of(roads(in_east))) == ["repeat", "start"]


def test_a_clerk_sees_and_keeps_the_own_township_only(named, town, people):
    elsewhere = Division.objects.get(name="丙东村")
    named("远方路", elsewhere, (106.2, 38.0), (106.21, 38.0))
    own = named("兴业路", Division.objects.get(name="甲东村"), (106.0, 38.0), (106.01, 38.0)).place
    everything = plan(scope=Scope(), user=people["officer"])
    assert {row.name.text for row in everything.required if row.sort == "road"} == {"兴业路", "远方路"}
    mine = plan(scope=Scope(), user=people["clerk"])
    assert {row.place for row in mine.required if row.sort == "road"} == {own}
    assert len(inventory.keep_planned(rows=everything.missing, by=people["clerk"])) == 4
    assert plan(scope=Scope(), user=people["viewer"]).required == everything.required


def test_a_former_name_does_not_make_a_road_need_signs(road):
    road.names.update(status=Name.Status.FORMER, valid_to=timezone.localdate())
    assert plan(scope=Scope(place=road)).required == []


def test_a_villages_plates_stand_where_named_roads_cross_its_boundary(named, village):
    village.boundary = square(106.005, 38.0, half_deg=0.0025)
    village.save()
    place = Place.objects.create(
        kind=PlaceKind.objects.get(code="village"), division=village.parent, named_division=village
    )
    Name.objects.create(place=place, text="甲东村", status=Name.Status.STANDARD)
    named("兴业路", village, (106.0, 38.0), (106.01, 38.0))
    found = [row for row in plan(scope=Scope(division=village)).required if row.sort == "village"]
    assert sorted(round(row.site.lon, 4) for row in found) == [106.0025, 106.0075]
    assert {row.division for row in found} == {village}


def test_unnamed_tracks_make_no_junctions_and_streets_do(road, village):
    RoadFactory(
        name="", road_class="track", geometry=line((106.003, 38.0), (106.003, 38.01)), division=village
    )
    assert "junction" not in kinds_of(plan(scope=Scope(place=road)).required)
    RoadFactory(
        name="", road_class="residential", geometry=line((106.006, 38.0), (106.006, 38.01)), division=village
    )
    assert kinds_of(plan(scope=Scope(place=road)).required).count("junction") == 1


def test_a_shorter_greatest_gap_needs_more_signs_and_without_one_nothing_is_planned(road):
    row = ReferenceValue.objects.get(key="sign-gap-max-m")
    row.value = 100
    row.save()
    assert len(plan(scope=Scope(place=road)).required) == 10
    row.delete()
    with pytest.raises(ReferenceMissing, match="sign-gap-max-m"):
        plan(scope=Scope(place=road))


def test_the_number_of_queries_does_not_grow_with_the_roads(named, village, django_assert_max_num_queries):
    for i in range(12):
        named(f"第{i}路", village, (106.0, 38.0 + i / 1000), (106.01, 38.0 + i / 1000))
    with django_assert_max_num_queries(45):
        assert len(plan(scope=Scope()).required) >= 48


def test_the_command_says_the_same_in_words_and_as_json(road):
    out = StringIO()
    call_command("plan_signs", road=road.short_id, stdout=out)
    assert out.getvalue().count("兴业路") == 4
    out = StringIO()
    stretch = Road.objects.get(places=road)
    call_command("plan_signs", road=str(stretch.pk), json=True, stdout=out)
    body = json.loads(out.getvalue())
    assert [row["kind"] for row in body["missing"]] == ["start", "repeat", "repeat", "end"]
    assert body["bill"]["total"] == 2960
    out = StringIO()
    call_command("plan_signs", all=True, json=True, stdout=out)
    assert json.loads(out.getvalue())["roads"] == 1


def test_the_command_names_what_it_cannot_find(kinds, county):
    with pytest.raises(CommandError, match="999"):
        call_command("plan_signs", village="999")
    with pytest.raises(CommandError, match="zzz"):
        call_command("plan_signs", road="zzz")
