"""From degrees to millimetres on paper: a plane of one's own for each sheet, at a round scale.

A sheet is drawn in a transverse Mercator projection on the ellipsoid of CGCS2000 whose central meridian runs through the middle of
what is shown, wherever the borders of the official zones lie. Over a county its scale differs from the true one by less than one
part in a thousand, so that the scale bar holds everywhere on the sheet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Proj

_ELLIPSOID: Final = "+a=6378137 +rf=298.257222101"
_ROUND: Final = (1, 1.1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9)
_BAR_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True)
class View:
    """What part of the earth lies on a frame of paper, and how large.

    Attributes
    ----------
    width_mm, height_mm
        The frame.
    centre
        Longitude and latitude of its middle, degrees (EPSG:4490).
    denominator
        The scale is one to this.
    """

    width_mm: float
    height_mm: float
    centre: tuple[float, float]
    denominator: float
    _project: Proj = field(repr=False)

    def to_paper(self, shapes: Any) -> Any:
        """Return geometries in degrees as geometries in millimetres: x to the right, y down, from the frame's upper left corner."""

        def place(coordinates: Any) -> Any:
            x, y = self._project(coordinates[:, 0], coordinates[:, 1])
            return np.column_stack(
                [
                    self.width_mm / 2 + np.asarray(x) * 1000 / self.denominator,
                    self.height_mm / 2 - np.asarray(y) * 1000 / self.denominator,
                ]
            )

        return shapely.transform(shapes, place)

    def degrees_at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """Return longitude and latitude of a point of the paper."""
        metres = self.denominator / 1000
        lon, lat = self._project(
            (x_mm - self.width_mm / 2) * metres, (self.height_mm / 2 - y_mm) * metres, inverse=True
        )
        return float(lon), float(lat)

    def box_of(self, other: View) -> tuple[float, float, float, float]:
        """Return where another view's frame lies on this one, in millimetres: left, top, right, bottom."""
        corners = [
            shapely.Point(other.degrees_at(x, y)) for x in (0, other.width_mm) for y in (0, other.height_mm)
        ]
        left, top, right, bottom = shapely.total_bounds(self.to_paper(np.array(corners))).tolist()
        return left, top, right, bottom

    def extent_mm(self, bounds: tuple[float, float, float, float]) -> tuple[float, float]:
        """Return how wide and how high bounds in degrees are on this paper."""
        west, south, east, north = bounds
        corners = [shapely.Point(x, y) for x in (west, east) for y in (south, north)]
        left, top, right, bottom = shapely.total_bounds(self.to_paper(np.array(corners))).tolist()
        return right - left, bottom - top

    def scale_bar(self, *, longest_mm: float) -> tuple[float, float]:
        """Return a round distance in metres and its length on paper, at most ``longest_mm`` long."""
        most_m = longest_mm * self.denominator / 1000
        unit = 10.0 ** math.floor(math.log10(most_m))
        metres = max(step * unit for step in _BAR_STEPS if step * unit <= most_m)
        return metres, metres * 1000 / self.denominator


def view_of(
    bounds: tuple[float, float, float, float], *, width_mm: float, height_mm: float, margin_mm: float = 5.0
) -> View:
    """Return the view that shows bounds (west, south, east, north in degrees) as large as a round scale lets it.

    Raises
    ------
    ValueError
        If the bounds are not finite, or the frame is no larger than its margins.
    """
    if not all(math.isfinite(value) for value in bounds):
        raise ValueError(f"a sheet needs something to show; its bounds are {bounds}")
    if min(width_mm, height_mm) <= 2 * margin_mm:
        raise ValueError("the frame is no larger than its margins")
    west, south, east, north = bounds
    centre = ((west + east) / 2, (south + north) / 2)
    project = Proj(
        f"+proj=tmerc +lon_0={centre[0]} +lat_0={centre[1]} +k=1 +x_0=0 +y_0=0 {_ELLIPSOID} +units=m"
    )
    x, y = project([west, east, west, east, centre[0], centre[0]], [south, south, north, north, south, north])
    # The middle is that of the box in degrees: the farther of its two sides decides.
    half_width_m, half_height_m = max(map(abs, x)), max(map(abs, y))
    needed = max(
        half_width_m * 2000 / (width_mm - 2 * margin_mm), half_height_m * 2000 / (height_mm - 2 * margin_mm)
    )
    return View(width_mm, height_mm, centre, round_scale(max(needed, 500)), project)


def round_scale(needed: float) -> float:
    """Return the next round denominator that is no smaller than ``needed``."""
    unit = 10.0 ** math.floor(math.log10(needed))
    return next(step * unit for step in (*_ROUND, 10) if step * unit >= needed * (1 - 1e-9))
