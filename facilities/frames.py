"""The only crossing between querysets and arrays.

Every function reads in one or two queries, whatever the number of rows, and returns plain frames: ids, degrees of longitude and
latitude (EPSG:4490), counts. Nothing here computes.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Case, DateField, FloatField, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

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


def populated_places(places: QuerySet[PopulatedPlace], *, day: datetime.date) -> pd.DataFrame:
    """Read places with the latest count of each group on or before ``day``.

    A place that was counted only later is taken with its earliest count: the people were there, the count was not.

    Returns
    -------
    pandas.DataFrame
        Indexed by the place's primary key, in its order; columns ``lon``, ``lat`` (degrees), ``division_id`` (or ``<NA>``),
        ``as_of`` (the newest count used), and one column of whole numbers for each `AgeGroup`; 0 where a group was never counted.
    """
    rows = (
        places.order_by("pk")
        .annotate(
            lon=Func("point", function="ST_X", output_field=FloatField()),
            lat=Func("point", function="ST_Y", output_field=FloatField()),
            known_division=Coalesce("division_id", Value(0)),
        )
        .values_list("pk", "lon", "lat", "known_division")
    )
    base = np.fromiter(
        rows.iterator(chunk_size=10_000),
        dtype=[("pk", np.int64), ("lon", np.float64), ("lat", np.float64), ("division_id", np.int64)],
    )
    division = pd.Series(base["division_id"], dtype="Int64")
    frame = pd.DataFrame(
        {"lon": base["lon"], "lat": base["lat"], "division_id": division.mask(division == 0)}
    ).set_axis(pd.Index(base["pk"], name="place_id"), axis=0)
    groups = [group.value for group in AgeGroup]
    counts = _latest_or_first(places, groups, day=day)
    # Places are in the order of their keys.
    row = np.searchsorted(base["pk"], counts["place"])
    people = np.zeros((len(base), len(groups)), dtype=np.int64)
    people[row, counts["group"]] = counts["people"]
    newest = np.zeros(len(base), dtype=np.int64)
    np.maximum.at(newest, row, counts["as_of"])
    frame[groups] = people
    days = {ordinal: datetime.date.fromordinal(ordinal) for ordinal in np.unique(newest).tolist() if ordinal}
    frame["as_of"] = pd.Series(
        [days.get(ordinal, np.nan) for ordinal in newest.tolist()], index=frame.index, dtype=object
    )
    return frame


def _latest_or_first(
    places: QuerySet[PopulatedPlace], groups: Sequence[str], *, day: datetime.date
) -> np.ndarray:
    """Read one count a place and group: the latest up to ``day``, else the earliest after it.

    Returns
    -------
    numpy.ndarray
        With the fields ``place`` (primary key), ``group`` (position in ``groups``), ``as_of`` (ordinal day) and ``people``.
    """
    away = Func(
        "as_of",
        Value(day, output_field=DateField()),
        template="ABS(%(expressions)s)",
        arg_joiner=" - ",
        output_field=IntegerField(),
    )
    rows = (
        PopulationCount.objects.filter(place__in=places.order_by().values("pk"), group__in=groups)
        .annotate(is_later=Case(When(as_of__gt=day, then=Value(1)), default=Value(0)), away=away)
        .order_by("place_id", "group", "is_later", "away")
        .distinct("place_id", "group")
        .values_list("place_id", "group", "as_of", "people")
    )
    number = {group: position for position, group in enumerate(groups)}
    return np.fromiter(
        (
            (place, number[group], as_of.toordinal(), people)
            for place, group, as_of, people in rows.iterator(chunk_size=10_000)
        ),
        dtype=[("place", np.int64), ("group", np.int64), ("as_of", np.int64), ("people", np.int64)],
    )


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


def whole_divisions(places: pd.DataFrame) -> list[int]:
    """Return the keys of those places that stand for a whole division."""
    whole = PopulatedPlace.objects.filter(kind=PopulatedPlace.Kind.DIVISION).order_by("pk")
    keys = np.fromiter(whole.values_list("pk", flat=True).iterator(), dtype=np.int64)
    found: list[int] = keys[np.isin(keys, places.index.to_numpy())].tolist()
    return found


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
    wanted = set(whole_divisions(places))
    rows = [
        place
        for place in PopulatedPlace.objects.filter(kind=PopulatedPlace.Kind.DIVISION)
        .select_related("division")
        .order_by("pk")
        if place.pk in wanted
    ]
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
