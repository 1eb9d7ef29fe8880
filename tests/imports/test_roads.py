import pytest
import shapely

from geo_registry.imports.services import run_import
from geo_registry.territory.models import Road

from .files import csv_file, vector_file
from .test_divisions import counts

pytestmark = pytest.mark.django_db

LINE = shapely.LineString([(106.0, 38.0), (106.01, 38.0)])
ROWS = [
    {
        "road_id": "R1",
        "name": "兴业路",
        "class": "街道",
        "speed": 40,
        "oneway": "是",
        "bridge": "否",
        "width": 7.0,
    },
    {
        "road_id": "R2",
        "name": None,
        "class": "小路",
        "speed": None,
        "oneway": "否",
        "bridge": "是",
        "width": None,
    },
]
LINES = [LINE, shapely.LineString([(106.01, 38.0), (106.01, 38.02)])]


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson"])
def test_a_line_layer_brings_roads_in_the_registrys_own_classes(tmp_path, county, source, suffix):
    crs = "EPSG:4326" if suffix == ".geojson" else "EPSG:4490"
    options = {"encoding": "UTF-8"} if suffix == ".shp" else {}
    report = run_import(
        kind="roads",
        path=vector_file(tmp_path / f"r{suffix}", ROWS, LINES, crs=crs, **options),
        source=source,
    )
    assert counts(report) == {"new": 2}
    street, path = Road.objects.order_by("source_ref")
    assert (street.name, street.road_class, street.speed_kmh, street.oneway) == (
        "兴业路",
        "residential",
        40,
        "forward",
    )
    assert (path.road_class, path.bridge, path.speed_kmh) == ("path", True, None)
    assert street.division == county.east
    assert street.source == source


def test_the_length_is_measured_on_the_ellipsoid(tmp_path, county, source):
    run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", ROWS, LINES), source=source)
    # By hand: the radius of the parallel on GRS80, a cos φ / √(1 − e² sin² φ), times 0.01 degrees.
    assert Road.objects.get(source_ref="R1").length_m == pytest.approx(878.32, abs=0.01)


def test_projected_lines_are_brought_to_degrees(tmp_path, county, source):
    lines = [shapely.LineString([(456_000, 4_207_000), (457_000, 4_207_000)])]
    run_import(
        kind="roads", path=vector_file(tmp_path / "r.gpkg", ROWS[:1], lines, crs="EPSG:4545"), source=source
    )
    road = Road.objects.get()
    assert road.geometry.srid == 4490
    assert 107 < road.geometry[0][0] < 108
    assert road.length_m == pytest.approx(1000, rel=0.001)


def test_a_line_that_changed_is_measured_again(tmp_path, county, source):
    run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", ROWS, LINES), source=source)
    longer = [shapely.LineString([(106.0, 38.0), (106.02, 38.0)]), LINES[1]]
    report = run_import(kind="roads", path=vector_file(tmp_path / "r2.gpkg", ROWS, longer), source=source)
    assert counts(report) == {"changed": 1, "unchanged": 1}
    assert Road.objects.get(source_ref="R1").length_m == pytest.approx(2 * 878.32, abs=0.1)


def test_a_row_of_several_lines_is_several_stretches_of_one_number(tmp_path, county, source):
    parts = shapely.MultiLineString([LINE, shapely.LineString([(106.05, 38.0), (106.06, 38.0)])])
    path = vector_file(tmp_path / "r.gpkg", ROWS[:1], [parts])
    assert counts(run_import(kind="roads", path=path, source=source)) == {"new": 1}
    assert sorted(Road.objects.values_list("source_ref", flat=True)) == ["R1#1", "R1#2"]
    assert counts(run_import(kind="roads", path=path, source=source)) == {"unchanged": 1}


def test_a_road_without_a_number_is_known_by_its_line(tmp_path, county, source):
    path = vector_file(tmp_path / "r.gpkg", [{"name": "兴业路"}, {"name": "西昌街"}], LINES)
    assert counts(run_import(kind="roads", path=path, source=source)) == {"new": 2}
    assert counts(run_import(kind="roads", path=path, source=source)) == {"unchanged": 2}


def test_the_same_number_of_two_sources_is_two_roads(tmp_path, county):
    path = vector_file(tmp_path / "r.gpkg", ROWS, LINES)
    run_import(kind="roads", path=path, source="survey")
    report = run_import(kind="roads", path=path, source="osm")
    assert counts(report) == {"new": 2}
    assert any("survey" in str(issue.message) for issue in report.issues)


def test_an_impossible_width_is_left_out_and_the_road_stays_in_the_network(tmp_path, county, source):
    rows = [ROWS[0] | {"width": 6000.0}]
    report = run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", rows, LINES[:1]), source=source)
    assert counts(report) == {"new": 1}
    assert report.warned_rows == 1
    assert Road.objects.get().width_m is None


def test_points_are_no_roads(tmp_path, county, source):
    path = vector_file(tmp_path / "r.gpkg", ROWS[:1], [shapely.Point(106, 38)])
    report = run_import(kind="roads", path=path, source=source)
    assert counts(report) == {"refused": 1}
    assert "a line" in str(report.issues[0].message)


def test_a_table_has_no_lines(tmp_path, county, source):
    report = run_import(kind="roads", path=csv_file(tmp_path / "r.csv", ROWS), source=source)
    assert counts(report) == {"refused": 2}


def test_a_real_citys_extract_goes_in(shared, county, source):
    report = run_import(kind="roads", path=shared / "data" / "porto_alegre" / "poa_osm.pbf", source=source)
    assert report.rows > 15_000
    assert counts(report) == {"new": report.rows}
    assert Road.objects.filter(source_ref__startswith="way/").count() >= report.rows
    assert not Road.objects.filter(length_m__lte=0).exists()
