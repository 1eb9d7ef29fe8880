"""The county's outline, street grids of its towns, and the points everything else is drawn on."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shapely import Polygon, prepare, union_all
from shapely.geometry import Point

from .base import XY, Town, Unit, distance, roughen, spline, to_local

# Corners of the outline in degrees: invented, within the county's published extent.
RIVER = [
    (106.222, 37.930), (106.200, 37.962), (106.206, 37.990), (106.192, 38.020), (106.200, 38.050), (106.187, 38.080),
    (106.204, 38.108), (106.196, 38.134), (106.222, 38.158), (106.224, 38.186), (106.252, 38.212), (106.258, 38.240),
    (106.288, 38.262), (106.290, 38.290), (106.322, 38.312), (106.330, 38.345),
]  # fmt: skip
LAND = [
    (106.330, 38.345), (106.40, 38.342), (106.47, 38.345), (106.53, 38.318), (106.60, 38.330), (106.67, 38.296),
    (106.74, 38.292), (106.80, 38.252), (106.865, 38.215), (106.845, 38.150), (106.820, 38.085), (106.838, 38.010),
    (106.866, 37.935), (106.842, 37.865), (106.852, 37.795), (106.800, 37.735), (106.730, 37.705), (106.650, 37.700),
    (106.575, 37.655), (106.490, 37.630), (106.410, 37.606), (106.335, 37.628), (106.287, 37.672), (106.268, 37.730),
    (106.274, 37.790), (106.246, 37.840), (106.240, 37.888), (106.222, 37.930),
]  # fmt: skip


Corner = tuple[int, int]

# The county town is no rectangle: corners are not built, and some streets end at a park or a school.
CORE_NOT_BUILT = frozenset(
    {(0, 10), (1, 10), (0, 9), (9, 10), (8, 10), (9, 9), (0, 0), (1, 0), (0, 1), (9, 0), (9, 1), (8, 0)}
)
CORE_CLOSED = frozenset(
    {
        ((7, 3), (8, 3)),
        ((2, 8), (3, 8)),
        ((6, 9), (6, 10)),
        ((1, 4), (1, 5)),
        ((8, 7), (8, 8)),
        ((4, 2), (4, 3)),
    }
)


@dataclass
class Grid:
    """A town's streets: lines across and along a centre, turned by an angle (degrees, anticlockwise)."""

    name: str
    town: str
    centre: XY
    angle: float
    xs: Sequence[float]
    ys: Sequence[float]
    primary_x: frozenset[int] = frozenset()
    primary_y: frozenset[int] = frozenset()
    not_built: frozenset[Corner] = frozenset()
    closed: frozenset[tuple[Corner, Corner]] = frozenset()
    blocks: list[Corner] = field(init=False)
    points: dict[Corner, XY] = field(init=False)

    def __post_init__(self) -> None:
        """Lay the corners of the blocks that are built: (i, j) is the block's south-western one."""
        places = [(i, j) for i in range(len(self.xs) - 1) for j in range(len(self.ys) - 1)]
        self.blocks = [place for place in places if place not in self.not_built]
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        self.points = {
            (i, j): (
                self.centre[0] + self.xs[i] * cos - self.ys[j] * sin,
                self.centre[1] + self.xs[i] * sin + self.ys[j] * cos,
            )
            for i, j in sorted({corner for block in self.blocks for corner in self.corners(block)})
        }

    @staticmethod
    def corners(block: Corner) -> tuple[Corner, Corner, Corner, Corner]:
        """Return a block's corners: south-west, south-east, north-east, north-west."""
        i, j = block
        return (i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)

    def streets(self) -> list[tuple[Corner, Corner, str, int]]:
        """Return stretches between two crossings: from, to, whether along ``x`` or ``y``, and the number of the line."""
        found = {}
        for block in self.blocks:
            sw, se, ne, nw = self.corners(block)
            for a, b, along in ((sw, se, "x"), (nw, ne, "x"), (sw, nw, "y"), (se, ne, "y")):
                if (a, b) not in self.closed:
                    found[a, b] = (a, b, along, a[1] if along == "x" else a[0])
        return [found[pair] for pair in sorted(found)]

    def outline(self, margin_m: float) -> Polygon:
        """Return the area of all blocks, ``margin_m`` wider on every side."""
        areas = [Polygon([self.points[corner] for corner in self.corners(block)]) for block in self.blocks]
        return union_all(areas).buffer(margin_m, join_style="mitre")

    def block_centres(self, rng: random.Random) -> list[XY]:
        """Return a point near the middle of every block: not exactly, so that no four lie on one circle."""
        centres = []
        for i, j in self.blocks:
            (x0, y0), (x1, y1) = self.points[i, j], self.points[i + 1, j + 1]
            centres.append(((x0 + x1) / 2 + rng.uniform(-9, 9), (y0 + y1) / 2 + rng.uniform(-9, 9)))
        return centres


def outline(rng: random.Random) -> Polygon:
    """Return the county's outline in the working projection: a winding river in the west, rough lines elsewhere."""
    river = spline([to_local(*p) for p in RIVER], steps=12)
    land = roughen([to_local(*p) for p in LAND], rng, until_m=900, share=0.16)
    polygon = Polygon([*river, *land[1:-1]])
    return polygon if polygon.is_valid else polygon.buffer(0)


def _steps(count: int, spacing: float) -> list[float]:
    return [(i - (count - 1) / 2) * spacing for i in range(count)]


def grids(towns: Sequence[Town], units: Sequence[Unit]) -> list[Grid]:
    """Return the street grids: a large one in the county town, an industrial one, small ones in the townships."""
    centre = {town.code: town.centre for town in towns}
    seat = {unit.code: unit.seat for unit in units}
    town_x = [-2050, -1600, -1180, -780, -390, 0, 400, 820, 1240, 1680, 2140]
    town_y = [-2150, -1740, -1320, -930, -560, -190, 170, 540, 950, 1370, 1800, 2250]
    core = Grid("core", "640181001", to_local(106.3403, 38.1012), 1.5, town_x, town_y,
                frozenset({5}), frozenset({6}), CORE_NOT_BUILT, CORE_CLOSED)  # fmt: skip
    east = Grid("industry", "640181103", to_local(106.588, 38.160), -6, _steps(7, 640), _steps(6, 580),
                frozenset({3}), frozenset({3}), frozenset({(5, 0), (0, 4), (0, 0)}))  # fmt: skip
    small = [
        ("640181102", centre["640181102"], 8, 5, 4, 210), ("640181101", centre["640181101"], 12, 5, 4, 200),
        ("640181105", centre["640181105"], -4, 4, 4, 210), ("640181200", centre["640181200"], 14, 4, 3, 200),
        ("640181400", centre["640181400"], 3, 4, 4, 220), ("640181201", centre["640181201"], -9, 4, 3, 200),
        ("640181104", seat["640181104200"], 5, 4, 3, 220), ("640181103", seat["640181103002"], -14, 4, 4, 240),
    ]  # fmt: skip
    return [core, east, *(Grid(f"small-{i}", t, c, a, _steps(nx, s), _steps(ny, s), frozenset({nx // 2}), frozenset({ny // 2}))
                          for i, (t, c, a, nx, ny, s) in enumerate(small))]  # fmt: skip


class Sieve:
    """Points that keep a distance from one another, looked up by cell."""

    def __init__(self, cell_m: float) -> None:
        self.cell_m = cell_m
        self.cells: dict[tuple[int, int], list[XY]] = defaultdict(list)

    def add(self, point: XY) -> None:
        """Take a point in."""
        self.cells[int(point[0] // self.cell_m), int(point[1] // self.cell_m)].append(point)

    def clear_of(self, point: XY, radius_m: float) -> bool:
        """Tell whether no point taken in lies within ``radius_m`` of ``point``."""
        reach = math.ceil(radius_m / self.cell_m)
        ci, cj = int(point[0] // self.cell_m), int(point[1] // self.cell_m)
        return all(
            distance(other, point) >= radius_m
            for i in range(ci - reach, ci + reach + 1)
            for j in range(cj - reach, cj + reach + 1)
            for other in self.cells.get((i, j), ())
        )


def spacing_near(seats: Sequence[XY]) -> Callable[[XY], float]:
    """Return how far apart points lie (metres): close by the seats of villages, wide in the desert."""

    def spacing(point: XY) -> float:
        nearest = min(distance(point, seat) for seat in seats)
        return min(1250.0, 215.0 + 0.16 * nearest)

    return spacing


def scatter(county: Polygon, towns: Sequence[Grid], seats: Sequence[XY], rng: random.Random) -> list[XY]:
    """Return points over the county: first the seats, then others at distances that grow away from them.

    Nothing lies within a town's grid or close beside it: there the streets are the points.
    """
    prepare(county)
    inner = county.buffer(-150)
    prepare(inner)
    blocked = [grid.outline(110) for grid in towns]
    for area in blocked:
        prepare(area)
    sieve = Sieve(300)
    kept: list[XY] = []
    for grid in towns:
        for point in grid.points.values():
            sieve.add(point)
    for seat in seats:
        if not any(area.covers(Point(seat)) for area in blocked):
            sieve.add(seat)
            kept.append(seat)
    spacing = spacing_near(seats)
    min_x, min_y, max_x, max_y = inner.bounds
    pitch = 150.0
    columns, rows = int((max_x - min_x) / pitch), int((max_y - min_y) / pitch)
    lattice = [(i, j) for i in range(columns) for j in range(rows)]
    rng.shuffle(lattice)
    for i, j in lattice:
        point = (min_x + (i + rng.random()) * pitch, min_y + (j + rng.random()) * pitch)
        if not sieve.clear_of(point, 200):
            continue
        where = Point(point)
        if (
            sieve.clear_of(point, spacing(point))
            and inner.covers(where)
            and not any(a.covers(where) for a in blocked)
        ):
            sieve.add(point)
            kept.append(point)
    return kept
