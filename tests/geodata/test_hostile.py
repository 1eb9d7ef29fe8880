"""Files made to do harm, or simply far too large: each ends in rows or in one sentence, within a stated bound of memory."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest
import shapely

from geo_registry.geodata.errors import GeodataError, HostileFile, LimitExceeded, Message, UnreadableFile
from geo_registry.geodata.isolation import open_isolated
from geo_registry.geodata.positions import position
from geo_registry.geodata.readers import open_source
from geo_registry.geodata.values import BadValue

from .files import kml, ods, places, shapefile, xlsx

# What the reading process may have in memory for any of these; the libraries alone take some 150 MiB.
BOUND_BYTES = 1024 * 1024**2
TURNS = 1_200_000


def outcome(path: Path) -> tuple[int, str]:
    """Return the number of rows, or the sentence, and hold the reading process to its bound."""
    try:
        with open_isolated(path) as source:
            rows = sum(1 for _ in source.rows())
            assert source.peak_memory_bytes < BOUND_BYTES
            return rows, " ".join(str(issue.message) for issue in source.issues)
    except GeodataError as error:
        sentence = str(error)
        assert path.name in sentence
        assert sentence.endswith((".", "!"))
        return 0, sentence


def test_a_million_columns_are_one_sentence(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n" + "1," * 1_000_000 + "\n")
    assert "more than the 1000 that are read" in outcome(path)[1]


def test_a_line_without_end_is_one_sentence(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "x" * 20_000_000)
    assert "which no table has" in outcome(path)[1]


def test_thirty_million_cells_in_few_bytes_are_one_sentence(tmp_path):
    row = '<table:table-row table:number-rows-repeated="30000"><table:table-cell table:number-columns-repeated="1000" '
    extra = row + 'office:value-type="float" office:value="1"/></table:table-row>'
    assert "more than can be read" in outcome(ods(tmp_path / "a.ods", [["a", "b"]], extra=extra))[1]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE kml [<!ENTITY a "'
        + "x" * 1000
        + '">'
        + "".join(f'<!ENTITY a{n} "{"&a;" * 50}">' for n in range(9))
        + "]>",
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_entities_are_never_followed(tmp_path, prolog):
    mark = "<Placemark><name>&x;</name><Point><coordinates>106,38</coordinates></Point></Placemark>"
    with pytest.raises(HostileFile, match="declares XML entities"):
        open_source(kml(tmp_path / "a.kml", mark, prolog=prolog))
    with pytest.raises(HostileFile, match="declares XML entities"):
        open_source(ods(tmp_path / "a.ods", [["名称"]], prolog=prolog))


def test_a_name_with_a_zero_byte_in_an_archive_reaches_no_disk(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("aXb.csv", "name,n\na,1\n")
    content = (tmp_path / "a.zip").read_bytes().replace(b"aXb.csv", b"a\x00b.csv")
    (tmp_path / "a.zip").write_bytes(content)
    rows, sentence = outcome(tmp_path / "a.zip")
    assert rows == 0
    assert sentence


def geojson(path: Path, coordinates: str, kind: str = "LineString") -> Path:
    feature = '{"type":"Feature","properties":{"name":"甲"},"geometry":{"type":"%s","coordinates":%s}}'
    path.write_text('{"type":"FeatureCollection","features":[' + feature % (kind, coordinates) + "]}")
    return path


@pytest.mark.parametrize(
    ("coordinates", "kind"),
    [
        ("[NaN,38]", "Point"), ("[1e400,38]", "Point"), ("[1e308,-1e308]", "Point"), ("[]", "Point"), ('["x",2]', "Point"),
        ("[[]]", "Polygon"), ("[[[0,0],[1,1]]]", "Polygon"), ("[" * 50_000 + "]" * 50_000, "Polygon"), ("null", "Point"),
        ("[[[0,0],[1,1],[1,0],[0,1],[0,0]]]", "Polygon"), ("[106,38,1e308]", "Point"), ("[[106,38]]", "LineString"),
    ],
)  # fmt: skip
def test_geometry_that_is_none_is_a_row_or_a_sentence(tmp_path, coordinates, kind):
    rows, sentence = outcome(geojson(tmp_path / "a.geojson", coordinates, kind))
    assert rows == 1 or sentence


def million_vertices(count: int) -> str:
    return "[" + ",".join(f"[106.{n % 997:03d},38.{n % 991:03d}]" for n in range(count)) + "]"


def test_a_geometry_of_more_than_a_million_vertices_is_left_out_and_told(tmp_path):
    assert (
        "too large to be read as GeoJSON"
        in outcome(geojson(tmp_path / "a.geojson", million_vertices(TURNS)))[1]
    )
    points = " ".join(f"106.{n % 997:03d},38.{n % 991:03d}" for n in range(TURNS))
    rows, sentence = outcome(
        kml(
            tmp_path / "a.kml",
            f"<Placemark><LineString><coordinates>{points}</coordinates></LineString></Placemark>",
        )
    )
    assert rows == 1
    assert "vertices or more" in sentence


@pytest.mark.slow
def test_ten_million_vertices_stay_within_the_bound(tmp_path):
    line = shapely.LineString([(106 + n % 997 / 1000, 38 + n % 991 / 1000) for n in range(10_000_000)])
    frame = places()[:1].set_geometry([line], crs="EPSG:4490")
    for name in ("a.gpkg", "a.shp"):
        frame.to_file(tmp_path / name, engine="pyogrio")
        rows, sentence = outcome(tmp_path / name)
        assert rows == 1
        assert "10000000 vertices or more" in sentence
    rows, sentence = outcome(geojson(tmp_path / "a.geojson", million_vertices(10_000_000)))
    assert rows == 1 or sentence


def test_many_cells_stay_within_the_bound(tmp_path):
    path = xlsx(
        tmp_path / "a.xlsx",
        [[f"列{n}" for n in range(20)], *([f"{row}号{n}" for n in range(20)] for row in range(2_000))],
    )
    assert outcome(path)[0] == 2_000


def test_a_json_of_millions_of_small_things_is_a_row_or_a_sentence(tmp_path):
    path = tmp_path / "a.geojson"
    inner = json.dumps({f"k{n}": n for n in range(50_000)})
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
        + inner
        + ',"geometry":null}]}'
    )
    assert outcome(path)[1]


def test_a_zip_of_zeros_is_told_by_its_ratio(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as stream:
        for _ in range(64):
            stream.write(b"0,0\n" * 262_144)
    with pytest.raises((HostileFile, LimitExceeded), match="times"):
        open_isolated(path)


PLACEMARK = "<Placemark>{}<Point><coordinates>106,38</coordinates></Point></Placemark>"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            PLACEMARK.format("".join(f'<Data name="c{n}"><value>1</value></Data>' for n in range(2_000))),
            "columns",
        ),
        (
            "".join(PLACEMARK.format(f'<Data name="c{n}"><value>1</value></Data>') for n in range(2_000)),
            "columns",
        ),
        ("<Folder>" * 100_000 + PLACEMARK.format(""), "stand in one another"),
        ("<Placemark>" + "<MultiGeometry>" * 50_000, "stand in one another"),
    ],
    ids=["of one", "of all", "folders", "parts"],
)
def test_a_map_of_too_many_columns_or_levels_is_one_sentence(tmp_path, content, says):
    assert says in outcome(kml(tmp_path / "a.kml", content))[1]


def test_a_geopackage_that_was_copied_while_it_was_open_is_told(tmp_path):
    path = tmp_path / "a.gpkg"
    places().to_file(path)
    assert outcome(path) == (3, "")
    with path.open("r+b") as stream:
        stream.seek(18)
        stream.write(b"\x02\x02")
    rows, said = outcome(path)
    assert rows == 3
    assert "copied while it was open" in said


@pytest.mark.parametrize(
    ("at", "value"), [(8, 1), (8, 33), (10, 0), (10, 5), (4, 1), (4, 2_000_000_000), (48, 255)],
    ids=["header", "short header", "no record", "short record", "few", "many", "long field"],
)  # fmt: skip
def test_a_table_of_a_shapefile_that_lies_about_its_lengths_is_called_damaged(tmp_path, at, value):
    path = shapefile(tmp_path / "shp")
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[at : at + (1 if at == 48 else 2 if at > 4 else 4)] = value.to_bytes(
        1 if at == 48 else 2 if at > 4 else 4, "little"
    )
    table.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"dbf|do not belong together"):
        open_source(path)


@pytest.mark.parametrize(
    "text",
    ["1" * 900_000, "106°" * 200_000, "1 " * 400_000, "E" * 900_000],
    ids=["digits", "angles", "pairs", "words"],
)
def test_a_cell_of_a_million_characters_is_no_place_at_once(text):
    begun = time.process_time()
    with pytest.raises(BadValue):
        position(text)
    assert time.process_time() - begun < 2


def test_rows_of_a_megabyte_come_a_few_at_a_time(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,note\n" + ("a," + "x" * 900_000 + "\n") * 60)
    with open_isolated(path) as source:
        batches = [len(batch) for batch in source.batches(5_000)]
    assert (sum(batches), max(batches) <= 25) == (60, True)


def test_rows_come_in_lists_of_the_size_that_was_asked_for(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "".join(f"a,{n}\n" for n in range(2_600)))
    with open_isolated(path) as source:
        batches = list(source.batches(1_200))
    assert [len(batch) for batch in batches] == [1_200, 1_200, 200]
    assert [row.values["n"] for batch in batches for row in batch] == [str(n) for n in range(2_600)]


def test_a_sentence_names_a_long_value_by_its_beginning():
    said = Message("“{value}” is no number.", {"value": "9" * 1_000_000}).render()
    assert len(said) < 1_100
    assert said.endswith("…” is no number.")


def test_what_turns_text_about_or_is_not_seen_is_no_part_of_a_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n\u202e甲\u2066院\u200f\x07,1\n")
    with open_source(path) as source:
        assert [row.values["name"] for row in source.rows()] == ["甲院"]
