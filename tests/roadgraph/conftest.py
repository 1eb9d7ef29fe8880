from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import shapely

from geo_registry.roadgraph import Mode, Profile

LON, LAT = 106.3, 38.1
"""A place inside no particular county, at about its latitude."""


def lonlat_of_metres(points: Sequence[tuple[float, float]] | np.ndarray, lon: float = LON, lat: float = LAT):
    """Metres east and north of a corner to degrees, by the radii of curvature (not by the code under test)."""
    a, e2 = 6378137.0, 0.0066943800229
    w = 1 - e2 * np.sin(np.radians(lat)) ** 2
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    north = points[:, 1] / (a * (1 - e2) / w**1.5)
    east = points[:, 0] / (a / np.sqrt(w) * np.cos(np.radians(lat)))
    return np.column_stack([lon + np.degrees(east), lat + np.degrees(north)])


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(lonlat_of_metres(points))


def profile(**changes: object) -> Profile:
    values: dict[str, object] = {
        "code": "walk",
        "mode": Mode.FOOT,
        "speed_m_s": 1.0,
        "off_road_speed_m_s": 0.5,
        "snap_limit_m": 200.0,
        "respects_oneway": False,
        "detour_factor": 1.3,
    }
    return Profile(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def walk() -> Profile:
    """1 m/s on roads and half of it off them: times that can be read off a map."""
    return profile()


@pytest.fixture(scope="session")
def drive() -> Profile:
    return profile(
        code="drive",
        mode=Mode.CAR,
        speed_m_s=None,
        speed_by_class_m_s={"primary": 20.0, "residential": 10.0},
        respects_oneway=True,
    )
