"""The facility register: named and invented facilities, each at a lane of its village, with a dated history."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from shapely.geometry import Point

from .base import XY, Unit, chance, distance, to_lonlat
from .county import County, beside
from .plans import (
    BUILDING,
    CLOSED,
    HOURS,
    HOURS_OF,
    KINDS,
    MERGED,
    NAMED,
    OPEN,
    PAUSED,
    PER_TOWNSHIP,
    PLANNED,
    ROLES,
    SERIES,
    Kind,
    Named,
    Series,
    Step,
)

REGISTER_DAY = "2024-12-31"
REGISTER_YEAR = 2024
_HISTORY_FROM = 2022
# An exchange number that begins with 0 is not given out: nobody answers, and nobody is disturbed.
_PHONE = "0951-0000"


@dataclass
class Facility:
    """One row of the register; ``lonlat`` may be spoilt on purpose later."""

    number: str
    name: str
    kind: str
    unit: Unit
    steps: list[Step]
    point: XY
    ownership: str
    mode: str
    operator: str = ""
    contract: tuple[str, str] = ("", "")
    published: bool = True
    note: str = ""
    kind_text: str = ""
    lonlat: tuple[float | None, float | None] = (None, None)
    values: dict[str, object] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """What holds at the end of 2024."""
        return self.steps[-1][0]

    @property
    def opened_on(self) -> str:
        """The first day in operation, where that is invented too."""
        return next(
            (day for status, day, reason in self.steps if status == OPEN and "建库时" not in reason), ""
        )


class Register:
    """Collects facilities, gives them numbers and puts them at a lane."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.units = {unit.code.removeprefix("640181"): unit for unit in county.units}
        self.rng = chance(county.seed, "facilities")
        self.count: dict[str, int] = {}
        self.facilities: list[Facility] = []
        self.taken: list[XY] = []

    def _number(self, kind: Kind) -> str:
        self.count[kind.letter] = self.count.get(kind.letter, 0) + 1
        return f"{kind.letter}{self.count[kind.letter]:04d}"

    def add_named(self, named: Named) -> None:
        """Take in a facility with a history of its own."""
        kind = KINDS[named.kind]
        self.facilities.append(
            Facility(
                self._number(kind),
                named.name,
                named.kind,
                self.units[named.unit],
                list(named.steps),
                self._spot(self.units[named.unit]),
                named.ownership,
                named.mode,
                named.operator,
                named.contract,
                named.published,
                named.note,
                kind.name,
            )
        )

    def add_series(self, series: Series, places: list[tuple[str, Unit]]) -> None:
        """Take in invented facilities of one kind, one for each of ``places`` (what it is called after, and its unit)."""
        kind = KINDS[series.kind]
        years = [span for number, *span in series.opened for _each in range(number)]
        order = list(range(len(places)))
        self.rng.shuffle(order)
        for position, index in enumerate(order):
            place, unit = places[index]
            steps = self._history(series, years, position, len(places))
            named_by_plan = series.kind == "child-station"
            name = f"{place}{'' if named_by_plan else '示范'}{kind.name}"
            operator = "示范运营机构丙（虚构）" if series.mode == "公办民营" else ""
            facility = Facility(
                "",
                name,
                series.kind,
                unit,
                steps,
                self._spot(unit),
                series.ownership,
                series.mode,
                operator,
                kind_text=kind.name,
            )
            if operator:
                facility.contract = ("2024-01-01", "2026-12-31")
            self.facilities.append(facility)
        for facility in self.facilities[-len(places) :]:
            facility.number = self._number(kind)

    def _history(self, series: Series, years: list[list[int]], position: int, total: int) -> list[Step]:
        """Return the dated steps of the facility at ``position``; the oldest come first, the unfinished last."""
        rng = self.rng
        if position >= total - series.not_yet:
            planned: Step = (PLANNED, f"2024-0{rng.randint(1, 4)}-15", "列入计划（示范）")
            building: Step = (BUILDING, f"2024-0{rng.randint(6, 9)}-10", "开工（示范）")
            return [planned, building] if position % 2 else [planned]
        first, last = years[min(position, len(years) - 1)]
        year = rng.randint(first, last)
        steps: list[Step] = []
        if year >= _HISTORY_FROM and rng.random() < 0.4:
            steps.append((BUILDING, f"{year - 1}-{rng.randint(4, 11):02d}-01", "改建（示范）"))
        steps.append(
            (OPEN, f"{year}-{rng.randint(3, 11):02d}-{rng.choice((1, 8, 15, 20)):02d}", "开业（示范）")
        )
        old = sum(first < _HISTORY_FROM for first, _last in years)
        fates = [status for status, share in series.later for _each in range(round(share * old))]
        if position < len(fates):
            steps.extend(self._fate(fates[position], position))
        return steps

    def _fate(self, status: str, position: int) -> list[Step]:
        """Return what became of an old facility in 2022-2024; every other pause is over."""
        rng = self.rng
        year = (2023, 2022, 2024)[position % 3]
        day = f"{year}-{rng.randint(1, 10):02d}-{rng.choice((5, 12, 25)):02d}"
        reason = {PAUSED: "供暖改造", MERGED: "并入邻村站点", CLOSED: "停办"}.get(status, "就餐人数不足")
        steps: list[Step] = [(status, day, f"{reason}（示范）")]
        if status == PAUSED and year < REGISTER_YEAR and position % 2 == 0:
            steps.append((OPEN, f"{year + 1}{day[4:]}", "恢复运营（示范）"))
        return steps

    def _spot(self, unit: Unit) -> XY:
        """Return a point some metres off a lane of the unit, apart from other facilities."""
        net, rng = self.county.net, self.rng
        shape = self.county.boundaries.units[unit.code].buffer(-25)
        homes = [home for home in self.county.homes if home.unit.code == unit.code and not home.remote]
        for _attempt in range(400):
            home = rng.choices(homes, [(250 / (250 + distance(home.xy, unit.seat))) ** 2 for home in homes])[
                0
            ]
            edges = sorted(
                edge
                for edge in net.near(home.xy, home.xy, 400)
                if net.roads[edge].rank >= 4
                and not net.roads[edge].bridge
                and distance(net.xy[edge[0]], net.xy[edge[1]]) > 35
            )
            if not edges:
                continue
            a, b = rng.choice(edges)
            spot = beside(
                net.xy[a], net.xy[b], rng.uniform(0.2, 0.8), rng.choice((-1, 1)) * rng.uniform(9, 22)
            )
            if (
                distance(spot, home.xy) < 400
                and shape.covers(Point(spot))
                and all(distance(spot, t) > 25 for t in self.taken)
            ):
                self.taken.append(spot)
                return spot
        raise RuntimeError(f"no room for a facility in {unit.name}")


def _details(facility: Facility, rng: random.Random, serial: int) -> dict[str, object]:
    """Return the columns that follow from kind and status: capacity, hours, telephone, building."""
    kind, running = KINDS[facility.kind], facility.status == OPEN
    working = facility.status in (OPEN, PAUSED)
    values: dict[str, object] = {}
    if kind.beds and facility.status != PLANNED:
        beds = round(rng.uniform(*kind.beds) / 10) * 10
        vacant = round(beds * rng.uniform(0.3, 0.6)) if running else beds
        values.update(
            beds_total=beds,
            beds_nursing=round(beds * rng.uniform(0.45, 0.7)),
            beds_vacant=vacant,
            residents_in=beds - vacant,
        )
    if kind.places and facility.status != PLANNED:
        values["daycare_places"] = rng.randint(*kind.places)
    if kind.meals and facility.status != PLANNED:
        capacity = round(rng.uniform(*kind.meals) / 5) * 5
        values["meals_capacity"] = capacity
        if running:
            values["meals_daily"] = round(capacity * rng.uniform(0.3, 0.95))
    if kind.area_m2:
        values["area_m2"] = round(rng.uniform(*kind.area_m2) / 5) * 5
    if working:
        values["staff"] = rng.randint(*kind.staff)
        values["opening_hours"] = rng.choice(HOURS[HOURS_OF.get(facility.kind, "office")])
    if working and rng.random() < 0.9:
        values["phone"] = f"{_PHONE}{serial:03d}"
    if facility.kind in ("meal-point", "station", "canteen") and rng.random() < 0.3:
        values.update(tenure="租赁", lease_to=f"{rng.randint(2025, 2028)}-{rng.randint(1, 12):02d}-28")
    elif facility.status != PLANNED:
        values["tenure"] = "自有"
    values["contact_role"] = ROLES.get(facility.kind, "站长" if "站" in kind.name else "负责人")
    return values


def make_register(county: County) -> list[Facility]:
    """Return every facility without any fault yet, ordered by number."""
    register = Register(county)
    for named in NAMED:
        register.add_named(named)
    for series in SERIES:
        places = [(register.units[code].place_name, register.units[code]) for code in series.units.split()]
        register.add_series(series, places)
    for series in PER_TOWNSHIP:
        first = [next(u for u in county.units if u.town == town.code) for town in county.towns]
        register.add_series(
            series, [(town.name, unit) for town, unit in zip(county.towns, first, strict=True)]
        )
    register.facilities.sort(key=lambda facility: facility.number)
    rng = chance(county.seed, "details")
    for serial, facility in enumerate(register.facilities, start=1):
        facility.values = _details(facility, rng, serial)
        facility.lonlat = to_lonlat(*facility.point)
        if facility.status in (MERGED, CLOSED):
            facility.published = False
    return register.facilities
