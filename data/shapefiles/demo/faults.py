"""Faults put into the register on purpose. ``README.md`` lists them; ``tests/data`` finds every one again."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from shapely.geometry import Point

from .base import distance, to_lonlat
from .county import County
from .facilities import Facility
from .plans import OPEN
from .settle import Home

_NEXT_TOWN_M = 2600
REFUSED, WARNED, SILENT = "refused", "warned", "silent"
FACILITY_FILE, STATUS_FILE = "facilities.xlsx", "facility_status.xlsx"


@dataclass(frozen=True)
class Fault:
    """One spoilt row: what was done to it, and what the importer is to do."""

    number: str
    what: str
    outcome: str
    file: str = FACILITY_FILE


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return GCJ-02 co-ordinates for WGS84/CGCS2000 ones, as vendor maps shift them (the published approximation)."""
    a, ee = 6378245.0, 0.00669342162296594323
    x, y = lon - 105.0, lat - 35.0
    waves = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    d_lat += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    d_lat += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    d_lon += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    d_lon += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    radians = lat / 180 * math.pi
    magic = 1 - ee * math.sin(radians) ** 2
    lat_m = a * (1 - ee) / (magic * math.sqrt(magic)) * math.pi
    lon_m = a / math.sqrt(magic) * math.cos(radians) * math.pi
    return round(lon + d_lon * 180 / lon_m, 6), round(lat + d_lat * 180 / lat_m, 6)


class Spoiler:
    """Picks sound rows, each only once, and spoils them."""

    def __init__(self, county: County, register: list[Facility]) -> None:
        self.county = county
        self.register = register
        self.spoilt: set[str] = set()
        self.faults: list[Fault] = []

    def pick(self, test: Callable[[Facility], bool]) -> Facility:
        """Return the first invented, running facility that passes ``test`` and is still sound."""
        for facility in self.register:
            if (
                "示范" in facility.name
                and facility.status == OPEN
                and facility.number not in self.spoilt
                and test(facility)
            ):
                self.spoilt.add(facility.number)
                return facility
        raise RuntimeError("no row left to spoil")

    def note(self, facility: Facility, what: str, outcome: str) -> None:
        """Write a fault down."""
        self.faults.append(Fault(facility.number, what, outcome))

    def stays_in_village_when_shifted(self, facility: Facility) -> bool:
        """Tell whether the shift of vendor maps leaves the point within its village, so that nothing shows."""
        lon, lat = to_gcj02(*to_lonlat(*facility.point))
        return self.county.boundaries.lonlat[facility.unit.code].buffer(-0.0003).covers(Point(lon, lat))


def spoil(county: County, register: list[Facility]) -> list[Fault]:
    """Spoil some rows of ``register`` in place, add two rows, and return what was done."""
    spoiler = Spoiler(county, register)
    _swap(spoiler)
    _shift(spoiler)
    _displace(spoiler)
    _empty(spoiler)
    _contradict(spoiler)
    _add_bad_rows(spoiler)
    return spoiler.faults


def _swap(spoiler: Spoiler) -> None:
    for kind in ("canteen", "child-home"):
        facility = spoiler.pick(lambda f, kind=kind: f.kind == kind)  # type: ignore[misc]
        facility.lonlat = facility.lonlat[::-1]
        spoiler.note(facility, "经度与纬度对调", REFUSED)


def _shift(spoiler: Spoiler) -> None:
    for kind in ("canteen", "station"):
        facility = spoiler.pick(
            lambda f, kind=kind: f.kind == kind and spoiler.stays_in_village_when_shifted(f)  # type: ignore[misc]
        )
        facility.lonlat = to_gcj02(*to_lonlat(*facility.point))
        facility.values["location_source"] = "手机地图拾取"
        spoiler.note(facility, "坐标为GCJ-02，偏数百米，仍在本村内", SILENT)


def _displace(spoiler: Spoiler) -> None:
    homes = spoiler.county.homes

    def nearest_abroad(facility: Facility) -> Home:
        foreign = [home for home in homes if home.unit.town != facility.unit.town]
        return min(foreign, key=lambda home: distance(home.xy, facility.point))

    for kind in ("canteen", "happiness-home"):
        facility = spoiler.pick(
            lambda f, kind=kind: f.kind == kind and distance(nearest_abroad(f).xy, f.point) < _NEXT_TOWN_M  # type: ignore[misc]
        )
        away = nearest_abroad(facility)
        facility.lonlat = to_lonlat(*away.xy)
        spoiler.note(facility, f"点位落在邻乡镇（{away.unit.place_name}）", WARNED)


def _empty(spoiler: Spoiler) -> None:
    for kind in ("canteen", "child-home"):
        facility = spoiler.pick(lambda f, kind=kind: f.kind == kind)  # type: ignore[misc]
        facility.lonlat = (None, None)
        facility.values.pop("location_source", None)
        spoiler.note(facility, "没有坐标", WARNED)
    for kind, columns in (
        ("nursing-home", ("beds_total", "beds_nursing", "beds_vacant")),
        ("day-care", ("daycare_places", "meals_capacity")),
        ("canteen", ("meals_capacity",)),
    ):
        facility = spoiler.pick(lambda f, kind=kind: f.kind == kind)  # type: ignore[misc]
        for column in columns:
            facility.values.pop(column, None)
        spoiler.note(facility, "没有容量（床位、照料位或供餐能力）", WARNED)


def _contradict(spoiler: Spoiler) -> None:
    facility = spoiler.pick(lambda f: f.kind == "nursing-home")
    facility.values["beds_vacant"] = int(str(facility.values["beds_total"])) + 15
    spoiler.note(facility, "空余床位多于床位数", REFUSED)
    facility = spoiler.pick(lambda f: f.kind == "child-home")
    facility.values["opening_hours"] = "周六周日 上午九点到下午五点"
    spoiler.note(facility, "开放时间不合OSM写法", WARNED)
    facility = spoiler.pick(lambda f: f.kind == "canteen")
    facility.values["as_of"] = "2021-06-30"
    spoiler.note(facility, "数据日期早于三年前", SILENT)


def _add_bad_rows(spoiler: Spoiler) -> None:
    model = next(
        f
        for f in spoiler.register
        if f.kind == "canteen" and f.status == OPEN and f.number not in spoiler.spoilt
    )
    unknown = deepcopy(model)
    unknown.number, unknown.name, unknown.kind_text = "YL9001", "示范养老驿站（类型不明）", "养老驿站"
    spoiler.note(unknown, "类型不在目录中", REFUSED)
    twice = deepcopy(model)
    twice.name = f"{model.name}（重复登记）"
    spoiler.note(twice, "设施编号重复（第二行）", REFUSED)
    spoiler.register.extend([unknown, twice])
