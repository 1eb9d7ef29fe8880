"""The command that draws isochrones: files that maps open, and errors that say what to do."""

from __future__ import annotations

import io
import json

import geopandas as gpd
import pytest
from django.core.management import CommandError, call_command

from geo_registry.territory.models import Road
from tests.one_road import *  # noqa: F403 -- fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def draw(path, network, walk, **options):
    out = io.StringIO()
    values = {"network": network.code, "profile": walk.code, "minutes": "5,10", "date": "2024-12-31"}
    call_command("isochrones", str(path), stdout=out, **(values | options))
    return out.getvalue()


def test_geojson_has_the_wider_area_first_longitude_first_and_its_parameters(network, walk, tmp_path):
    path = tmp_path / "areas.geojson"
    draw(path, network, walk)
    data = json.loads(path.read_text())
    assert [feature["properties"]["minutes"] for feature in data["features"]] == [10, 5]
    assert data["features"][0]["properties"]["reached_km"] == pytest.approx(0.6, abs=0.01)
    lon, lat = data["features"][0]["geometry"]["coordinates"][0][0][0]
    assert 105.9 < lon < 106.2
    assert 36.9 < lat < 37.1
    assert "crs" not in data
    assert data["parameters"]["network"]["roads"] == 1


def test_a_geopackage_is_in_the_legal_datum_and_written_anew(network, walk, tmp_path):
    path = tmp_path / "areas.gpkg"
    for _again in range(2):
        draw(path, network, walk, each=True)
    frame = gpd.read_file(path)
    assert frame.crs.to_epsg() == 4490
    assert frame["facility"].tolist() == ["S1", "S1"]


@pytest.mark.parametrize("name", ["areas.shp", "areas"])
def test_another_ending_is_refused(network, walk, tmp_path, name):
    with pytest.raises(CommandError, match="gpkg"):
        draw(tmp_path / name, network, walk)


def test_without_roads_or_facilities_it_says_so(network, walk, tmp_path):
    with pytest.raises(CommandError, match="2020"):
        draw(tmp_path / "a.geojson", network, walk, date="2020-01-01")
    with pytest.raises(CommandError, match=r"No such|没有"):
        draw(tmp_path / "a.geojson", network, walk, facility=["nobody"])
    Road.objects.all().delete()
    with pytest.raises(CommandError, match=r"road|道路"):
        draw(tmp_path / "a.geojson", network, walk)
    assert not (tmp_path / "a.geojson").exists()


def test_a_folder_that_is_not_there_is_an_error_of_one_line(network, walk, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        draw(tmp_path / "nowhere" / "a.geojson", network, walk)


def test_a_service_that_travels_goes_no_farther_than_its_radius(network, walk, tmp_path):
    walk.delivery_radius_m = 450
    walk.save()
    path = tmp_path / "areas.geojson"
    draw(path, network, walk, delivery=True)
    data = json.loads(path.read_text())
    assert data["parameters"]["delivery_radius_m"] == 450
    assert [feature["properties"]["reached_km"] for feature in data["features"]] == [
        pytest.approx(0.45, abs=0.01),
        pytest.approx(0.3, abs=0.01),
    ]


def test_who_stops_half_way_keeps_the_old_file(network, walk, tmp_path, monkeypatch):
    path = tmp_path / "areas.geojson"
    path.write_text("old")

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("facilities.services.isochrones.json.dumps", interrupted)
    with pytest.raises(CommandError):
        draw(path, network, walk)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
