"""GCJ-02 and BD-09: the two offset systems of Chinese web maps, forward and inverse.

GCJ-02 adds to WGS 84 (numerically CGCS2000) a smooth offset of up to about 700 m, computed on the Krasovsky
ellipsoid from sums of sines. The formula has never been published; the one used here is the one that all open
implementations share ("eviltransform"), and it agrees with vendors' maps to about a metre or two. BD-09 adds
to GCJ-02 a shift, a turn and a ripple in polar form.

Both maps are a near-identity: ``offset(p) = p + d(p)`` where ``d`` changes by less than 3 % of any step. So
the inverse is the fixed point of ``p = target - d(p)``, and plain iteration gains at least one and a half
digits a round. It is run until no co-ordinate moves by more than 1e-12 degrees (0.1 micrometres), which takes
three to ten rounds.

Outside the rectangle that the vendors use for China nothing is changed, in either direction. All functions
take and return arrays of degrees, longitude first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Offset = Callable[[Floats, Floats], tuple[Floats, Floats]]

# The rectangle within which vendors apply the offset (as in every open implementation).
CHINA_RECTANGLE = (72.004, 0.8293, 137.8347, 55.8271)

_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_CENTRE_LON, _CENTRE_LAT = 105.0, 35.0
_BD_LON, _BD_LAT = 0.0065, 0.006
_BD_TURNS = np.pi * 3000.0 / 180.0
_CONVERGED_DEG = 1e-12
_MAX_ROUNDS = 30


def in_china_rectangle(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Tell which points lie in the rectangle within which the offsets apply."""
    west, south, east, north = CHINA_RECTANGLE
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _gcj02_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - _CENTRE_LON, lat - _CENTRE_LAT
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north_m += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east_m += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - _KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_radius_m = _KRASOVSKY_A_M * (1.0 - _KRASOVSKY_E2) / (w2 * np.sqrt(w2))
    parallel_radius_m = _KRASOVSKY_A_M / np.sqrt(w2) * np.cos(phi)
    return np.degrees(east_m / parallel_radius_m), np.degrees(north_m / meridian_radius_m)


def _bd09_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Offset from GCJ-02 to BD-09."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURNS)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURNS)
    return radius * np.cos(angle) + _BD_LON - lon, radius * np.sin(angle) + _BD_LAT - lat


def _apply(lon: Floats, lat: Floats, offset: Offset) -> tuple[Floats, Floats]:
    inside = in_china_rectangle(lon, lat)
    out_lon, out_lat = lon.copy(), lat.copy()
    d_lon, d_lat = offset(lon[inside], lat[inside])
    out_lon[inside] += d_lon
    out_lat[inside] += d_lat
    return out_lon, out_lat


def _invert(lon: Floats, lat: Floats, offset: Offset) -> tuple[Floats, Floats]:
    # Whether the offset had been applied is decided by where the point came from, not by where it is now: a
    # point just inside the rectangle may have been carried out of it. A margin of one degree bounds the work.
    west, south, east, north = CHINA_RECTANGLE
    near = (lon >= west - 1) & (lon <= east + 1) & (lat >= south - 1) & (lat <= north + 1)
    goal_lon, goal_lat = lon[near], lat[near]
    found_lon, found_lat = goal_lon.copy(), goal_lat.copy()
    for _ in range(_MAX_ROUNDS):
        d_lon, d_lat = offset(found_lon, found_lat)
        step = np.maximum(np.abs(goal_lon - d_lon - found_lon), np.abs(goal_lat - d_lat - found_lat))
        found_lon, found_lat = goal_lon - d_lon, goal_lat - d_lat
        if not step.size or float(step.max()) <= _CONVERGED_DEG:
            break
    moved = in_china_rectangle(found_lon, found_lat)
    out_lon, out_lat = lon.copy(), lat.copy()
    out_lon[near] = np.where(moved, found_lon, goal_lon)
    out_lat[near] = np.where(moved, found_lat, goal_lat)
    return out_lon, out_lat


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees in WGS 84 or CGCS2000 → degrees in GCJ-02."""
    return _apply(lon, lat, _gcj02_offset)


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees in GCJ-02 → degrees in WGS 84 or CGCS2000."""
    return _invert(lon, lat, _gcj02_offset)


def wgs84_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees in WGS 84 or CGCS2000 → degrees in BD-09."""
    return _apply(lon, lat, _gcj02_and_bd09_offset)


def bd09_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees in BD-09 → degrees in WGS 84 or CGCS2000."""
    return _invert(lon, lat, _gcj02_and_bd09_offset)


def _gcj02_and_bd09_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    g_lon, g_lat = _gcj02_offset(lon, lat)
    b_lon, b_lat = _bd09_offset(lon + g_lon, lat + g_lat)
    return g_lon + b_lon, g_lat + b_lat
