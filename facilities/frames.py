"""The only crossing between querysets and arrays.

Every function reads in one or two queries, whatever the number of rows, and returns plain frames: ids, degrees of longitude and
latitude (EPSG:4490), counts. Nothing here computes.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon
from django.db.models import Q, QuerySet

from geo_registry.roadgraph.roads import RoadLines
from geo_registry.territory.models import (
    AgeGroup,
    BuiltUpArea,
    Division,
    PopulatedPlace,
    PopulationCount,
    Road,
    RoadClass,
)
from geo_registry.territory.models.divisions import SRID

from .analysis.spreading import SpreadMethod, Support, area_support, frontage_support, surroundings
from .models import CapacityReading, Facility, FacilityFunction, Kind, Network

# Roads along which people live: all but those that only pass, and paths through fields.
FRONTAGE = (
    RoadClass.TERTIARY,
    RoadClass.UNCLASSIFIED,
    RoadClass.RESIDENTIAL,
    RoadClass.LIVING_STREET,
    RoadClass.SERVICE,
    RoadClass.PEDESTRIAN,
)

_ONEWAY: dict[object, int] = {"no": 0, "forward": 1, "backward": -1}  # the values of Road.Oneway
_KMH_TO_M_S = 1 / 3.6


def road_lines(roads: QuerySet[Road] | None = None) -> tuple[RoadLines, np.ndarray]:
    """Read roads as lines with the attributes that routing needs.

    Returns
    -------
    tuple
        The lines in the order of their primary keys, and those keys.
    """
    rows = (
        (Road.objects.all() if roads is None else roads)
        .order_by("pk")
        .annotate(wkb=AsWKB("geometry"))
        .values_list(
            "pk",
            "wkb",
            "road_class",
            "oneway",
            "bridge",
            "tunnel",
            "layer",
            "speed_kmh",
            "foot",
            "bicycle",
            "motor",
        )
    )
    columns: list[tuple[object, ...]] = list(zip(*rows.iterator(chunk_size=10_000), strict=True)) or [()] * 11
    pk, wkb, road_class, oneway, bridge, tunnel, layer, speed_kmh, foot, bicycle, motor = columns
    lines = RoadLines.from_columns(
        shapely.from_wkb([bytes(value) for value in wkb]),  # type: ignore[call-overload]
        road_class=road_class,
        oneway=[_ONEWAY[value] for value in oneway],
        bridge=bridge,
        tunnel=tunnel,
        layer=layer,
        speed_limit_m_s=[np.nan if value is None else value * _KMH_TO_M_S for value in speed_kmh],  # type: ignore[operator]
        foot=foot,
        bicycle=bicycle,
        motor=motor,
    )
    return lines, np.array(pk, dtype=np.int64)


def populated_places(places: QuerySet[PopulatedPlace], *, day: datetime.date) -> pd.DataFrame:
    """Read places with the latest count of each group on or before ``day``.

    A place that was counted only later is taken with its earliest count: the people were there, the count was not.

    Returns
    -------
    pandas.DataFrame
        Indexed by the place's primary key, in its order; columns ``lon``, ``lat`` (degrees), ``division_id`` (or ``<NA>``),
        ``as_of`` (the newest count used), and one column of whole numbers for each `AgeGroup`; 0 where a group was never counted.
    """
    base = pd.DataFrame.from_records(
        list(
            places.order_by("pk")
            .annotate(wkb=AsWKB("point"))
            .values_list("pk", "wkb", "division_id")
            .iterator()
        ),
        columns=["place_id", "wkb", "division_id"],
    )
    points = shapely.from_wkb([bytes(value) for value in base["wkb"]])
    frame = pd.DataFrame(
        {
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "division_id": base["division_id"].astype("Int64"),
        }
    ).set_axis(base["place_id"].astype(np.int64), axis=0)
    counts = pd.DataFrame.from_records(
        list(
            PopulationCount.objects.filter(place__in=places.order_by().values("pk"))
            .values_list("place_id", "group", "as_of", "people")
            .iterator()
        ),
        columns=["place_id", "group", "as_of", "people"],
    )
    chosen = _latest_or_first(counts, day=day)
    table = chosen.pivot(index="place_id", columns="group", values="people").reindex(
        index=frame.index, columns=[group.value for group in AgeGroup]
    )
    frame[table.columns] = table.fillna(0).astype(np.int64)
    frame["as_of"] = chosen.groupby("place_id")["as_of"].max().reindex(frame.index)
    return frame


def _latest_or_first(counts: pd.DataFrame, *, day: datetime.date) -> pd.DataFrame:
    """Keep one row a place and group: the latest up to ``day``, else the earliest after it."""
    ordered = counts.sort_values("as_of", kind="stable")
    before = ordered[ordered["as_of"] <= day].drop_duplicates(["place_id", "group"], keep="last")
    after = ordered[ordered["as_of"] > day].drop_duplicates(["place_id", "group"], keep="first")
    return pd.concat([before, after]).drop_duplicates(["place_id", "group"], keep="first")


def open_facilities(facilities: QuerySet[Facility], *, network: Network, day: datetime.date) -> pd.DataFrame:
    """Read the facilities of a network that are open on ``day``, with the tiers they serve.

    A facility serves the tier of the kind that it had on ``day``, and any other at which it declares a function that holds on that
    day: tiers are not inclusive, and a facility of another network counts where it declares a function of this one.

    Returns
    -------
    pandas.DataFrame
        Indexed by primary key, in its order; ``lon``, ``lat`` (degrees; NaN without a location), ``kind_id``, ``division_id``,
        ``tier_ids`` and ``function_ids`` (frozensets; a facility that declares no function has its kind's usual ones).
    """
    declared = pd.DataFrame.from_records(
        list(
            FacilityFunction.objects.on(day)
            .filter(tier__network=network, facility__in=facilities.order_by().values("pk"))
            .values_list("facility_id", "tier_id", "function_id")
        ),
        columns=["facility_id", "tier_id", "function_id"],
    )
    tiers_of = declared.groupby("facility_id")["tier_id"].agg(set).to_dict()
    functions_of = declared.groupby("facility_id")["function_id"].agg(set).to_dict()
    usual: dict[int, set[int]] = {}
    for kind_id, function_id in Kind.functions.through.objects.values_list("kind_id", "function_id"):
        usual.setdefault(kind_id, set()).add(function_id)
    kinds = dict(Kind.objects.filter(tier__network=network).values_list("pk", "tier_id"))
    rows = list(
        facilities.open_on(day)  # type: ignore[attr-defined]
        .with_kind(day)
        .filter(Q(kind_on_day__in=kinds) | Q(pk__in=tiers_of))
        .order_by("pk")
        .values_list("pk", "kind_on_day", "location", "division_id")
    )
    records = [
        (
            pk,
            location.x if location else np.nan,
            location.y if location else np.nan,
            kind_id,
            division_id,
            frozenset(tiers_of.get(pk, set()) | ({kinds[kind_id]} if kind_id in kinds else set())),
            frozenset(functions_of.get(pk) or usual.get(kind_id, set())),
        )
        for pk, kind_id, location, division_id in rows
    ]
    return pd.DataFrame.from_records(
        records,
        columns=["facility_id", "lon", "lat", "kind_id", "division_id", "tier_ids", "function_ids"],
    ).set_index("facility_id")


def readings(facility_ids: Iterable[int], *, measure: str, day: datetime.date) -> pd.Series:
    """Read the latest reading of a measure on or before ``day`` for each facility, in the order given; NaN without one."""
    wanted = list(facility_ids)
    latest = dict(
        CapacityReading.objects.filter(facility__in=wanted, measure=measure, as_of__lte=day)
        .order_by("facility_id", "as_of")
        .values_list("facility_id", "total")
    )
    return pd.Series([latest.get(pk, np.nan) for pk in wanted], index=wanted, dtype=np.float64)


def spread_support(places: pd.DataFrame, *, radius_m: float, spacing_m: float) -> dict[int, list[Support]]:
    """Return what the total of each whole division counted as one point can be spread over, the best first.

    Its hamlets and housing blocks without a count of their own (by their households, where these were counted); the
    built-up areas in it; the frontage of its roads. Its outline bounds the last two; without one, a radius
    around its point.

    Parameters
    ----------
    places
        From `populated_places`.
    radius_m, spacing_m
        Metres: how far roads around the point count; the longest piece.

    Returns
    -------
    dict
        By the place's primary key.
    """
    rows = list(
        PopulatedPlace.objects.filter(pk__in=places.index.to_list(), kind=PopulatedPlace.Kind.DIVISION)
        .select_related("division")
        .order_by("pk")
    )
    if not rows:
        return {}
    empty = places[(places[AgeGroup.RESIDENTS.value] == 0) & ~places.index.isin([place.pk for place in rows])]
    supports: dict[int, list[Support]] = {}
    for place in rows:
        options = []
        if place.division_id is not None:
            hamlets = empty[empty["division_id"] == place.division_id]
            households = hamlets[AgeGroup.HOUSEHOLDS.value].to_numpy(dtype=np.float64)
            options.append(
                Support(
                    method=SpreadMethod.HAMLETS,
                    lonlat=hamlets[["lon", "lat"]].to_numpy(dtype=np.float64),
                    weight=households if households.sum() > 0 else np.ones(len(hamlets)),
                )
            )
        outline = place.area or (place.division.boundary if place.division else None)
        within = (
            shapely.from_wkb(bytes(outline.wkb))
            if outline is not None
            else surroundings((place.point.x, place.point.y), radius_m)
        )
        bounds = Polygon.from_bbox(within.bounds)
        bounds.srid = SRID
        built = [
            shapely.from_wkb(bytes(area.wkb))
            for area in BuiltUpArea.objects.filter(geometry__intersects=bounds)
            .order_by("pk")
            .values_list("geometry", flat=True)
        ]
        if built:
            inside = shapely.intersection(shapely.make_valid(shapely.union_all(built)), within)
            options.append(area_support(inside, spacing_m=spacing_m))
        lines = [
            shapely.from_wkb(bytes(line.wkb))
            for line in Road.objects.filter(geometry__intersects=bounds, road_class__in=FRONTAGE)
            .order_by("pk")
            .values_list("geometry", flat=True)
        ]
        options.append(frontage_support(lines, within=within, spacing_m=spacing_m))
        supports[place.pk] = options
    return supports


def division_points(division_ids: Iterable[int]) -> dict[int, tuple[float, float]]:
    """Return the point of each division that has one on record, degrees."""
    rows = Division.objects.filter(pk__in=list(division_ids), point__isnull=False).values_list("pk", "point")
    return {pk: (point.x, point.y) for pk, point in rows}


def ancestors(division_ids: Iterable[int], *, root: Division | None) -> pd.DataFrame:
    """Return each division's ancestors from ``root`` (or from the top) down to itself.

    Returns
    -------
    pandas.DataFrame
        Columns ``division_id`` and ``ancestor_id``; a division is its own ancestor.
    """
    paths = dict(Division.objects.filter(pk__in=set(division_ids)).values_list("pk", "path"))
    wanted: dict[str, list[int]] = {}
    start = len(root.path) - len(root.code) - 1 if root else 0
    for pk, path in paths.items():
        position = start
        while position < len(path):
            position = path.index("/", position) + 1
            wanted.setdefault(path[:position], []).append(pk)
    by_path = dict(Division.objects.filter(path__in=wanted).values_list("path", "pk"))
    pairs = [(pk, by_path[path]) for path, pks in wanted.items() if path in by_path for pk in pks]
    return pd.DataFrame(pairs, columns=["division_id", "ancestor_id"])


def digest(frame: pd.DataFrame) -> str:
    """Return a SHA-256 over a frame's index and values: equal input, equal digest."""
    text = frame.to_csv(date_format="%Y-%m-%d", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()
