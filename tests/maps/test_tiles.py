"""Vector tiles: what lies in them at which zoom, never what is not public, and how they are kept."""

from __future__ import annotations

import datetime
import gzip
import math
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from django.test import Client
from django.utils import timezone

from geo_registry.territory.models import Level, Road, RoadClass
from maps.tile_shelf import Shelf, shelf
from maps.tiles import MAX_ZOOM, Tile, tile_bytes
from tests import factories

pytestmark = pytest.mark.django_db
LON, LAT = 106.0, 38.0


def tile_at(z: int, lon: float = LON, lat: float = LAT) -> Tile:
    columns = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return Tile(z, int((lon + 180) / 360 * columns), int(y * columns))


@pytest.fixture
def read(tmp_path: Path):
    """Read a tile back with GDAL, another program than made it: layer name -> frame."""

    def layers(content: bytes) -> dict[str, gpd.GeoDataFrame]:
        if not content:
            return {}
        path = tmp_path / "tile.mvt"
        path.write_bytes(content)
        return {
            name: pyogrio.read_dataframe(path, layer=name, CLIP="NO")
            for name, _kind in pyogrio.list_layers(path)
        }

    return layers


@pytest.fixture
def home():
    county = factories.CountyFactory(name="试验县", boundary=factories.square(half_deg=0.3))
    return factories.InstallationFactory(home_division=county).home_division


@pytest.mark.parametrize(
    ("road_class", "zoom"),
    [(RoadClass.MOTORWAY, 5), (RoadClass.TERTIARY, 10), (RoadClass.RESIDENTIAL, 12), (RoadClass.PATH, 14)],
)
def test_a_road_appears_at_the_zoom_of_its_class(home, read, road_class: str, zoom: int) -> None:
    factories.RoadFactory(road_class=road_class, name="丙路", ref="G1")
    before = read(tile_bytes("base", tile_at(zoom - 1)))
    after = read(tile_bytes("base", tile_at(zoom)))
    assert "roads" not in before
    assert after["roads"][["class", "name", "ref"]].to_numpy().tolist() == [[road_class, "丙路", "G1"]]


def test_stretches_of_one_road_are_one_line(home, read) -> None:
    for start in range(4):
        factories.RoadFactory(
            name="丙路", geometry=factories.line((106 + start / 1000, 38), (106 + (start + 1) / 1000, 38))
        )
    roads = read(tile_bytes("base", tile_at(13)))["roads"]
    assert len(roads) == 1
    assert roads.geometry.iloc[0].geom_type == "LineString"


def test_a_line_between_two_neighbours_is_drawn_once(home, read) -> None:
    for lon in (105.95, 106.05):
        factories.TownshipFactory(parent=home, boundary=factories.square(lon, 38.0, half_deg=0.05))
    boundaries = read(tile_bytes("base", tile_at(9)))["boundaries"]
    lines = boundaries[boundaries["level"] == Level.TOWNSHIP].geometry.iloc[0]
    # Two squares side by side have seven sides between them, not eight.
    side = max(line.length for line in lines.geoms) / 1.0
    assert len(lines.geoms) == 3
    assert lines.length == pytest.approx(7 / 3 * side, rel=0.15)


def test_names_of_villages_appear_close_by_and_of_the_county_from_afar(home, read) -> None:
    factories.DivisionFactory(parent=home, name="甲村", point=factories.point())
    factories.TownshipFactory(parent=home, name="乙镇", point=factories.point(106.001))
    assert set(read(tile_bytes("base", tile_at(8)))["names"]["name"]) == {"试验县", "乙镇"}
    assert set(read(tile_bytes("base", tile_at(12)))["names"]["name"]) == {"甲村", "乙镇"}


def test_a_division_without_a_point_is_named_within_its_boundary(home, read) -> None:
    factories.TownshipFactory(parent=home, name="乙镇", point=None, boundary=factories.square(half_deg=0.01))
    assert set(read(tile_bytes("base", tile_at(10)))["names"]["name"]) == {"乙镇"}


def test_a_place_is_named_by_its_standard_name_only(home, read) -> None:
    named = factories.PlaceFactory(division=home)
    factories.NameFactory(place=named, text="戊家庄")
    factories.NameFactory(place=named, text="老戊庄", status="former")
    factories.NameFactory(place=factories.PlaceFactory(division=home), text="没批准", status="draft")
    places = read(tile_bytes("base", tile_at(14)))["places"]
    assert list(places["name"]) == ["戊家庄"]


@pytest.mark.parametrize(
    "dates",
    [{"valid_from": datetime.date(2999, 1, 1)}, {"valid_to": datetime.date(2020, 1, 1)}],
    ids=["not yet", "no longer"],
)
def test_a_name_is_in_a_tile_on_the_days_that_it_holds(home, dates: dict[str, datetime.date]) -> None:
    factories.NameFactory(place=factories.PlaceFactory(division=home), text="戊家庄", **dates)
    assert "戊家庄".encode() not in tile_bytes("base", tile_at(14))


def test_a_road_that_is_a_secret_place_is_in_no_tile(home, read) -> None:
    secret = factories.PlaceFactory(division=home, secrecy="秘密")
    secret.roads.add(factories.RoadFactory(name="密路"))
    told = factories.PlaceFactory(division=home)
    told.roads.add(factories.RoadFactory(name="丙路"))
    assert list(read(tile_bytes("base", tile_at(14)))["roads"]["name"]) == ["丙路"]


def test_nothing_that_is_not_public_is_in_a_tile(home) -> None:
    outside = factories.CountyFactory(name="外县", boundary=factories.square(half_deg=0.2))
    factories.RoadFactory(name="禁路", restricted=True)
    factories.RoadFactory(name="外路", division=outside)
    factories.BuiltUpAreaFactory(name="禁区", restricted=True)
    for changes in ({"published": False}, {"secrecy": "秘密"}, {"division": outside}):
        place = factories.PlaceFactory(**{"division": home, **changes})
        factories.NameFactory(place=place, text="密地")
    for zoom in range(MAX_ZOOM + 1):
        content = tile_bytes("base", tile_at(zoom))
        for name in ("禁路", "外路", "禁区", "外县", "密地"):
            assert name.encode() not in content, zoom


def test_a_line_is_not_cut_at_the_edge_of_its_tile(home, read) -> None:
    """The margin of a tile holds what its neighbour draws, so that wide lines meet."""
    tile = tile_at(14)
    west, south, _east, north = tile.box().extent
    factories.RoadFactory(
        geometry=factories.line((west - 0.01, (south + north) / 2), (west + 0.02, (south + north) / 2))
    )
    line = read(tile_bytes("base", tile))["roads"].geometry.iloc[0]
    assert line.bounds[0] == pytest.approx(-64, abs=1)


def test_coordinates_come_back_where_they_were(home, read) -> None:
    tile = tile_at(16)
    factories.DivisionFactory(parent=home, name="甲村", point=factories.point(LON, LAT))
    point = read(tile_bytes("base", tile))["names"].geometry.iloc[0]
    world_x = (tile.x + point.x / 4096) / 2**16 * 360 - 180
    world_y = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (tile.y + 1 - point.y / 4096) / 2**16))))
    assert (world_x, world_y) == (pytest.approx(LON, abs=2e-6), pytest.approx(LAT, abs=2e-6))


def test_an_empty_tile_is_no_content(client: Client, home) -> None:
    response = client.get("/tiles/base/14/1/1.mvt")
    assert response.status_code == 204
    assert response.content == b""


def test_a_tile_may_be_kept_and_is_asked_for_again_only_if_changed(client: Client, home) -> None:
    factories.RoadFactory()
    tile = tile_at(14)
    address = f"/tiles/base/{tile.z}/{tile.x}/{tile.y}.mvt"
    response = client.get(address, headers={"accept-encoding": "gzip"})
    assert response["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == tile_bytes("base", tile)
    assert "max-age=1800" in response["Cache-Control"]
    again = client.get(address, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    factories.RoadFactory(name="新路", geometry=factories.line((106.0, 38.001), (106.01, 38.001)))
    assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", ["base/17/0/0", "base/3/8/0", "base/3/0/8", "secret/3/0/0"])
def test_a_tile_that_is_none_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"/tiles/{address}.mvt").status_code == 404


class TestKeptTiles:
    """Tiles are kept in a process, and what has changed is seen all the same."""

    @pytest.fixture(autouse=True)
    def empty(self):
        shelf.clear()
        yield
        shelf.clear()

    def test_a_tile_asked_for_again_is_not_made_again(
        self, home, monkeypatch, django_assert_num_queries
    ) -> None:
        factories.RoadFactory(road_class=RoadClass.PRIMARY)
        first = shelf.get("base", tile_at(12))
        assert first.content
        monkeypatch.setattr("maps.tile_shelf.tile_bytes", None)
        with django_assert_num_queries(2):
            assert shelf.get("base", tile_at(12)) is first

    @pytest.mark.parametrize("change", ["new", "moved", "restricted", "deleted"])
    def test_a_change_of_the_ground_is_seen_at_once(self, home, change: str) -> None:
        road = factories.RoadFactory(
            road_class=RoadClass.PRIMARY, geometry=factories.line((LON, LAT), (LON + 0.01, LAT))
        )
        before = shelf.get("base", tile_at(14)).content
        if change == "new":
            factories.RoadFactory(
                road_class=RoadClass.PRIMARY, geometry=factories.line((LON, LAT), (LON, LAT + 0.01))
            )
        elif change == "moved":
            Road.objects.update(geometry=factories.line((LON, LAT), (LON + 0.005, LAT + 0.005)))
        elif change == "restricted":
            Road.objects.update(restricted=True)
        else:
            road.delete()
        assert shelf.get("base", tile_at(14)).content != before

    def test_the_next_day_makes_tiles_anew(self, home, monkeypatch) -> None:
        factories.RoadFactory(road_class=RoadClass.PRIMARY)
        first = shelf.get("base", tile_at(12))
        tomorrow = timezone.localdate() + datetime.timedelta(days=1)
        monkeypatch.setattr("maps.tile_shelf.timezone.localdate", lambda: tomorrow)
        assert shelf.get("base", tile_at(12)) is not first

    def test_a_process_keeps_no_more_than_it_may(self, home) -> None:
        factories.RoadFactory(
            road_class=RoadClass.PRIMARY, geometry=factories.line((LON, LAT), (LON + 0.2, LAT + 0.2))
        )
        small = Shelf(most_bytes=2000)
        for z in range(9, 16):
            small.get("base", tile_at(z))
        assert small.size <= 2000 or len(small._entries) == 1
