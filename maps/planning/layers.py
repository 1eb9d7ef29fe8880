"""What a planner's map shows beside people: facilities by status and score, areas within reach, idle buildings."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import shapely
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from facilities.models import Asset, Facility, Status
from facilities.services.assessments.scoring import latest_confirmed
from facilities.services.isochrones import IsochroneError, IsochroneRequest, draw_isochrones
from facilities.services.register_stamp import kept_stamp
from geo_registry.accounts.stamps import Stamp

from ..services import coverage_page as page
from ..services.coverage_page import Choice

Collection = dict[str, Any]
# Areas that were drawn lately, by run, set and the register's state: a process keeps so many.
_DRAWN: OrderedDict[tuple[UUID, str, Stamp], list[dict[str, Any]]] = OrderedDict()
_KEPT = 12


def _visible(choice: Choice, rows: QuerySet[Facility]) -> QuerySet[Facility]:
    if choice.within is None:
        return rows
    # Whoever acts in one township sees of the others what everybody sees.
    public = Facility.objects.public().values("pk")
    return rows.filter(Q(division__path__startswith=choice.within.path) | Q(pk__in=public))


def shown_facilities(choice: Choice) -> list[tuple[Facility, Any]]:
    """Return every facility of the network with a place, as it was on the run's day, and its last confirmed score or ``None``."""
    run, day = choice.run, choice.run.day
    rows = (
        Facility.objects.at_home()
        .standing()
        .located()
        .with_status(day)
        .filter(Q(kind__tier__network=run.network) | Q(pk__in=choice.set.facility_ids))
        .select_related("kind", "division")
        .defer("division__boundary")
    )
    facilities = list(_visible(choice, rows).order_by("pk"))
    scores = {
        row.facility_id: row
        for row in latest_confirmed(day).filter(facility__in=[one.pk for one in facilities])
    }
    return [(one, scores.get(one.pk)) for one in facilities]


def facility_features(choice: Choice) -> Collection:
    """Return every facility of the run's network with a place, by its status on the run's day and its last confirmed score."""
    counted = set(choice.set.facility_ids)
    return page.collection(
        choice.run, [_facility(one, counted, score) for one, score in shown_facilities(choice)]
    )


def _facility(facility: Facility, counted: set[int], score: Any) -> dict[str, Any]:
    status: str | None = getattr(facility, "status", None)
    words = str(Status(status).label) if status else _("status not known")
    assessed = ""
    if score is not None:
        assessed = _("assessed %(day)s: %(score)s of 100, %(verdict)s") % {
            "day": page.day_words(score.day),
            "score": page.decimals(float(score.score), 1),
            "verdict": _("passed") if score.passed else _("not passed"),
        }
    where = facility.location
    if where is None:
        raise ValueError(facility.number)
    return {
        "type": "Feature",
        "id": facility.pk,
        "geometry": {"type": "Point", "coordinates": [round(where.x, 6), round(where.y, 6)]},
        "properties": {
            "number": facility.number,
            "name": facility.name,
            "kind": facility.kind.name,
            "shape": facility.kind.shape,
            "glyph": facility.kind.glyph,
            "path": facility.division.path,
            "status": status or "",
            "open": status == Status.OPEN,
            "counted": facility.pk in counted,
            "score": float(score.score) if score is not None else None,
            "passed": score.passed if score is not None else None,
            "url": reverse("facilities:record", args=[facility.number]),
            "label": " · ".join(
                part for part in (facility.name, facility.kind.name, words, assessed) if part
            ),
        },
    }


def area_features(choice: Choice) -> Collection:
    """Return the areas from which the set's facilities are reached within each of the run's limits. For the eye only.

    They are drawn when first asked for, from the roads as they are; where there is no road, there is no area.
    """
    run = choice.run
    key = (run.pk, f"{choice.set.key}/{get_language()}", kept_stamp())
    if key not in _DRAWN:
        numbers = Facility.objects.filter(pk__in=choice.set.facility_ids).values_list("number", flat=True)
        _DRAWN[key] = _areas(choice, tuple(numbers))
        while len(_DRAWN) > _KEPT:
            _DRAWN.popitem(last=False)
    _DRAWN.move_to_end(key)
    return page.collection(run, _DRAWN[key])


def _areas(choice: Choice, numbers: tuple[str, ...]) -> list[dict[str, Any]]:
    run = choice.run
    if not numbers:
        return []
    try:
        answer = draw_isochrones(
            IsochroneRequest(
                network=run.network,
                profile=run.profile,
                limits_s=tuple(sorted(run.thresholds_s)),
                day=run.day,
                numbers=numbers,
                winter=bool(run.parameters.get("winter")),
                delivery=bool(run.parameters.get("delivery")),
            )
        )
    except IsochroneError:
        return []
    frame = answer.frame
    return [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(geometry, 1e-6))),
            "properties": {
                "limit_s": round(60 * minutes),
                "label": _("within %(minutes)s minutes") % {"minutes": page.minutes(round(60 * minutes))},
            },
        }
        for minutes, geometry in zip(frame["minutes"], frame.geometry, strict=True)
        if geometry is not None and not geometry.is_empty
    ]


def asset_features(choice: Choice) -> Collection:
    """Return idle buildings with a place, on the run's day."""
    rows = Asset.objects.at_home().kept(choice.run.day).idle_buildings().filter(location__isnull=False)
    if choice.within is not None:
        rows = rows.within(choice.within)
    return page.collection(
        choice.run,
        [
            {
                "type": "Feature",
                "id": one.pk,
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(one.location.x, 6), round(one.location.y, 6)],
                },
                "properties": {
                    "name": one.name,
                    "label": " · ".join(
                        part
                        for part in (
                            one.name,
                            str(one.get_use_display()),
                            _("%(area)s m² idle") % {"area": page.decimals(one.idle_m2, 0)}
                            if one.idle_m2
                            else "",
                            one.owner,
                        )
                        if part
                    ),
                    "url": reverse("assets:asset", args=[one.pk]),
                },
            }
            for one in rows.order_by("number")
            if one.location is not None
        ],
    )


LAYERS: Mapping[str, Callable[[Choice], Collection]] = {
    "places": page.reach_features,
    "facilities": facility_features,
    "divisions": page.division_features,
    "areas": area_features,
    "assets": asset_features,
}
