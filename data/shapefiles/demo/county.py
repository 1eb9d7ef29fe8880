"""The whole county put together, still in the working projection."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapely.geometry import Point

from .base import XY, Town, Unit, chance, distance, read_towns, read_units, to_local
from .divisions import Boundaries, draw
from .ground import Grid, grids, outline, scatter
from .lanes import lay_block_lanes, lay_hamlet_lanes, lay_island, make_one_way, remote_spot
from .mesh import Mesh
from .motorways import build_bridges, build_interchanges, lay_motorways
from .names import NameGiver
from .net import Edge, Net
from .roads import RoadBuilder
from .settle import PLAIN_TOWNS, Home, settle, unit_totals

ISLANDS = ("640181104203", "640181201209", "640181103204")
FAR_FROM_ROADS = ("640181104201", "640181201205")


@dataclass
class County:
    """Everything that the files are written from."""

    seed: int
    towns: list[Town]
    units: list[Unit]
    grids: list[Grid]
    boundaries: Boundaries
    net: Net
    homes: list[Home]
    totals: dict[str, int]
    lanes: dict[int, list[Edge]]
    islands: list[list[Edge]] = field(default_factory=list)
    interchanges: int = 0


def make_county(seed: int) -> County:
    """Return the county that belongs to ``seed``."""
    units = read_units()
    towns = read_towns(units)
    border = outline(chance(seed, "outline"))
    streets = grids(towns, units)
    points = scatter(border, streets, [unit.seat for unit in units], chance(seed, "scatter"))
    rng = chance(seed, "blocks")
    seeds = [*points, *(centre for grid in streets for centre in grid.block_centres(rng))]
    boundaries = draw(border, seeds, units, towns)
    net = Net()
    mesh = Mesh(net, points, streets, border, chance(seed, "mesh"))
    totals = unit_totals(towns, units, chance(seed, "totals"))
    homes = settle(mesh, streets, units, boundaries, totals, chance(seed, "settle"))
    mesh.fixed.update(home.node for home in homes if home.node is not None)
    county = County(seed, towns, units, streets, boundaries, net, homes, totals, {})
    _lay_roads(county, mesh)
    _name_homes(county)
    return county


def _lay_roads(county: County, mesh: Mesh) -> None:
    rng = chance(county.seed, "roads")
    builder = RoadBuilder(mesh, county.grids, county.units)
    builder.lay_streets()
    builder.lay_routes(county.boundaries.county)
    builder.join_villages(county.homes, rng)
    builder.lay_field_roads(420, rng)
    mesh.straighten(8)
    builder.reach_the_edge(to_local(106.3, 38.0)[0])
    lay_block_lanes(mesh, county.grids, chance(county.seed, "blocks lanes"))
    lay_motorways(county.net, county.boundaries.county)
    bridges = build_bridges(county.net)
    county.interchanges = build_interchanges(county.net, bridges)
    county.lanes = lay_hamlet_lanes(county.net, county.homes, chance(county.seed, "lanes"))
    make_one_way(county.net)
    _add_remote_homes(county)
    _move_beside_lanes(county)


def _add_remote_homes(county: County) -> None:
    rng = chance(county.seed, "remote")
    units = {unit.code: unit for unit in county.units}
    for code in ISLANDS:
        point, edges = lay_island(county.net, units[code], county.boundaries, rng)
        county.islands.append(edges)
        county.homes.append(Home(units[code], "自然村", point, None, 0.5, remote="island"))
    for code in FAR_FROM_ROADS:
        spot = remote_spot(county.net, units[code], county.boundaries, rng, clear_m=1250, reach_m=2600)
        county.homes.append(Home(units[code], "自然村", spot, None, 0.35, remote="far from roads"))


def _move_beside_lanes(county: County) -> None:
    """Put every hamlet's point among its houses, some thirty metres off a lane, not on the road."""
    rng = chance(county.seed, "beside")
    for home in county.homes:
        if home.node is None:
            continue
        shape = county.boundaries.units[home.unit.code].buffer(-5)
        lanes = county.lanes.get(home.node) or [(home.node, min(county.net.neighbours[home.node]))]
        a, b = lanes[0]
        home.xy = beside(county.net.xy[a], county.net.xy[b], 0.5, rng.choice((-1, 1)) * rng.uniform(18, 40))
        if not shape.covers(Point(home.xy)):
            home.xy = county.net.xy[home.node]


def beside(a: XY, b: XY, share: float, offset_m: float) -> XY:
    """Return the point ``offset_m`` to the left of the segment ab, at a share of its length."""
    length = distance(a, b)
    dx, dy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    return a[0] + dx * length * share - dy * offset_m, a[1] + dy * length * share + dx * offset_m


def _name_homes(county: County) -> None:
    giver = NameGiver(chance(county.seed, "home names"))
    for unit in county.units:
        own = [home for home in county.homes if home.unit.code == unit.code]
        for number, home in enumerate(own, start=1):
            home.code = f"{unit.code}-{number:02d}"
            if home.kind == "小区":
                home.name = giver.estate(unit.town)
            else:
                home.name = giver.hamlet(unit.town, dry=unit.town not in PLAIN_TOWNS)
    county.homes.sort(key=lambda home: home.code)
