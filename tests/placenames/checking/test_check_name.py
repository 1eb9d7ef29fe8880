"""Checks on what the register knows: scopes by geometry, candidates by sound, lists and rules as rows."""

from __future__ import annotations

import datetime
import json
from io import StringIO

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from geo_registry.accounts.models import Role
from geo_registry.reference.models import NameRule
from geo_registry.territory.models import Division
from placenames.models import Dismissal, KindProcedure, ListWord, PlaceKind, WordList
from placenames.naming.checks import Act, Result, Severity
from placenames.services.checking import Subject, check_name, dismiss
from placenames.services.checking.words import as_rows
from tests.factories import OfficeFactory, RoadFactory, UserFactory, line

from .conftest import at

pytestmark = pytest.mark.django_db
IN_TOWN = ((106.0, 38.0), (106.005, 38.0))


def subject(text, village, *, kind="road", **more):
    return Subject(
        text=text, kind=PlaceKind.objects.select_related("procedure").get(code=kind), division=village, **more
    )


def finding(number, checked):
    return checked.findings[number - 1]


def said(number, checked):
    return [(item.text, item.severity.value) for item in finding(number, checked).evidence]


def test_a_name_in_the_same_built_up_area_blocks_and_says_where_and_how_far(village, named):
    named("兴业路", village, *IN_TOWN)
    checked = check_name(subject("兴业路", village, geometry=at(106.01, 38.0)))
    assert said(1, checked) == [("兴业路", "block")]
    item = finding(1, checked).evidence[0]
    # Five thousandths of a degree at 38° north on the ellipsoid of CGCS2000: 439.1 m.
    assert item.distance_m == pytest.approx(439.1, abs=0.5)
    assert (item.where, round(item.lon, 4)) == ("甲东村", 106.0025)
    assert checked.scope_label == "乙一镇建成区"


def test_a_name_outside_the_built_up_area_only_warns(village, named):
    named("兴业路", village, (106.0, 38.1), (106.005, 38.1))
    outside = check_name(subject("兴业路", village, geometry=at(106.01, 38.0)))
    assert said(1, outside) == [("兴业路", "warn")]
    named("东风路", village, *IN_TOWN)
    country = check_name(subject("东风路", village, geometry=at(106.01, 38.1)))
    assert said(1, country) == [("东风路", "warn")]


def test_where_no_outline_covers_the_place_and_none_is_drawn_it_is_not_checked(county, kinds):
    elsewhere = Division.objects.get(name="丙东村")
    checked = check_name(subject("兴业路", elsewhere, geometry=at(106.0, 38.0)))
    assert finding(1, checked).result is Result.NOT_CHECKED
    assert not checked.all_clear


def test_sounds_and_looks_are_found_in_the_register(village, named):
    for text in ("星业路", "新业路", "兴业巷", "业兴路", "解放路", "兴业东路"):
        named(text, village, *IN_TOWN, kind="lane" if text.endswith("巷") else "road")
    checked = check_name(subject("兴业路", village, geometry=at(106.01, 38.0)))
    assert said(2, checked) == [("兴业巷", "warn")]
    assert said(3, checked) == [("星业路", "warn")]
    assert said(4, checked) == [("新业路", "info")]
    assert "业兴路" in dict(said(5, checked))
    assert not {"解放路"} & {text for number in range(1, 6) for text, _s in said(number, checked)}


def test_the_place_s_own_name_is_no_candidate_when_it_is_renamed(village, named):
    old = named("兴业路", village, *IN_TOWN)
    checked = check_name(
        subject(
            "星业路",
            village,
            place=old.place,
            old_text="兴业路",
            act=Act.RENAMING,
            roads=list(old.place.roads.all()),
        )
    )
    assert finding(3, checked).result is Result.CLEAR
    assert finding(17, checked).result is Result.CLEAR


def test_names_that_have_ended_are_no_candidates_and_those_to_come_are(village, named):
    today = timezone.localdate()
    gone, coming = named("兴业路", village, *IN_TOWN), named("东风路", village, *IN_TOWN)
    gone.valid_to = today
    gone.save()
    coming.valid_from = today + datetime.timedelta(days=9)
    coming.save()
    spot = at(106.01, 38.0)
    assert finding(1, check_name(subject("兴业路", village, geometry=spot))).result is Result.CLEAR
    assert said(1, check_name(subject("东风路", village, geometry=spot))) == [("东风路", "block")]


def test_a_village_is_compared_within_the_county(village, kinds):
    from placenames.services.places import ensure_places_for_divisions

    ensure_places_for_divisions()
    checked = check_name(subject("丙西村", village, kind="village"))
    assert said(1, checked) == [("丙西村", "block")]
    hamlet = check_name(subject("丙西村", village, kind="hamlet"))
    assert said(1, hamlet) == [("丙西村", "warn")]


def test_severities_and_lists_are_rows_and_nothing_unverified_blocks(village, named):
    named("兴业路", village, *IN_TOWN)
    NameRule.objects.filter(number=1).update(severity="warn", mark="memory")
    ListWord.objects.create(list=WordList.BRAND, text="兴业", source="登记机关")
    checked = check_name(subject("兴业路", village, geometry=at(106.01, 38.0)))
    assert finding(1, checked).severity is Severity.WARN
    assert said(13, checked) == [("兴业", "review")]
    assert finding(10, checked).result is Result.NOT_CHECKED


def test_no_list_of_leaders_persons_or_brands_is_shipped(kinds):
    shipped = set(ListWord.objects.values_list("list", flat=True))
    assert shipped == {WordList.FAMOUS, WordList.FOREIGN, WordList.CONFUSABLE}
    assert not ListWord.objects.filter(verified=True).exists()


def test_every_kind_that_is_shipped_has_a_procedure(kinds):
    assert set(KindProcedure.objects.values_list("kind__code", flat=True)) == set(kinds)


def test_what_is_set_aside_with_a_reason_never_returns_for_the_pair(village, named):
    user = UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=village.parent))
    named("星业路", village, *IN_TOWN)
    asked = subject("兴业路", village, geometry=at(106.01, 38.0))
    found = check_name(asked).findings
    key = found[2].evidence[0].key
    with pytest.raises(ValidationError):
        dismiss(subject=asked, findings=found, code="homophone", against=key, reason="  ", user=user)
    dismiss(
        subject=asked,
        findings=found,
        code="homophone",
        against=key,
        reason="两路相距较远，方向不同",
        user=user,
    )
    again = finding(3, check_name(asked))
    assert (again.result, again.severity, again.evidence[0].dismissed) == (
        Result.FOUND, Severity.OFF, "两路相距较远，方向不同",
    )  # fmt: skip
    named("欣业路", village, *IN_TOWN)
    assert len(finding(4, check_name(asked)).open_evidence) == 1
    assert Dismissal.objects.count() == 1


def test_a_duplicate_in_one_built_up_area_cannot_be_set_aside(village, named):
    user = UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=village.parent))
    name = named("兴业路", village, *IN_TOWN)
    asked = subject("兴业路", village, geometry=at(106.01, 38.0))
    found = check_name(asked).findings
    with pytest.raises(ValidationError):
        dismiss(
            subject=asked,
            findings=found,
            code="duplicate",
            against=f"place:{name.place_id}",
            reason="不要紧",
            user=user,
        )


def test_the_ground_is_looked_at(village, named):
    named("解放路", village, (106.0, 38.0), (106.005, 38.0))
    road = RoadFactory(
        name="", geometry=line((106.005, 38.0), (106.010, 38.0)), division=village, width_m=3.0
    )
    checked = check_name(subject("兴业大道", village, roads=[road]))
    assert said(17, checked) == [("解放路", "warn")]
    assert len(finding(9, checked).evidence) == 2


def test_a_direction_is_measured_from_the_nearest_sibling(village, named):
    named("兴业西路", village, (106.0, 38.0), (106.002, 38.0))
    spot = at(105.98, 38.0)
    finding_16 = finding(16, check_name(subject("兴业东路", village, geometry=spot)))
    assert [(item.text, item.severity.value) for item in finding_16.evidence] == [("兴业西路", "warn")]
    assert (
        finding(16, check_name(subject("兴业东路", village, geometry=at(106.02, 38.0)))).result
        is Result.CLEAR
    )


def test_the_number_of_queries_does_not_grow_with_the_names(village, named, django_assert_max_num_queries):
    for i in range(12):
        named(f"{'星兴欣新信心幸性醒杏刑形'[i]}业路", village, *IN_TOWN)
    asked = subject("兴业路", village, geometry=at(106.01, 38.0))
    with django_assert_max_num_queries(24):
        check_name(asked)


def run(*arguments):
    out = StringIO()
    with translation.override("zh-hans"):
        call_command("check_name", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_the_same_in_words_and_as_json(village, named):
    named("兴业路", village, *IN_TOWN)
    options = ("--kind", "road", "--division", village.code, "--at", "106.01,38.0")
    text = run("兴业路", *options)
    assert "已有“兴业路”：甲东村，相距439米。" in text
    body = json.loads(run("兴业路", *options, "--json"))
    assert body["spelling"] == "Xīngyè Lù"
    assert not body["all_clear"]
    assert [row["number"] for row in body["findings"]] == list(range(1, 23))
    assert body["findings"][0]["evidence"][0]["name"] == "兴业路"


@pytest.mark.parametrize(
    "arguments",
    [("--kind", "roads", "--division", "990000001201"), ("--kind", "road", "--division", "1"),
     ("--kind", "road", "--division", "990000001201", "--at", "106"),
     ("--kind", "road", "--division", "990000001201", "--at", "38,506")],
)  # fmt: skip
def test_the_command_says_what_is_wrong(village, arguments):
    with pytest.raises(CommandError):
        run("兴业路", *arguments)


def test_a_road_without_a_division_is_told_by_the_one_that_holds_most_of_it(town, village, named, kinds):
    """Nobody entered where 星业路 lies: the village that the longest part of it runs through is named, or that none is drawn."""
    other = village.parent.children.exclude(pk=village.pk).get()
    for row, west in ((village, 106.0), (other, 106.01)):
        row.boundary = MultiPolygon(Polygon.from_bbox((west, 37.99, west + 0.01, 38.01)), srid=4490)
        row.save()
    name = named("星业路", village, (106.009, 38.0), (106.015, 38.0))
    away = named("兴叶路", village, (107.0, 39.0), (107.01, 39.0))
    for place in (name.place, away.place):
        place.division = None
        place.save()
    checked = check_name(Subject(text="兴业路", kind=kinds["road"], division=village))
    said = {item.text: item.message.render(str) for item in checked.findings[2].evidence}
    assert other.name in said["星业路"]
    with translation.override("zh-hans"):
        told = [item["message"] for row in as_rows(checked.findings) for item in row["evidence"]]
    assert any("兴叶路" in text and "不在任何已划界的政区内" in text for text in told)
    assert not any("?" in text for text in told)
