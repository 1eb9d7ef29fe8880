"""Programs that people really use read the interface: GDAL's OAPIF driver in ``ogr2ogr``, ``ogrinfo`` and pyogrio."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyogrio
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NEEDS_OGR = pytest.mark.skipif(
    shutil.which("ogr2ogr") is None, reason="ogr2ogr (Debian's gdal-bin) is not installed"
)


def ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def source(live_server, registry) -> str:
    return f"OAPIF:{live_server.url}/api/"


@NEEDS_OGR
def test_ogrinfo_finds_the_collections(source: str) -> None:
    said = ran("ogrinfo", "-ro", source)
    for name in ("facilities", "place-names", "divisions", "roads"):
        assert name in said


@NEEDS_OGR
def test_ogr2ogr_reads_page_after_page(source: str, tmp_path: Path) -> None:
    target = tmp_path / "out.geojson"
    ran("ogr2ogr", "-f", "GeoJSON", str(target), source, "facilities", "-oo", "PAGE_SIZE=2")
    features = json.loads(target.read_text("utf-8"))["features"]
    assert sorted(one["properties"]["number"] for one in features) == ["F-1", "F-2", "F-3", "F-4", "F-5"]
    assert features[0]["geometry"]["coordinates"] == [106.01, 38.0]
    assert features[0]["properties"]["name"] == "西湖1号助餐点"


@NEEDS_OGR
def test_ogr2ogr_filters_by_box_and_by_property(source: str, tmp_path: Path) -> None:
    target = tmp_path / "box.geojson"
    ran(
        "ogr2ogr",
        "-f",
        "GeoJSON",
        str(target),
        source,
        "facilities",
        "-spat",
        "106.015",
        "37.9",
        "106.035",
        "38.1",
    )
    found = [one["properties"]["number"] for one in json.loads(target.read_text("utf-8"))["features"]]
    assert sorted(found) == ["F-2", "F-3"]
    target = tmp_path / "where.geojson"
    ran("ogr2ogr", "-f", "GeoJSON", str(target), source, "facilities", "-where", "number = 'F-4'")
    found = [one["properties"]["number"] for one in json.loads(target.read_text("utf-8"))["features"]]
    assert found == ["F-4"]


# In a process of its own: GDAL keeps the interpreter to itself while it waits, and the live server answers from this one.
READ = """
import json, sys, pyogrio
source, given = sys.argv[1], json.loads(sys.argv[2])
if "bbox" in given:
    given["bbox"] = tuple(given["bbox"])
frame = pyogrio.read_dataframe(source, **given)
print(json.dumps({
    "numbers": sorted(frame["number"]) if "number" in frame else [],
    "west": float(frame.geometry.bounds.minx.min()),
    "types": sorted(set(frame.geometry.geom_type)),
}))
"""


def read(source: str, **given: Any) -> dict[str, Any]:
    return dict(json.loads(ran(sys.executable, "-c", READ, source, json.dumps(given)).splitlines()[-1]))


@pytest.mark.skipif("OAPIF" not in pyogrio.list_drivers(), reason="this pyogrio has no OAPIF driver")
def test_pyogrio_reads_filters_and_keeps_the_order_of_axes(source: str) -> None:
    everything = read(source, layer="facilities")
    assert everything["numbers"] == ["F-1", "F-2", "F-3", "F-4", "F-5"]
    assert everything["west"] > 100
    some = read(source, layer="facilities", where="number = 'F-2' OR number = 'F-5'")
    assert some["numbers"] == ["F-2", "F-5"]
    boxed = read(source, layer="facilities", bbox=[106.0, 37.9, 106.025, 38.1])
    assert boxed["numbers"] == ["F-1", "F-2"]
    assert read(source, layer="roads")["types"] == ["LineString"]
