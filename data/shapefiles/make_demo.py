"""Make the openly invented demo county: ``python data/shapefiles/make_demo.py [--seed N] [--out DIR]``.

Real are the names and codes in ``sources/``; all else is drawn from the seed. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.base import chance
from demo.county import County, make_county
from demo.facilities import Facility, make_register
from demo.faults import FACILITY_FILE, REFUSED, STATUS_FILE, WARNED, Fault, spoil
from demo.layers import built_up_frame, divisions_frame, population_frame, road_rows, roads_frame
from demo.manifest import Entry, write_manifest
from demo.people import count_people
from demo.placenames import HEADERS as NAME_HEADERS
from demo.placenames import RoadRow, name_rows
from demo.plans import KINDS
from demo.tables import FACILITY_HEADERS, STATUS_HEADERS, facility_row, status_rows
from demo.write import write_geopackage, write_shapefile, write_workbook

SEED = 2024


def main() -> None:
    """Write every file of the demo county."""
    parser = argparse.ArgumentParser(description="Make the openly invented demo county.")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="another gives another county (default %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to"
    )
    options = parser.parse_args()
    make(options.seed, options.out)


def make(seed: int, out: Path) -> None:
    """Write every file of the county that belongs to ``seed`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    county = make_county(seed)
    roads = road_rows(county)
    register = make_register(county)
    faults = spoil(county, register)
    entries = [
        *_write_ground(county, roads, out),
        *_write_register(register, faults, out),
        _write_names(county, roads, out),
    ]
    write_manifest(out / "manifest.toml", entries, faults, seed)


def _write_ground(county: County, roads: list[RoadRow], out: Path) -> list[Entry]:
    counts = count_people(county.homes, county.totals, chance(county.seed, "people"))
    divisions, built_up = divisions_frame(county), built_up_frame(county)
    write_shapefile(divisions, out / "divisions.shp", "Polygon")
    write_shapefile(built_up, out / "built_up_areas.shp", "Polygon", "GBK")
    write_shapefile(roads_frame(roads), out / "roads.shp", "LineString")
    write_geopackage(population_frame(county, counts), out / "population.gpkg", "population")
    return [
        Entry(
            "divisions",
            "divisions.shp",
            len(divisions),
            encoding="UTF-8",
            mapping={"parent_code": "上级", "counted": "计入"},
            note="两行（自治区、银川市）没有图形",
        ),
        Entry(
            "built-up-areas",
            "built_up_areas.shp",
            len(built_up),
            encoding="GBK",
            mapping={"code": "bh", "name": "mc", "division_code": "xzqdm", "as_of": "sjrq"},
        ),
        Entry(
            "roads",
            "roads.shp",
            len(roads),
            encoding="UTF-8",
            mapping={
                "source_ref": "road_id",
                "road_class": "class",
                "speed_kmh": "speed",
                "width_m": "width",
                "bicycle": "bike",
            },
        ),
        Entry("population", "population.gpkg", len(county.homes), layer="population"),
    ]


def _write_register(register: list[Facility], faults: list[Fault], out: Path) -> list[Entry]:
    register.sort(key=lambda facility: facility.number)
    write_workbook(
        out / FACILITY_FILE,
        title="灵武市民政服务设施基本情况表（示范数据，除个别名称外均为虚构）",
        headers=list(FACILITY_HEADERS.values()),
        rows=[facility_row(f, KINDS[f.kind].functions) for f in register],
        sheet="设施",
    )
    history = status_rows(register, faults)
    write_workbook(
        out / STATUS_FILE,
        title="民政服务设施状态变动台账（示范数据，均为虚构）",
        headers=STATUS_HEADERS,
        rows=history,
        sheet="状态",
    )

    def entry(kind: str, file: str, rows: int, sheet: str) -> Entry:
        outcomes = [fault.outcome for fault in faults if fault.file == file]
        return Entry(kind, file, rows, outcomes.count(REFUSED), outcomes.count(WARNED), sheet, header_row=2)

    return [
        entry("facilities", FACILITY_FILE, len(register), "设施"),
        entry("facility-status", STATUS_FILE, len(history), "状态"),
    ]


def _write_names(county: County, roads: list[RoadRow], out: Path) -> Entry:
    names = name_rows(county, roads)
    write_workbook(
        out / "place_names.xlsx",
        title="地名登记表（示范数据，除村和社区名称外均为虚构）",
        headers=NAME_HEADERS,
        rows=[row.cells(number) for number, row in enumerate(names, start=1)],
        sheet="地名",
    )
    return Entry("place-names", "place_names.xlsx", len(names), layer="地名", header_row=2)


if __name__ == "__main__":
    main()
