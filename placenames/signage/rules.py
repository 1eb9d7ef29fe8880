"""What planning is done by, and what it gives."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import Any


class SiteKind(enum.StrEnum):
    """Why a sign stands where it stands; the earlier of two that are merged wins."""

    START = "start"
    END = "end"
    JUNCTION = "junction"
    REPEAT = "repeat"
    VILLAGE = "village"


class Colour(enum.StrEnum):
    """The ground of a plate: blue for roads that run east and west, green for those that run north and south."""

    BLUE = "blue"
    GREEN = "green"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The distances of planning, in metres, and how many faces a junction asks for.

    Parameters
    ----------
    snap_m
        Ends of lines that are nearer to each other, or to a line, meet.
    stub_m
        A side road that ends sooner makes no junction.
    merge_m
        Sites of one road that are this near, or nearer, are one.
    max_gap_m
        A longer gap between two sites gets signs in between.
    match_m
        A sign this near, or nearer, serves a site.
    dual_m
        Lines of one road that run beside each other this near, or nearer, are its two carriageways.
    plate_merge_m
        Entries of a village that are this near, or nearer, are one.
    faces_by_degree
        Plates at a site, by how many ways meet there: the last holds for more.
    plate_faces
        Faces of a village's plate.
    """

    snap_m: float
    stub_m: float
    merge_m: float
    max_gap_m: float
    match_m: float
    dual_m: float
    plate_merge_m: float
    faces_by_degree: tuple[int, ...] = field(default=(1, 2, 2, 4))
    plate_faces: int = 1

    def __post_init__(self) -> None:
        distances = (
            self.snap_m, self.stub_m, self.merge_m, self.match_m, self.dual_m, self.plate_merge_m,
        )  # fmt: skip
        if not self.max_gap_m > 0 or any(not 0 <= value < float("inf") for value in distances):
            raise ValueError("distances are 0 m or more, and the greatest gap is more than nothing")
        if not self.faces_by_degree or min(*self.faces_by_degree, self.plate_faces, 1) < 1:
            raise ValueError("a site has at least one face")

    def faces(self, degree: int) -> int:
        """Return how many faces a site has at which ``degree`` ways meet."""
        return self.faces_by_degree[min(max(degree, 1), len(self.faces_by_degree)) - 1]


def compass_deg(east: float, north: float) -> float:
    """Return a direction in degrees from north, clockwise, to a tenth: 0 to 359.9."""
    return round(math.degrees(math.atan2(east, north)), 1) % 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where a sign must stand.

    Attributes
    ----------
    kind
        Why there.
    part
        Which part of the road, from 0.
    measure_m
        Metres along that part from its start, on the ellipsoid.
    lon, lat
        Degrees (EPSG:4490), on the road's line.
    bearing_deg
        Where the road leads there, towards growing measure: degrees from north, clockwise, 0 to 360.
    colour
        Ground of the plate.
    degree
        How many ways meet there; 2 between junctions.
    faces
        Faces of all its plates together.
    posts
        2 where the road has two carriageways: nobody reads a sign across both.
    """

    kind: SiteKind
    part: int
    measure_m: float
    lon: float
    lat: float
    bearing_deg: float
    colour: Colour
    degree: int
    faces: int
    posts: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "kind": str(self.kind), "part": self.part, "measure_m": round(self.measure_m, 1),
            "lon": round(self.lon, 7), "lat": round(self.lat, 7), "bearing_deg": round(self.bearing_deg, 1),
            "colour": str(self.colour), "degree": self.degree, "faces": self.faces, "posts": self.posts,
        }  # fmt: skip
