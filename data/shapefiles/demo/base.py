"""What every part of the generator shares: inputs, the working projection, seeded chance, plain geometry."""

from __future__ import annotations

import csv
import itertools
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry
from shapely.ops import transform

SOURCES = Path(__file__).resolve().parent.parent / "sources"

# Metres east and north of 106.5 E, 38 N, on the ellipsoid of CGCS2000: only to draw with, never to store.
_LOCAL = "+proj=tmerc +lat_0=38 +lon_0=106.5 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs"
_TO_LOCAL = Transformer.from_crs("EPSG:4490", _LOCAL, always_xy=True)
_TO_LONLAT = Transformer.from_crs(_LOCAL, "EPSG:4490", always_xy=True)

XY = tuple[float, float]

# Residents of the 2020 census, and the region's share of people of 60 and over in that year.
COUNTY_RESIDENTS = 294_156
SHARE_60 = 0.1352
CENSUS_DAY = "2020-11-01"

KIND_ZH = {"village": "村", "community": "社区", "living_area": "生活区"}
TOWN_KIND_ZH = {"0": "街道", "1": "镇", "2": "乡", "4": "农场"}


@dataclass(frozen=True)
class Town:
    """A township-level unit with its centre in the working projection."""

    code: str
    name: str
    centre: XY
    residents_2010: int

    @property
    def kind(self) -> str:
        """街道, 镇, 乡 or 农场, by the first digit of the unit's number."""
        return TOWN_KIND_ZH[self.code[6]]

    @property
    def short(self) -> str:
        """The name without its kind: 崇兴 of 崇兴镇."""
        return self.name.removesuffix("街道").removesuffix("镇").removesuffix("乡")


@dataclass(frozen=True)
class Unit:
    """A village, community or living area with its invented seat in the working projection."""

    code: str
    name: str
    town: str
    kind: str
    seat: XY

    @property
    def place_name(self) -> str:
        """The name of the place rather than of its committee: 韩渠村 of 韩渠村委会."""
        return self.name.removesuffix("委会")

    @property
    def specific(self) -> str:
        """The specific part: 韩渠 of 韩渠村委会, 西湖 of 西湖社区."""
        name = self.place_name
        for generic in ("生活区", "社区", "村"):
            name = name.removesuffix(generic)
        return name


def to_local(lon: float, lat: float) -> XY:
    """Return metres in the working projection for degrees (EPSG:4490)."""
    x, y = _TO_LOCAL.transform(lon, lat)
    return float(x), float(y)


def to_lonlat(x: float, y: float) -> XY:
    """Return degrees (EPSG:4490), rounded to six decimals (0.1 m), for metres in the working projection."""
    lon, lat = _TO_LONLAT.transform(x, y)
    return round(float(lon), 6), round(float(lat), 6)


def many_to_lonlat(points: Sequence[XY]) -> list[XY]:
    """Return rounded degrees for many points at once."""
    if not points:
        return []
    xs, ys = np.asarray(points, dtype=float).T
    lons, lats = _TO_LONLAT.transform(xs, ys)
    return [(round(float(a), 6), round(float(b), 6)) for a, b in zip(lons, lats, strict=True)]


def geometry_to_lonlat(geometry: BaseGeometry) -> BaseGeometry:
    """Return ``geometry`` in degrees, each vertex rounded to six decimals, so that shared ones stay shared."""

    def convert(xs: Iterable[float], ys: Iterable[float]) -> tuple[list[float], list[float]]:
        lons, lats = _TO_LONLAT.transform(list(xs), list(ys))
        return [round(float(v), 6) for v in lons], [round(float(v), 6) for v in lats]

    return transform(convert, geometry)


def chance(seed: int, part: str) -> random.Random:
    """Return a generator of one part's own, so that changing one part leaves the others as they were."""
    return random.Random(f"lingwu-demo:{seed}:{part}")


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one input table beside the generator."""
    with (SOURCES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_units() -> list[Unit]:
    """Return the 102 units with their invented seats, ordered by code."""
    seats = {row["code"]: to_local(float(row["lon"]), float(row["lat"])) for row in read_rows("seats.csv")}
    rows = sorted(read_rows("units.csv"), key=lambda row: row["code"])
    return [Unit(r["code"], r["name"], r["town_code"], r["kind"], seats[r["code"]]) for r in rows]


def read_towns(units: Sequence[Unit]) -> list[Town]:
    """Return the ten townships; one without a published centre takes the seat of its first unit (estimated)."""
    towns = []
    for row in sorted(read_rows("towns.csv"), key=lambda row: row["code"]):
        first = next(unit for unit in units if unit.town == row["code"])
        centre = to_local(float(row["lon"]), float(row["lat"])) if row["lon"] else first.seat
        towns.append(Town(row["code"], row["name"], centre, int(row["residents_about_2010"])))
    return towns


def distance(a: XY, b: XY) -> float:
    """Return the straight distance in metres between two points of the working projection."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Split ``total`` by ``weights`` into whole numbers that add up exactly (largest remainders)."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    parts = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def spline(points: Sequence[XY], *, steps: int) -> list[XY]:
    """Return a Catmull-Rom curve through ``points``, with ``steps`` pieces between each two of them."""
    padded = [points[0], *points, points[-1]]
    curve: list[XY] = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(  # type: ignore[arg-type]
                    0.5
                    * (
                        2 * b
                        + (c - a) * t
                        + (2 * a - 5 * b + 4 * c - d) * t**2
                        + (3 * b - a - 3 * c + d) * t**3
                    )
                    for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
                )
            )
    return [*curve, points[-1]]


def roughen(points: Sequence[XY], rng: random.Random, *, until_m: float, share: float) -> list[XY]:
    """Return ``points`` with displaced midpoints put in until no piece is longer than ``until_m`` metres."""
    line = list(points)
    while max(distance(a, b) for a, b in itertools.pairwise(line)) > until_m:
        finer = [line[0]]
        for a, b in itertools.pairwise(line):
            length = distance(a, b)
            if length > until_m:
                shift = rng.uniform(-share, share)
                mid = ((a[0] + b[0]) / 2 - (b[1] - a[1]) * shift, (a[1] + b[1]) / 2 + (b[0] - a[0]) * shift)
                finer.append(mid)
            finer.append(b)
        line = finer
    return line
