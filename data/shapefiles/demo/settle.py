"""Where people live: hamlets on the mesh, estates in the blocks of towns, and how many people there are by unit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from shapely import prepare
from shapely.geometry import Point

from .base import COUNTY_RESIDENTS, XY, Town, Unit, apportion, distance
from .divisions import Boundaries
from .ground import Grid
from .mesh import Mesh

# Growth of each township between about 2010 and 2020, invented: the town and the industrial base grew.
GROWTH = {
    "640181001": 1.62, "640181100": 1.24, "640181101": 1.05, "640181102": 0.93, "640181103": 1.15, "640181104": 0.70,
    "640181105": 0.86, "640181200": 0.80, "640181201": 0.92, "640181400": 0.84,
}  # fmt: skip
# Invented weights within a township: how large a unit is beside its neighbours.
_KIND_WEIGHT = {"community": 2.4, "village": 1.0, "living_area": 0.55}
PLAIN_TOWNS = {"640181100", "640181101", "640181102", "640181105", "640181200", "640181400", "640181001"}


@dataclass
class Home:
    """A hamlet or an estate. ``node`` is its place on the road network; estates lie inside a block instead."""

    unit: Unit
    kind: str
    xy: XY
    node: int | None
    weight: float
    name: str = ""
    code: str = ""
    remote: str = ""


def town_totals(towns: Sequence[Town]) -> dict[str, int]:
    """Return residents in 2020 by township; they add up to the census."""
    parts = apportion(COUNTY_RESIDENTS, [town.residents_2010 * GROWTH[town.code] for town in towns])
    return {town.code: part for town, part in zip(towns, parts, strict=True)}


def unit_totals(towns: Sequence[Town], units: Sequence[Unit], rng: random.Random) -> dict[str, int]:
    """Return residents in 2020 by unit; they add up to their townships."""
    totals: dict[str, int] = {}
    by_town = town_totals(towns)
    for town in towns:
        own = [unit for unit in units if unit.town == town.code]
        weights = [_KIND_WEIGHT[unit.kind] * rng.uniform(0.65, 1.5) for unit in own]
        for unit, part in zip(own, apportion(by_town[town.code], weights), strict=True):
            totals[unit.code] = part
    return totals


def _hamlets(
    mesh: Mesh, unit: Unit, boundaries: Boundaries, residents: int, rng: random.Random
) -> list[Home]:
    plain = unit.town in PLAIN_TOWNS
    wanted = max(3, min(9, round(residents / 330))) if plain else max(4, min(9, round(residents / 210)))
    apart_m, radius_m = (430, 2300) if plain else (900, 6500)
    inner = boundaries.units[unit.code].buffer(-175)
    prepare(inner)
    seat = mesh.nearest(unit.seat)
    scored = sorted(
        (distance(mesh.net.xy[node], unit.seat) * rng.uniform(0.5, 1.5), node)
        for node in mesh.links
        if node not in mesh.grid_set
        and distance(mesh.net.xy[node], unit.seat) < radius_m
        and inner.covers(Point(mesh.net.xy[node]))
    )
    chosen = [] if seat in mesh.grid_set or not inner.covers(Point(mesh.net.xy[seat])) else [seat]
    for _score, node in scored:
        if len(chosen) >= wanted:
            break
        if all(distance(mesh.net.xy[node], mesh.net.xy[other]) >= apart_m for other in chosen):
            chosen.append(node)
    return [
        Home(unit, "自然村", mesh.net.xy[node], node, (1.6 if i == 0 else 1.0) * rng.uniform(0.55, 1.5))
        for i, node in enumerate(chosen)
    ]


def _estates(grid: Grid, units: Sequence[Unit], boundaries: Boundaries, rng: random.Random) -> list[Home]:
    homes = []
    shapes = [
        (unit, boundaries.units[unit.code].buffer(-20)) for unit in units if unit.town in _towns_of(grid)
    ]
    for block in grid.blocks:
        corners = [grid.points[corner] for corner in grid.corners(block)]
        spots = [(0.27, 0.29), (0.72, 0.73)] if grid.name in ("core", "industry") else [(0.3, 0.7)]
        for u, v in spots:
            if rng.random() < 0.14:
                continue
            x = sum(
                c[0] * w
                for c, w in zip(corners, ((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), strict=True)
            )
            y = sum(
                c[1] * w
                for c, w in zip(corners, ((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), strict=True)
            )
            owner = next((unit for unit, shape in shapes if shape.covers(Point(x, y))), None)
            if owner is None:
                continue
            weight = rng.uniform(0.6, 1.5)
            homes.append(Home(owner, "小区", (x, y), None, weight))
    return homes


def _towns_of(grid: Grid) -> set[str]:
    return {grid.town, "640181100"} if grid.name == "core" else {grid.town}


def settle(
    mesh: Mesh,
    grids: Sequence[Grid],
    units: Sequence[Unit],
    boundaries: Boundaries,
    totals: dict[str, int],
    rng: random.Random,
) -> list[Home]:
    """Return every hamlet and estate, ordered by unit."""
    estates = [home for grid in grids for home in _estates(grid, units, boundaries, rng)]
    homes: list[Home] = []
    for unit in units:
        own = [home for home in estates if home.unit.code == unit.code]
        hamlets: list[Home] = []
        if unit.kind != "community" or len(own) < 3:
            hamlets = _hamlets(mesh, unit, boundaries, totals[unit.code], rng)
        homes.extend([*hamlets, *own])
        if not hamlets and not own:
            raise RuntimeError(f"nobody lives in {unit.name}")
    return homes
