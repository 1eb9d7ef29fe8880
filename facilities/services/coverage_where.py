"""Where people are: a village's total spread over where it lives, and the single point that every figure is compared with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo_registry.reference.services import effective_value
from geo_registry.territory.models import Division, PopulatedPlace

from ..analysis.spreading import SpreadMethod, single_points, spread_totals
from ..frames import division_points, spread_support, whole_divisions
from .coverage_inputs import GROUPS, NOWHERE, CoverageRequest, Where, lonlat

RADIUS = "spread-radius-m"
SPACING = "spread-spacing-m"


def where_people_are(places: pd.DataFrame, *, request: CoverageRequest, top: Division | None) -> Where:
    """Spread the totals of whole divisions, and put each village's people at one point beside that."""
    division = places["division_id"].fillna(top.pk if top else NOWHERE).astype(np.int64)
    points = places[["lon", "lat", *GROUPS]].assign(division_id=division, row=np.arange(len(places)))
    spread: dict[str, str] = {}
    if request.spread:
        points, spread = _spread(places, points, day_request=request)
    return Where(points=points, villages=_villages(places, points), spread=spread)


def _spread(
    places: pd.DataFrame, points: pd.DataFrame, *, day_request: CoverageRequest
) -> tuple[pd.DataFrame, dict[str, str]]:
    if not whole_divisions(places):
        return points, {}
    supports = spread_support(
        places,
        radius_m=float(effective_value(RADIUS, day_request.day)),
        spacing_m=float(effective_value(SPACING, day_request.day)),
    )
    keys = [pk for pk in places.index if pk in supports]
    chosen = points.loc[keys]
    spread = spread_totals(
        chosen[list(GROUPS)].to_numpy(), point_lonlat=lonlat(chosen), supports=[supports[pk] for pk in keys]
    )
    parts = pd.DataFrame(spread.people, columns=list(GROUPS)).assign(
        lon=spread.lonlat[:, 0],
        lat=spread.lonlat[:, 1],
        division_id=chosen["division_id"].to_numpy()[spread.village],
        row=chosen["row"].to_numpy()[spread.village],
    )
    kept = points.drop(index=keys)
    merged = pd.concat([kept, parts[kept.columns]], ignore_index=True).sort_values("row", kind="stable")
    codes = dict(PopulatedPlace.objects.filter(pk__in=keys).values_list("pk", "code"))
    methods = {codes[pk]: method.value for pk, method in zip(keys, spread.method, strict=True)}
    if all(method == SpreadMethod.POINT for method in methods.values()):
        return points, methods
    return merged.reset_index(drop=True), methods


def _villages(places: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Each division's people at its own point on record, else at the place nearest to their centre.

    Places that lie in no known division are each by themselves.
    """
    alone = places["division_id"].isna().to_numpy()
    key = places["division_id"].fillna(0).astype(np.int64).to_numpy().copy()
    key[alone] = -1 - np.flatnonzero(alone)
    names, number = np.unique(key, return_inverse=True)
    people = places[list(GROUPS)].to_numpy(dtype=np.int64)
    total = np.zeros((len(names), len(GROUPS)), dtype=np.int64)
    np.add.at(total, number, people)
    chosen = single_points(lonlat(places), places[GROUPS[0]].to_numpy(), number, villages=len(names))
    where = lonlat(places)[chosen]
    on_record = division_points(int(name) for name in names if name > 0)
    for row, name in enumerate(names):
        if int(name) in on_record:
            where[row] = on_record[int(name)]
    division_of = np.zeros(len(names), dtype=np.int64)
    division_of[number] = points.groupby("row")["division_id"].first().to_numpy()
    return pd.DataFrame(total, columns=list(GROUPS)).assign(
        lon=where[:, 0], lat=where[:, 1], division_id=division_of
    )
