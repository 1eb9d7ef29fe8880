"""What holds for every kind of file."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from geo_registry.accounts.models import Role
from geo_registry.geodata.errors import GeodataError, UnreadableFile
from geo_registry.geodata.identity import PersonalData
from geo_registry.geodata.records import Outcome, Severity
from geo_registry.imports.kinds import population
from geo_registry.imports.models import Batch, BatchRow
from geo_registry.imports.services import RowsRefused, UnknownKind, one_file, run_import
from geo_registry.jobs.work import JobCancelled
from geo_registry.reference.models import Source
from geo_registry.territory.models import PopulatedPlace, PopulationCount
from tests.factories import (
    DemoSourceFactory,
    OfficeFactory,
    PopulatedPlaceFactory,
    PopulationCountFactory,
    SourceFactory,
    UserFactory,
    point,
)

from .files import csv_file
from .test_divisions import counts
from .test_population import HAMLETS

pytestmark = pytest.mark.django_db


def hamlets(number, **more):
    return [
        {"编号": f"H{n}", "名称": f"庄{n}", "类型": "自然村", "行政区划代码": "990001100201", "统计日期": "2020-11-01",
         "常住人口": 100 + n, "60岁及以上": 30, "经度": 106.05 + n * 1e-5, "纬度": 38.01} | more
        for n in range(number)
    ]  # fmt: skip


def take(path, **options):
    return run_import(kind="population", path=path, source_crs="EPSG:4490", **options)


def state():
    """Everything that an import of population may touch."""
    places = PopulatedPlace.objects.order_by("code").values_list(
        "code", "name", "division_id", "point", "updated_at"
    )
    return list(places), list(PopulationCount.objects.order_by("pk").values_list("pk", "people"))


def test_the_same_file_twice_changes_nothing(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", HAMLETS)
    take(path)
    before = state()
    assert counts(take(path)) == {"unchanged": 2}
    assert state() == before


def test_a_dry_run_reports_what_the_real_run_does_and_changes_nothing(tmp_path, county):
    take(csv_file(tmp_path / "p.csv", HAMLETS))
    mixed = [
        HAMLETS[0],
        HAMLETS[1] | {"常住人口": 99},
        *hamlets(6)[5:],
        HAMLETS[1] | {"编号": "H9", "常住人口": "许多"},
    ]
    path = csv_file(tmp_path / "p2.csv", mixed)
    before, batches = state(), Batch.objects.count()
    dry = take(path, dry_run=True)
    assert dry.dry_run
    assert state() == before
    assert Batch.objects.count() == batches
    assert not Source.objects.filter(code="file-p2").exists()
    real = take(path)
    assert counts(dry) == counts(real) == {"new": 1, "changed": 1, "unchanged": 1, "refused": 1}
    assert [issue.to_json() for issue in dry.issues] == [issue.to_json() for issue in real.issues]


def test_empty_cells_never_blank_what_is_there(tmp_path, county):
    take(csv_file(tmp_path / "p.csv", HAMLETS))
    blank = [HAMLETS[0] | {"名称": "", "60岁及以上": "", "经度": "", "纬度": "", "类型": "—"}]
    assert counts(take(csv_file(tmp_path / "p2.csv", blank))) == {"unchanged": 1}
    assert PopulatedPlace.objects.get(code="H1").name == "东庄"


def test_a_double_row_is_refused_and_the_first_is_named(tmp_path, county):
    report = take(csv_file(tmp_path / "p.csv", [HAMLETS[0], HAMLETS[0] | {"名称": "又一个"}]))
    assert counts(report) == {"new": 1, "refused": 1}
    (issue,) = [issue for issue in report.issues if issue.severity is Severity.ERROR]
    assert (issue.row, issue.column) == (3, "编号")
    assert "row 2" in str(issue.message)


def test_strict_takes_nothing_if_one_row_is_refused(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", [HAMLETS[0], HAMLETS[1] | {"常住人口": "许多"}])
    with pytest.raises(RowsRefused) as caught:
        take(path, strict=True)
    assert caught.value.report.counts[Outcome.REFUSED] == 1
    assert not PopulatedPlace.objects.exists()
    assert not Batch.objects.exists()


def test_a_failure_in_the_middle_leaves_nothing_behind(tmp_path, county, monkeypatch):
    monkeypatch.setattr(one_file, "CHUNK_ROWS", 5)
    chunks = []

    def fail_at_the_third(model, objects):
        chunks.append(len(objects))
        if len(chunks) == 3:
            raise RuntimeError("the power went out")
        return create(model, objects)

    create = population.create
    monkeypatch.setattr(population, "create", fail_at_the_third)
    with pytest.raises(RuntimeError, match="power"):
        take(csv_file(tmp_path / "p.csv", hamlets(20)))
    assert chunks == [10, 10, 10]
    assert not PopulatedPlace.objects.exists()
    assert not PopulationCount.objects.exists()
    assert not Batch.objects.exists()
    assert not BatchRow.objects.exists()
    assert not Source.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM territory_populatedplaceevent")
        assert cursor.fetchone() == (0,)


def test_somebody_who_asks_for_the_end_finds_nothing_done(tmp_path, county, monkeypatch):
    monkeypatch.setattr(one_file, "CHUNK_ROWS", 5)
    told = []

    class Impatient:
        def step(self, done, total=None, message=""):
            told.append((done, message))
            if done >= 10:
                raise JobCancelled

    with pytest.raises(JobCancelled), translation.override("en"):
        take(csv_file(tmp_path / "p.csv", hamlets(20)), progress=Impatient())
    assert told == [
        (0, "Reading rows 2 to 6"),
        (0, "Comparing rows 2 to 6 with the register"),
        (5, "Reading rows 7 to 11"),
        (5, "Comparing rows 7 to 11 with the register"),
        (10, "Reading rows 12 to 16"),
    ]
    assert not PopulatedPlace.objects.exists()


def test_a_damaged_file_and_an_unknown_kind_are_one_sentence(tmp_path, county):
    broken = tmp_path / "p.xlsx"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(UnreadableFile):
        take(broken)
    with pytest.raises(UnknownKind, match="divisions"):
        run_import(kind="dreams", path=broken)


def test_a_file_with_citizens_numbers_is_refused_as_a_whole_even_if_they_stand_at_its_end(
    tmp_path, county, monkeypatch
):
    monkeypatch.setattr(one_file, "CHUNK_ROWS", 5)
    rows = hamlets(12, 备注="")
    rows[-1]["备注"] = "11010519491231002X"
    with pytest.raises(PersonalData, match="备注"):
        take(csv_file(tmp_path / "p.csv", rows))
    assert not PopulatedPlace.objects.exists()


def test_a_column_of_mobiles_is_refused_as_a_whole(tmp_path, county):
    rows = [row | {"联系": f"1380013800{n}"} for n, row in enumerate(hamlets(4))]
    with pytest.raises(PersonalData, match="联系"):
        take(csv_file(tmp_path / "p.csv", rows))
    assert not PopulatedPlace.objects.exists()


def test_conditions_choose_rows(tmp_path, county):
    report = take(csv_file(tmp_path / "p.csv", hamlets(10)), where=["常住人口>=105", "编号!=H7"])
    assert counts(report) == {"new": 4}
    assert any("6" in str(issue.message) for issue in report.issues if issue.row is None)


# -- what is kept of it ----------------------------------------------------------------------------


def test_the_batch_knows_file_counts_and_what_each_row_did(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", HAMLETS)
    first = take(path)
    again = take(
        csv_file(tmp_path / "p2.csv", [HAMLETS[0] | {"名称": "新庄", "常住人口": 7, "60岁及以上": 3}])
    )
    batch = Batch.objects.get(pk=again.batch)
    assert (batch.kind, batch.file_name, batch.count_changed, batch.state) == (
        "population",
        "p2.csv",
        1,
        "committed",
    )
    assert len(batch.sha256) == 64
    (row,) = batch.rows.all()
    assert (row.row, row.action, row.target) == (2, "changed", PopulatedPlace.objects.get(code="H1"))
    assert row.before == {"name": "东庄", "counts/residents/2020-11-01": 120, "counts/age60/2020-11-01": 30}
    assert row.after == {"name": "新庄", "counts/residents/2020-11-01": 7, "counts/age60/2020-11-01": 3}
    new = Batch.objects.get(pk=first.batch).rows.order_by("row").first()
    assert new.after["name"] == "东庄"
    assert new.after["point"] == [106.05, 38.01]


@pytest.mark.parametrize("number", [2, 80])
def test_history_knows_each_row_of_a_bulk_write_with_its_batch(tmp_path, county, number):
    user = UserFactory(role=Role.ADMINISTRATOR, office=OfficeFactory(division=county.home))
    rows = hamlets(number)
    first = take(csv_file(tmp_path / "p.csv", rows), user=user)
    second = take(
        csv_file(tmp_path / "p2.csv", [row | {"名称": f"新{row['名称']}"} for row in rows]), user=user
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_label, pgh_context->>'batch', pgh_context->>'command', pgh_context->>'user', count(*) "
            "FROM territory_populatedplaceevent GROUP BY 1, 2, 3, 4 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("insert", first.batch, "import_data", str(user.pk), number),
            ("update", second.batch, "import_data", str(user.pk), number),
        ]
        cursor.execute(
            "SELECT pgh_label, pgh_context->>'batch', count(*) FROM territory_populationcountevent GROUP BY 1, 2"
        )
        assert cursor.fetchall() == [("insert", first.batch, 2 * number)]


def test_the_number_of_queries_does_not_grow_with_the_rows(tmp_path, county):
    def queries(rows, name):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            take(csv_file(tmp_path / name, rows))
        return len(seen)

    queries(hamlets(1), "warm.csv")
    few, many = queries(hamlets(60)[1:], "few.csv"), queries(hamlets(600)[60:], "many.csv")
    assert few == many
    assert many < 30
    changed = [row | {"常住人口": 1, "60岁及以上": 1} for row in hamlets(600)]
    assert queries(changed, "changed.csv") < 30


# -- whose it is -----------------------------------------------------------------------------------


def test_a_file_without_a_source_is_its_own_and_the_same_the_next_time(tmp_path, county):
    path = csv_file(tmp_path / "人口2020.csv", HAMLETS)
    take(path)
    take(path)
    (source,) = Source.objects.all()
    assert source.title == "人口2020.csv"
    assert set(PopulatedPlace.objects.values_list("source__code", flat=True)) == {source.code}


def test_a_source_code_that_cannot_be_one_is_refused(tmp_path, county):
    with pytest.raises(GeodataError, match="民政局"):
        take(csv_file(tmp_path / "p.csv", HAMLETS), source="民政局")


def test_a_person_acts_only_in_the_divisions_of_the_office(tmp_path, county):
    planner = UserFactory(role=Role.PLANNER, office=OfficeFactory(division=county.west))
    report = take(csv_file(tmp_path / "p.csv", HAMLETS), user=planner)
    assert counts(report) == {"new": 1, "refused": 1}
    assert PopulatedPlace.objects.get().division == county.west


def test_a_person_cannot_pull_a_record_out_of_another_office(tmp_path, county):
    take(csv_file(tmp_path / "p.csv", HAMLETS))
    planner = UserFactory(role=Role.PLANNER, office=OfficeFactory(division=county.west))
    stolen = [HAMLETS[0] | {"行政区划代码": "990001100200", "经度": 105.95}]
    assert counts(take(csv_file(tmp_path / "p2.csv", stolen), user=planner)) == {"refused": 1}
    assert PopulatedPlace.objects.get(code="H1").division == county.east


def test_a_record_outside_of_home_is_refused_for_everybody(tmp_path, county):
    from tests.factories import CountyFactory

    CountyFactory(code="980001", name="邻县")
    report = take(csv_file(tmp_path / "p.csv", [HAMLETS[0] | {"行政区划代码": "980001"}]))
    assert counts(report) == {"refused": 1}


# -- invented and real -----------------------------------------------------------------------------


def test_demo_data_never_changes_a_real_record(tmp_path, county):
    take(csv_file(tmp_path / "p.csv", HAMLETS))
    report = take(
        csv_file(tmp_path / "p2.csv", [HAMLETS[0] | {"名称": "示范庄"}]), source=DemoSourceFactory()
    )
    assert counts(report) == {"refused": 1}
    assert PopulatedPlace.objects.get(code="H1").name == "东庄"


def test_a_real_file_takes_a_demo_record_over_and_nothing_invented_stays(tmp_path, county):
    place = PopulatedPlaceFactory(
        code="H1", name="虚构庄", source=DemoSourceFactory(), division=county.west, point=point(105.95, 38.0)
    )
    PopulationCountFactory(place=place, group="age80", people=99)
    rows = [{key: value for key, value in HAMLETS[0].items() if key != "名称"}]
    report = take(csv_file(tmp_path / "p.csv", rows), source=SourceFactory())
    assert counts(report) == {"changed": 1}
    assert report.warned_rows == 1
    place = PopulatedPlace.objects.get(code="H1")
    assert not place.is_demo
    assert place.name == ""
    assert place.point_method == "imported"
    assert set(place.counts.values_list("group", flat=True)) == {"residents", "age60"}


def test_what_came_from_one_source_keeps_it_when_another_file_adds_to_it(tmp_path, county):
    take(csv_file(tmp_path / "p.csv", HAMLETS), source="first")
    take(csv_file(tmp_path / "p2.csv", [HAMLETS[0] | {"常住人口": 5, "60岁及以上": 1}]), source="second")
    assert PopulatedPlace.objects.get(code="H1").source.code == "first"


def test_historys_triggers_are_spared_an_error_for_each_row(tmp_path, county, monkeypatch):
    """Without the setting each row's trigger raises and catches an error, which costs more the more rows went before."""
    seen = []

    def look(model, objects):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pgtrigger.ignore', true)")
            seen.append(cursor.fetchone()[0])
        return create(model, objects)

    create = population.create
    monkeypatch.setattr(population, "create", look)
    take(csv_file(tmp_path / "p.csv", HAMLETS))
    assert seen == ["{}"]
