"""What is drawn on a sheet, as frames: made by a service, drawn and written by this package.

All geometries are in degrees of EPSG:4490, longitude first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

CRS: Final = "EPSG:4490"

PLACES: Final = ("name", "division", "township", "people", "step", "minutes", "nearest", "state")
FACILITIES: Final = ("number", "code", "name", "kind", "shape", "glyph", "division", "township")
DIVISIONS: Final = (
    "name",
    "code",
    "level",
    "lon",
    "lat",
    "people",
    "covered",
    "uncovered",
    "unknown",
    "share",
)
ROADS: Final = ("name", "ref", "road_class")
BUILT_UP: Final = ("name",)


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The layers of one sheet.

    Attributes
    ----------
    places
        Populated places with `PLACES`. ``people`` is missing in what is for the public; ``step`` is a position in the legend or
        ``"unknown"``; ``minutes`` is missing where there is no way.
    facilities
        With `FACILITIES`; ``number`` is that of the list.
    divisions
        Those that are outlined or named, with `DIVISIONS`; ``lon`` and ``lat`` are where the name stands; a geometry may be empty.
    roads, built_up
        The base map, with `ROADS` and `BUILT_UP`.
    """

    places: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    divisions: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the divisions; where no boundary is known, of places and facilities.

        A point that was entered far off does not make the map small: it lies beyond the frame.

        Raises
        ------
        ValueError
            If there is nothing.
        """
        shapes = _there(self.divisions)
        if not len(shapes):
            shapes = np.concatenate([_there(self.places), _there(self.facilities)])
        if not len(shapes):
            raise ValueError("there is neither a boundary nor a place nor a facility to show")
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return west, south, east, north


def _there(of: gpd.GeoDataFrame) -> Any:
    shapes = of.geometry.to_numpy()
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return rows that have a ``geometry`` as a frame with just these columns, also where there are no rows."""
    data = {name: [row.get(name) for row in rows] for name in columns}
    geometry = gpd.GeoSeries([row["geometry"] for row in rows], crs=CRS)
    return gpd.GeoDataFrame(data, geometry=geometry, crs=CRS)
