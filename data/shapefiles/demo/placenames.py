"""Names of villages, hamlets, streets and lanes, with spellings; every story openly invented."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass

from shapely.geometry import LineString, Point

from .base import XY, chance, distance, to_local, to_lonlat
from .county import County
from .names import IMPLIED_STREETS, SURNAME_READINGS, is_doubtful, romanise
from .net import Road

HEADERS = [
    "外部编号",
    "地名代码",
    "标准名称",
    "罗马字母拼写",
    "拼写已确认",
    "类别",
    "所属政区",
    "对应区划代码",
    "对应道路编号",
    "经度",
    "纬度",
    "地名来历",
    "地名含义",
    "历史沿革",
    "曾用名",
    "批准机关",
    "批准时间",
    "密级",
    "公开",
]
RoadRow = tuple[str, list[XY], Road]
# The category of a village as a division in the national codes; serials from 900001 on are invented.
_VILLAGE_CATEGORY = "21610"


@dataclass
class NameRow:
    """One row of the sheet of place names."""

    name: str
    kind: str
    division: str
    pinyin: str
    confirmed: bool = True
    place_code: str = ""
    names_division: str = ""
    roads: str = ""
    lonlat: XY | None = None
    origin: str = ""
    meaning: str = ""
    history: str = ""
    former: str = ""
    approved_by: str = ""
    approved_on: str = ""
    secrecy: str = ""
    published: bool = True

    def cells(self, number: int) -> list[object]:
        """Return the cells in the order of ``HEADERS``."""
        lon, lat = self.lonlat or (None, None)
        approved = datetime.date.fromisoformat(self.approved_on) if self.approved_on else None
        cells = [
            f"DM{number:05d}",
            self.place_code,
            self.name,
            self.pinyin,
            "是" if self.confirmed else "否",
            self.kind,
            self.division,
            self.names_division,
            self.roads,
            lon,
            lat,
            self.origin,
            self.meaning,
            self.history,
            self.former,
            self.approved_by,
            approved,
            self.secrecy,
            "是" if self.published else "否",
        ]
        return [None if cell == "" else cell for cell in cells]


def name_rows(county: County, roads: list[RoadRow]) -> list[NameRow]:
    """Return names of units, hamlets and roads, in that order."""
    return [*_units(county), *_hamlets(county), *_roads(county, roads)]


def _units(county: County) -> list[NameRow]:
    rows = []
    kinds = {"village": "村", "community": "社区", "living_area": "生活区"}
    for serial, unit in enumerate(county.units, start=1):
        generic = kinds[unit.kind]
        rows.append(
            NameRow(
                unit.place_name,
                generic,
                unit.town,
                romanise(unit.place_name, generic),
                not is_doubtful(unit.place_name),
                place_code=f"{unit.code[:9]}{_VILLAGE_CATEGORY}{900_000 + serial:06d}"
                if unit.kind == "village"
                else "",
                names_division=unit.code,
                lonlat=to_lonlat(*unit.seat),
                published=not is_doubtful(unit.place_name),
            )
        )
    return rows


def _hamlets(county: County) -> list[NameRow]:
    rng = chance(county.seed, "hamlet stories")
    rows = []
    for home in county.homes:
        if home.kind != "自然村":
            continue
        sure = not is_doubtful(home.name) and rng.random() < 0.85
        row = NameRow(
            home.name,
            "自然村",
            home.unit.code,
            romanise(home.name),
            sure,
            lonlat=to_lonlat(*home.xy),
            published=sure,
        )
        if home.name[1:2] == "家":
            surname = home.name[0]
            if surname in SURNAME_READINGS or rng.random() < 0.3:
                row.origin = f"示范文字：编者设想最早有{surname}姓人家住在这里，因此得名。"
        elif rng.random() < 0.4:
            row.meaning = "示范文字：编者按字面设想，由地貌和方位得名。"
        if rng.random() < 0.08:
            row.former = f"老{home.name}" if not home.name.startswith("老") else f"{home.name[1:]}子"
            row.history = "示范文字：编者设想曾随渠道改线搬迁，名称沿用。"
        rows.append(row)
    hidden = [row for row in rows if row.published][7::90][:3]
    for row in hidden:
        row.secrecy, row.published = "内部", False
    return rows


def _roads(county: County, roads: list[RoadRow]) -> list[NameRow]:
    rng = chance(county.seed, "road stories")
    groups: dict[tuple[str, str], list[RoadRow]] = defaultdict(list)
    for number, line, road in roads:
        if road.name and "匝道" not in road.name:
            groups[road.name, _built_up(county, line, road)].append((number, line, road))
    rows = []
    for (name, grid), parts in sorted(groups.items()):
        generic = next((g for g in ("大道", "路", "街", "巷", "线") if name.endswith(g)), "")
        town = next((g.town for g in county.grids if g.name == grid), "")
        row = NameRow(
            name,
            generic if generic in ("街", "巷") else "道路",
            town or _division(county, parts[0][1]),
            romanise(name, generic),
            roads=";".join(number for number, _line, _road in parts),
        )
        row.confirmed = row.published = rng.random() < 0.9
        if name in IMPLIED_STREETS and grid == "core":
            row.history = "示范文字：名称见于社区名称，走向为示范。"
        elif grid:
            row.origin = "示范文字：名称和走向都是编者虚构的。"
        if grid and generic in ("路", "街"):
            row.approved_by, row.approved_on = (
                "示范批准机关",
                f"{rng.randint(1996, 2021)}-{rng.randint(1, 12):02d}-15",
            )
        if name in ("兴业路", "长兴路", "文汇街") and grid == "core":
            row.former = {"兴业路": "示范北二路", "长兴路": "示范南一路", "文汇街": "示范西四街"}[name]
        rows.append(row)
    return rows


def _built_up(county: County, line: list[XY], road: Road) -> str:
    """Return the town's grid a street belongs to, so that streets of one name in two towns stay two."""
    if road.name.endswith(("线",)) or "示范" in road.name:
        return ""
    middle = to_local(*line[len(line) // 2])
    near = [grid for grid in county.grids if grid.outline(60).covers(Point(middle))]
    if not near:
        return ""
    return min(near, key=lambda grid: distance(grid.centre, middle)).name


def _division(county: County, line: list[XY]) -> str:
    """Return the township in which a road's first stretch lies."""
    middle = LineString(line).interpolate(0.5, normalized=True)
    for town in county.towns:
        if county.boundaries.lonlat[town.code].covers(middle):
            return town.code
    return "640181"
