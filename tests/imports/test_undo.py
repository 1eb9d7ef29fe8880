"""An import can be taken back as a whole, and never takes somebody's later work with it."""

from __future__ import annotations

import pghistory
import pytest
from django.db import connection, transaction

from facilities.models import CapacityReading, Facility, FacilityKeys, FacilityStatus
from facilities.services.list_search import refresh_keys
from geo_registry.accounts.history import event_model
from geo_registry.geodata.errors import GeodataError
from geo_registry.imports.models import Batch
from geo_registry.imports.services import run_import
from geo_registry.imports.services.undoing import UndoRefused, pointing_at, undo_batch
from geo_registry.territory.models import Division, PopulatedPlace, PopulationCount, Road
from geo_registry.worklist.models import Notification, Reading
from placenames.models import Name, Place
from tests.factories import (
    FacilityFactory,
    FacilityStatusFactory,
    KindFactory,
    PlaceKindFactory,
    UserFactory,
    point,
)

from .files import csv_file, vector_file


def take(kind, path, **options):
    report = run_import(kind=kind, path=path, source_crs="EPSG:4490", **options)
    return Batch.objects.get(pk=report.batch)


def by_hand():
    """A change of somebody's own: without a context it would still carry that of the import, within a test's transaction."""
    return pghistory.context(command="by hand")


def hamlets(tmp_path, name="h.csv", **more):
    row = {
        "编号": "H1",
        "名称": "东庄",
        "经度": 106.05,
        "纬度": 38.0,
        "统计日期": "2024-12-31",
        "常住人口": 120,
    }
    return csv_file(tmp_path / name, [row | more])


@pytest.fixture
def facility(county):
    return FacilityFactory(
        number="F1",
        name="甲站",
        kind=KindFactory(),
        division=county.west,
        address="旧路1号",
        location=point(105.95, 38.0),
    )


def changed(tmp_path, facility, **more):
    row = {
        "设施编号": "F1", "名称": "新名", "类型": facility.kind.code, "地址": "新路2号", "状态": "暂停",
        "状态日期": "2024-05-01", "床位数": 30, "数据日期": "2024-06-01",
    }  # fmt: skip
    return csv_file(tmp_path / "f.csv", [row | more])


def test_what_an_import_made_is_gone_with_all_that_hangs_on_it(tmp_path, county):
    batch = take("population", hamlets(tmp_path))
    report = undo_batch(batch=batch, user=None)
    assert not PopulatedPlace.objects.exists()
    assert not PopulationCount.objects.exists()
    assert (report.removed, report.restored, report.kept) == (2, 0, 0)
    batch.refresh_from_db()
    assert batch.state == Batch.State.UNDONE
    assert batch.undone_at is not None


def test_what_an_import_changed_is_as_it_was(tmp_path, facility):
    person = UserFactory()
    batch = take("facilities", changed(tmp_path, facility))
    undo_batch(batch=batch, user=person)
    facility.refresh_from_db()
    assert (facility.name, facility.address) == ("甲站", "旧路1号")
    assert [status.status for status in FacilityStatus.objects.all()] == ["open"]
    assert not CapacityReading.objects.exists()


def test_history_keeps_both_the_import_and_its_undoing(tmp_path, facility):
    batch = take("facilities", changed(tmp_path, facility))
    undo_batch(batch=batch, user=None)
    events = (
        facility.__class__.pgh_event_models["insert"]
        .objects.filter(pgh_obj_id=facility.pk)
        .order_by("pgh_id")
    )
    contexts = [event.pgh_context for event in events]
    assert [event.name for event in events] == ["甲站", "新名", "甲站"]
    assert contexts[-1]["undo_of"] == str(batch.pk)


def test_a_later_edit_is_never_destroyed(tmp_path, facility):
    batch = take("facilities", changed(tmp_path, facility))
    with by_hand():
        Facility.objects.filter(pk=facility.pk).update(address="谁改过的路3号")
    with pytest.raises(UndoRefused) as refusal:
        undo_batch(batch=batch, user=None)
    assert [conflict.label for conflict in refusal.value.conflicts] == ["新名"]
    facility.refresh_from_db()
    assert (facility.name, facility.address) == ("新名", "谁改过的路3号")
    batch.refresh_from_db()
    assert batch.state == Batch.State.COMMITTED
    assert batch.undo_report["count"] == 1


def test_the_rest_is_undone_and_what_was_edited_is_kept_with_all_that_belongs_to_it(tmp_path, facility):
    kind = facility.kind.code
    path = csv_file(
        tmp_path / "f.csv",
        [
            {"设施编号": "F1", "名称": "新名", "类型": kind, "状态": "暂停", "状态日期": "2024-05-01", "行政区划代码": ""},
            {"设施编号": "F2", "名称": "乙站", "类型": kind, "状态": "运营", "状态日期": "2024-05-01",
             "行政区划代码": "990001100200"},
        ],
    )  # fmt: skip
    batch = take("facilities", path)
    with by_hand():
        status = {"status": "closed", "valid_from": "2024-09-01"}
        FacilityStatusFactory(facility=Facility.objects.get(number="F2"), **status)
    with pytest.raises(UndoRefused):
        undo_batch(batch=batch, user=None)
    report = undo_batch(batch=batch, user=None, keep_edited=True)
    assert report.kept == 1
    facility.refresh_from_db()
    assert facility.name == "甲站"
    assert Facility.objects.get(number="F2").statuses.count() == 2
    assert facility.statuses.count() == 1


def test_an_edit_that_was_taken_back_is_no_edit(tmp_path, facility):
    batch = take("facilities", changed(tmp_path, facility))
    with by_hand():
        Facility.objects.filter(pk=facility.pk).update(address="错")
        Facility.objects.filter(pk=facility.pk).update(address="新路2号")
    undo_batch(batch=batch, user=None)
    facility.refresh_from_db()
    assert facility.address == "旧路1号"


def test_a_record_that_others_depend_on_by_now_stays(tmp_path, county):
    batch = take("divisions", csv_file(tmp_path / "d.csv", [{"代码": "990001100300", "名称": "新村"}]))
    with by_hand():
        FacilityFactory(division=Division.objects.get(code="990001100300"))
    with pytest.raises(UndoRefused) as refusal:
        undo_batch(batch=batch, user=None)
    assert refusal.value.conflicts[0].why == "depended:facilities.facility"
    assert Division.objects.filter(code="990001100300").exists()


def test_what_followed_on_an_import_goes_with_it(tmp_path, county):
    from shapely import LineString

    PlaceKindFactory(ground="road", generic_terms=["路"])
    path = vector_file(
        tmp_path / "r.gpkg", [{"编号": "R1", "名称": "新民路"}], [LineString([(106.0, 38.0), (106.01, 38.0)])]
    )
    batch = take("roads", path)
    assert Place.objects.count() == 1
    undo_batch(batch=batch, user=None)
    assert not Road.objects.exists()
    assert not Place.objects.exists()
    assert not Name.objects.exists()


def test_batches_are_undone_in_any_order_that_hurts_nobody(tmp_path, county):
    first = take("population", hamlets(tmp_path))
    second = take("population", hamlets(tmp_path, "h2.csv", 常住人口=130))
    with pytest.raises(UndoRefused):
        undo_batch(batch=first, user=None)
    undo_batch(batch=second, user=None)
    assert PopulationCount.objects.get().people == 120
    undo_batch(batch=first, user=None)
    assert not PopulatedPlace.objects.exists()


def test_nothing_is_undone_twice(tmp_path, county):
    batch = take("population", hamlets(tmp_path))
    undo_batch(batch=batch, user=None)
    with pytest.raises(GeodataError, match="nothing to undo"):
        undo_batch(batch=batch, user=None)


def test_a_division_that_was_moved_is_back_in_its_place(tmp_path, county):
    path = csv_file(
        tmp_path / "d.csv",
        [
            {"代码": "990001101", "名称": "乙镇", "上级代码": "990001"},
            {"代码": "990001100200", "名称": "西村", "上级代码": "990001101"},
        ],
    )
    batch = take("divisions", path)
    assert Division.objects.get(code="990001100200").path == "990001/990001101/990001100200/"
    undo_batch(batch=batch, user=None)
    west = Division.objects.get(code="990001100200")
    assert (west.parent, west.path) == (county.town, "990001/990001100/990001100200/")
    assert not Division.objects.filter(code="990001101").exists()


def test_what_the_program_works_out_by_itself_stands_in_nobodys_way(tmp_path, county):
    """Whoever looks for a facility in the list has its search keys written: that is nobody's later work."""
    kind = KindFactory()
    rows = [{"设施编号": "N1", "名称": "新站", "类型": kind.code, "行政区划代码": county.west.code}]
    batch = take("facilities", csv_file(tmp_path / "n.csv", rows))
    with by_hand():
        assert refresh_keys() == 1
    undo_batch(batch=batch, user=None)
    assert not Facility.objects.exists()
    assert not FacilityKeys.objects.exists()


def test_what_somebody_was_told_and_has_read_goes_with_it(tmp_path, county):
    rows = [{"代码": "990001105", "名称": "新镇", "上级代码": "990001"}]
    batch = take("divisions", csv_file(tmp_path / "d.csv", rows))
    with by_hand():
        told = Notification.objects.create(
            code="x", role="clerk", division=Division.objects.get(code="990001105")
        )
        Reading.objects.create(notification=told, person=UserFactory())
    with transaction.atomic():
        undo_batch(batch=batch, user=None)
        connection.check_constraints()
    assert not Division.objects.filter(code="990001105").exists()
    assert not Reading.objects.exists()


def test_each_table_beside_history_that_can_stand_in_an_undos_way_was_thought_about():
    """A table that the program fills by itself is to be registered as derived; here are those that people fill."""
    filled_by_people = {
        "BulkRow", "CoverageCapacity", "CoverageEquity", "CoverageOwn", "CoveragePlace", "CoverageReach", "CoverageRun",
        "CoverageShare", "EditSet", "NameBatch", "NameBatchRow", "NameCase_roads", "NameDifference", "Place_roads",
        "PlanningAnswer", "Scenario",
    }  # fmt: skip
    brought = (Division, Facility, Name, Place, PopulatedPlace, Road)
    found = {
        other.__name__ for model in brought for other, _column in pointing_at(model) if not event_model(other)
    }
    assert found <= filled_by_people
