"""No description of a co-ordinate system makes this machine open a file."""

from __future__ import annotations

import shutil

import pyproj
import pytest
from shapely import Point

from geo_registry.geodata.crs import require_crs, resolve
from geo_registry.geodata.crs_files import file_named_by
from geo_registry.geodata.errors import HostileFile, UnknownCrs, UnreadableFile
from geo_registry.geodata.readers import open_source

PRJ = (
    'GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298.257]],PRIMEM["G",0],UNIT["degree",0.0174],'
    'EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/hostname"]]'
)
HOSTILE = [
    "+proj=longlat +ellps=GRS80 +nadgrids=/etc/passwd +no_defs",
    "+proj=longlat +nadgrids=@/tmp/x.gsb +no_defs",
    "+proj=longlat +geoidgrids=g.gtx +no_defs",
    "+init=/tmp/evil:1",
    "+init=world:bng",
    "/etc/passwd",
    "file:///etc/passwd",
    "https://example.org/crs.wkt",
    PRJ,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_description_that_names_a_file_is_refused_with_the_name(text):
    with pytest.raises(UnknownCrs) as refusal:
        resolve(text)
    assert file_named_by(text)[:20] in refusal.value.render()


@pytest.mark.parametrize(
    "text",
    ["EPSG:4490", "EPSG:3857", "+init=epsg:4326", "WGS84", "CGCS2000 3-degree zone 35", pyproj.CRS("EPSG:3857").to_wkt("WKT1_GDAL"),
     pyproj.CRS("EPSG:4544").to_wkt("WKT1_ESRI"), "+proj=longlat +datum=WGS84 +nadgrids=@null"],
)  # fmt: skip
def test_what_names_none_is_understood_as_ever(text):
    assert require_crs(text, file="").name


def shapefile(folder, prj):
    import geopandas

    geopandas.GeoDataFrame({"name": ["a"]}, geometry=[Point(106, 38)], crs="EPSG:4490").to_file(
        folder / "a.shp"
    )
    (folder / "a.prj").write_text(prj)
    return folder / "a.shp"


def test_a_shapefile_whose_prj_names_a_file_is_not_read(tmp_path):
    path = shapefile(tmp_path, PRJ)
    with pytest.raises(HostileFile, match="nadgrids"):
        open_source(path)
    archive = shutil.make_archive(str(tmp_path.parent / "zipped"), "zip", tmp_path)
    with pytest.raises(HostileFile, match="nadgrids"):
        open_source(archive)


def test_a_prj_that_is_no_description_at_all_is_damaged(tmp_path):
    with pytest.raises(UnreadableFile):
        open_source(shapefile(tmp_path, "x" * 100_000))
