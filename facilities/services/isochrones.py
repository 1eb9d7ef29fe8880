"""Isochrones of the registry's facilities: areas for maps, from which people are never counted."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from django.utils.translation import gettext as _
from pyogrio.errors import DataSourceError

from geo_registry.jobs.work import JobFailure
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import EdgeIndex, Isochrone, Radius, isochrones
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.services import network as networks

from ..frames import open_facilities
from ..models import Facility, Kind, Network
from .coverage_inputs import lonlat


class IsochroneError(JobFailure):
    """Nothing can be drawn, and why, in the reader's language."""


@dataclass(frozen=True, kw_only=True)
class IsochroneRequest:
    """What is asked: whose areas, how people travel, within which limits, on which day.

    ``each``: one area for every facility instead of one for all together.
    """

    network: Network
    profile: TravelProfile
    limits_s: tuple[int, ...]
    day: datetime.date
    kinds: tuple[Kind, ...] = ()
    numbers: tuple[str, ...] = ()
    winter: bool = False
    delivery: bool = False
    each: bool = False


@dataclass(frozen=True, kw_only=True)
class IsochroneAnswer:
    """The areas, and what is missing under them."""

    frame: gpd.GeoDataFrame
    facilities: int
    without_way: tuple[str, ...]
    parameters: dict[str, Any]


def draw_isochrones(request: IsochroneRequest) -> IsochroneAnswer:
    """Draw the areas within each limit of open facilities.

    Raises
    ------
    IsochroneError
        If no such facility is open on the day, or the registry holds no roads.
    RoadGraphError
        On limits or speeds that mean nothing.
    """
    register = Facility.objects.all()
    if request.numbers:
        register = register.filter(number__in=request.numbers)
    facilities = open_facilities(register, network=request.network, day=request.day)
    if request.kinds:
        facilities = facilities[facilities["kind_id"].isin([kind.pk for kind in request.kinds])]
    if facilities.empty:
        raise IsochroneError(_("No such facility is in operation on %(day)s.") % {"day": request.day})
    profile = networks.travel_profile(request.profile, winter=request.winter)
    network = networks.road_network(profile)
    if network.graph is None:
        raise IsochroneError(_("There are no roads in the registry: no area can be drawn along them."))
    snaps = EdgeIndex(network.graph).snap(lonlat(facilities), profile)
    numbers = dict(Facility.objects.filter(pk__in=facilities.index.to_list()).values_list("pk", "number"))
    names = [numbers[pk] for pk in facilities.index]
    groups = [[row] for row in range(len(facilities))] if request.each else [list(range(len(facilities)))]
    radius_m = networks.delivery_radius_m(request.profile) if request.delivery else None
    rows: list[dict[str, Any]] = []
    for group in groups:
        found = isochrones(
            network.graph,
            snaps.take(pd.Index(group).to_numpy(dtype="int64")),
            limits_s=request.limits_s,
            direction="from-facility" if request.delivery else "to-facility",
            radius=None if radius_m is None else Radius(metres=radius_m, profile=profile),
        )
        rows += _rows(found, names[group[0]] if request.each else "")
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=f"EPSG:{SRID}")
    return IsochroneAnswer(
        frame=frame,
        facilities=len(facilities),
        without_way=tuple(name for name, snapped in zip(names, snaps.is_snapped, strict=True) if not snapped),
        parameters={
            "profile": json.loads(profile.canonical()),
            "day": request.day.isoformat(),
            "limits_s": sorted(request.limits_s),
            "delivery": request.delivery,
            "delivery_radius_m": radius_m,
            "network": network.version,
            "demo": networks.has_demo_roads()
            or Facility.objects.filter(pk__in=facilities.index.to_list(), source__is_demo=True).exists(),
        },
    )


def _rows(found: Sequence[Isochrone], facility: str) -> list[dict[str, Any]]:
    return [
        {
            "facility": facility,
            "minutes": one.limit_s / 60,
            "reached_km": round(one.reached_m / 1000, 3),
            "geometry": shapely.MultiPolygon() if one.area.is_empty else one.area,
        }
        # The widest first, so that a map draws the narrower ones on it.
        for one in reversed(found)
    ]


def write_isochrones(answer: IsochroneAnswer, path: Path) -> None:
    """Write the areas as GeoJSON (longitude first, RFC 7946) or as a GeoPackage, by the file's ending.

    Raises
    ------
    IsochroneError
        If the ending is another one, or the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in {".geojson", ".json", ".gpkg"}:
        raise IsochroneError(_("Give the file the ending .geojson or .gpkg."))
    # Written beside its place and moved there whole: who stops half-way keeps the old file or none.
    half = path.with_name(f".{path.stem}.half{ending}")
    try:
        if ending == ".gpkg":
            half.unlink(missing_ok=True)
            answer.frame.to_file(half, driver="GPKG", layer="isochrones", engine="pyogrio")
        else:
            collection = json.loads(answer.frame.to_json(drop_id=True))
            collection.pop("crs", None)
            collection["parameters"] = answer.parameters
            half.write_text(json.dumps(collection, ensure_ascii=False) + "\n", encoding="utf-8")
        half.replace(path)
    except (OSError, DataSourceError) as error:
        raise IsochroneError(
            _("%(path)s cannot be written: %(why)s.")
            % {"path": path, "why": getattr(error, "strerror", None) or error}
        ) from error
    finally:
        half.unlink(missing_ok=True)
