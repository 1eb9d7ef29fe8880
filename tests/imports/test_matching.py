"""Rows and what the registry has that is like them: only what lies near is looked at, and it goes by."""

import gc

import pytest

import placenames.services.imports as place_names
from geo_registry.accounts.models import Role
from geo_registry.imports.models import Batch
from geo_registry.imports.services import one_file
from geo_registry.imports.services.matching import Known, Near, _boxes, metres_between
from placenames.models import Name, PlaceKind
from tests.factories import (
    DivisionFactory,
    FacilityFactory,
    KindFactory,
    NameFactory,
    OfficeFactory,
    PlaceFactory,
    PlaceKindFactory,
    TownshipFactory,
    UserFactory,
    point,
)

from .files import csv_file
from .way import facilities_file, previewed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_this_process", "limits")]

HAMLET = {
    "标准名称": "任家大石桥",
    "类别": "自然村",
    "所属政区": "990001100200",
    "经度": 105.95,
    "纬度": 38.0,
}


@pytest.fixture
def officer(county):
    return UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=county.home))


@pytest.fixture
def kind(county):
    return PlaceKindFactory(
        code="hamlet", name_zh="自然村", name_en="", ground=PlaceKind.Ground.NONE, generic_terms=["庄", "桥"]
    )


@pytest.fixture
def looked_at(monkeypatch):
    """The names that rows were compared with."""
    seen = []
    ask = place_names.known_places

    def noting(run, near):
        for known in ask(run, near):
            seen.append(known.name)
            yield known

    monkeypatch.setattr(place_names, "known_places", noting)
    return seen


def named(text, division, kind):
    return NameFactory(
        place=PlaceFactory(kind=kind, division=division), text=text, status=Name.Status.STANDARD
    ).place


def undecided(tmp_path, officer, rows):
    batch = previewed(csv_file(tmp_path / "n.csv", rows), officer, "place-names")
    assert batch.state == Batch.State.PREVIEW
    return batch.count_undecided


def test_names_of_other_townships_are_not_even_read(tmp_path, officer, county, kind, looked_at):
    other = TownshipFactory(code="990001101", name="乙镇", parent=county.home)
    for number in range(5):
        village = DivisionFactory(code=f"99000110120{number}", parent=other)
        named(f"任家大石桥{number}", village, kind)
    named("任家大石老桥", county.east, kind)
    named("任家大石新桥", county.town, kind)
    named("任家大石桥头", county.home, kind)
    assert undecided(tmp_path, officer, [HAMLET]) == 1
    assert sorted(looked_at) == ["任家大石新桥", "任家大石老桥"]


def test_a_row_that_names_the_county_is_compared_with_what_lies_in_the_county_itself(
    tmp_path, officer, county, kind, looked_at
):
    named("任家大石老桥", county.east, kind)
    named("任家大石桥头", county.home, kind)
    assert undecided(tmp_path, officer, [HAMLET | {"所属政区": county.home.code}]) == 1
    assert looked_at == ["任家大石桥头"]


def test_what_the_file_brought_itself_is_no_candidate(
    tmp_path, officer, county, kind, looked_at, monkeypatch
):
    named("马家庄", county.west, kind)
    monkeypatch.setattr(one_file, "CHUNK_ROWS", 1)
    rows = [HAMLET | {"标准名称": name} for name in ("任家大石桥", "任家大石老桥", "任家大石新桥")]
    assert undecided(tmp_path, officer, rows) == 0
    assert looked_at == ["马家庄"] * 3


def test_memory_does_not_grow_with_the_names_that_go_by(tmp_path, officer, county, kind, monkeypatch):
    """What is known goes by one at a time: ten thousand of them, and no more than a few are there at any moment."""
    named("马家庄", county.west, kind)
    most = 0

    def many(_run, near):
        nonlocal most
        if near.boxes:
            return
        assert near.towns == (county.town.path,)
        for number in range(10_000):
            if not number % 1_000:
                most = max(most, sum(type(one) is Known for one in gc.get_objects()))
            yield Known(number, f"任家大石{number}桥", "", county.west.path, "西村")

    monkeypatch.setattr(place_names, "known_places", many)
    assert undecided(tmp_path, officer, [HAMLET]) == 1
    assert 0 < most < 20


def test_a_name_in_another_township_is_compared_where_the_points_are_near(tmp_path, planner, county):
    other = TownshipFactory(code="990001101", name="乙镇", parent=county.home)
    kind = KindFactory()
    near = FacilityFactory(
        number="F1", name="任桥老饭桌", kind=kind, division=other, location=point(105.9512, 38.0)
    )
    FacilityFactory(number="F2", name="任桥老饭桌", kind=kind, division=other, location=point(105.96, 38.0))
    row = {
        "设施编号": "X9", "名称": "任桥饭桌", "类型": kind.code, "行政区划代码": county.west.code, "经度": 105.95, "纬度": 38.0,
    }  # fmt: skip
    batch = previewed(facilities_file(tmp_path, [row]), planner, "facilities")
    assert batch.count_undecided == 1
    assert metres_between((105.95, 38.0), (near.location.x, near.location.y)) < 200


def test_boxes_hold_every_point_and_are_few():
    points = [(73.5 + 0.7 * step, 18.2 + 0.4 * step) for step in range(80)]
    boxes = _boxes(points, margin=0.005)
    assert len(boxes) <= 64
    for x, y in points:
        assert any(
            west + 0.005 <= x <= east - 0.005 and south + 0.005 <= y <= north - 0.005
            for west, south, east, north in boxes
        )
    (only,) = _boxes(points[:1], margin=0.005)
    assert only[2] - only[0] == pytest.approx(0.06)


def test_what_is_near_nothing_asks_for_nothing(county, kind):
    named("任家大石老桥", county.east, kind)
    assert not Near(newest=10).narrow(Name.objects.all(), pk="place_id", division="place__division").exists()


def facility_row(county, number, name, **more):
    return {
        "设施编号": number,
        "名称": name,
        "类型": "the-kind",
        "行政区划代码": county.east.code,
        "经度": 106.05,
        "纬度": 38.0,
        **more,
    }


def test_what_differs_by_the_village_that_it_is_named_after_is_not_the_same(tmp_path, county, planner):
    kind = KindFactory(code="the-kind")
    FacilityFactory(
        number="K1", name="韩渠村示范儿童之家", kind=kind, division=county.west, location=point(105.95, 38.0)
    )
    for name, undecided in (
        ("中渠村示范儿童之家", 0),
        ("韩渠村示范儿童之家站", 1),
        ("韩渠示范儿童之家", 1),
    ):
        batch = previewed(
            facilities_file(tmp_path, [facility_row(county, "N1", name)]), planner, "facilities"
        )
        assert (name, batch.count_undecided) == (name, undecided)


def test_near_by_a_village_written_otherwise_is_asked_about(tmp_path, county, planner):
    kind = KindFactory(code="the-kind")
    FacilityFactory(
        number="K1",
        name="韩渠村示范儿童之家",
        kind=kind,
        division=county.east,
        location=point(106.0501, 38.0),
    )
    batch = previewed(
        facilities_file(tmp_path, [facility_row(county, "N1", "韩集村示范儿童之家")]), planner, "facilities"
    )
    assert batch.count_undecided == 1


@pytest.mark.parametrize("known_first", [True, False])
def test_a_new_row_beside_one_that_is_known_is_asked_about_wherever_it_stands(
    tmp_path, county, planner, known_first
):
    kind = KindFactory(code="the-kind")
    FacilityFactory(
        number="K1", name="韩渠村示范儿童之家", kind=kind, division=county.east, location=point(106.05, 38.0)
    )
    rows = [
        facility_row(county, number, "韩渠村示范儿童之家", 经度=lon)
        for number, lon in (("K1", 106.05), ("N1", 106.0502))
    ]
    batch = previewed(facilities_file(tmp_path, rows if known_first else rows[::-1]), planner, "facilities")
    assert (batch.count_new, batch.count_undecided) == (1, 1)
