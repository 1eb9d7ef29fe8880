"""What the map of changes is drawn from, and what changes come to, as a page and a script need it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from facilities.analysis.scenarios import Action
from facilities.models import Facility
from facilities.services.scenarios import NamedChange
from facilities.services.what_if import Baseline, DivisionShare, WhatIfAnswer, baseline_of
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Division, Level
from geo_registry.territory.models.divisions import SRID

from .question import Question


def warm(question: Question) -> Baseline:
    """Return the baseline of a question, read if need be.

    Raises
    ------
    PlanningError
        If there is nobody to count, or no such set.
    """
    return baseline_of(question.request(of_group=True), set_key=question.set_key, limit_s=question.limit_s)


def base_of(question: Question) -> dict[str, Any]:
    """Return what the map shows before anything is changed."""
    baseline = warm(question)
    now = baseline.now
    answer = baseline.answer([])
    points = baseline.points
    group = question.group.value
    kinds = {row.pk: row for row in Facility.objects.filter(pk__in=now.ids).select_related("kind")}
    capacity = now.capacity(baseline.request.capacity).tolist() if baseline.request.capacity else None
    return {
        "points": [
            [round(lon, 6), round(lat, 6), int(people), int(step)]
            for lon, lat, people, step in zip(
                points["lon"], points["lat"], points[group], answer.steps.tolist(), strict=True
            )
        ],
        "facilities": [
            {
                "number": number,
                "name": name,
                "kind": kinds[pk].kind.name,
                "shape": kinds[pk].kind.shape,
                "glyph": kinds[pk].kind.glyph,
                "lonlat": None if lonlat[0] != lonlat[0] else [round(lonlat[0], 6), round(lonlat[1], 6)],
                "capacity": None
                if capacity is None or capacity[row] != capacity[row]
                else round(capacity[row]),
                "url": reverse("facilities:record", args=[number]),
            }
            for row, (pk, number, name, lonlat) in enumerate(
                zip(now.ids, now.numbers, now.names, now.lonlat.tolist(), strict=True)
            )
        ],
        "answer": answer_of(answer),
    }


def answer_of(answer: WhatIfAnswer) -> dict[str, Any]:
    """Return an answer as a script reads it; ``steps`` are in the order of the points."""
    return {
        "whole": _row(answer.whole),
        "divisions": [_row(row) for row in answer.divisions],
        "steps": answer.steps.tolist(),
        "capacity": answer.capacity,
        "unsnapped": answer.unsnapped,
    }


def _row(row: DivisionShare) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "people": row.people,
        "before": row.before,
        "after": row.after,
        "gained": row.gained,
    }


def in_words(change: NamedChange, names: dict[str, str]) -> str:
    """Say what one change does."""
    name = names.get(change.number, change.number)
    lon, lat = change.lonlat or (0.0, 0.0)
    if change.action is Action.OPEN:
        return _("open a new site near %(village)s (%(lon).5f, %(lat).5f)") % {
            "village": near(lon, lat),
            "lon": lon,
            "lat": lat,
        }
    if change.action is Action.MOVE:
        return _("move %(name)s to near %(village)s (%(lon).5f, %(lat).5f)") % {
            "name": name,
            "village": near(lon, lat),
            "lon": lon,
            "lat": lat,
        }
    if change.action is Action.MERGE:
        return _("merge %(name)s into %(into)s") % {
            "name": name,
            "into": names.get(change.into, change.into),
        }
    if change.action is Action.RESIZE:
        return _("%(name)s has room for %(room)d") % {"name": name, "room": round(change.capacity or 0)}
    return _("close %(name)s") % {"name": name}


def names_of(changes: list[NamedChange]) -> dict[str, str]:
    """Return the names of the facilities that changes speak of, by number."""
    numbers = {one.number for one in changes} | {one.into for one in changes}
    return dict(Facility.objects.filter(number__in=numbers - {""}).values_list("number", "name"))


def changes_in_address(changes: list[NamedChange]) -> str:
    """Return changes as the what-if page's address carries them."""
    parts = []
    for one in changes:
        fields: list[object] = [one.action.value]
        if one.number:
            fields.append(one.number)
        if one.into:
            fields.append(one.into)
        if one.lonlat:
            fields += [f"{one.lonlat[0]:.6f}", f"{one.lonlat[1]:.6f}"]
        if one.capacity is not None:
            fields.append(f"{one.capacity:g}")
        parts.append(",".join(quote(str(field), safe="") for field in fields))
    return ";".join(parts)


def _placed() -> QuerySet[Division]:
    return (
        Division.objects.public()
        .at_level(Level.VILLAGE)
        .filter(point__isnull=False)
        .select_related("parent")
        .defer("boundary", "parent__boundary")
        .order_by("parent__code", "code")
    )


def _full_name(village: Division) -> str:
    return f"{village.parent.name} {village.name}" if village.parent else village.name


def villages() -> list[tuple[str, str]]:
    """Return villages with a place, for whoever works without the map: “lon,lat” and name."""
    return [(f"{row.point.x:.6f},{row.point.y:.6f}", _full_name(row)) for row in _placed() if row.point]


def near(lon: float, lat: float) -> str:
    """Return the village whose point is nearest to a place; nobody reads degrees aloud in a meeting."""
    where = DistanceM("point", Point(lon, lat, srid=SRID))
    nearest = _placed().order_by(where).first()
    return _full_name(nearest) if nearest else "—"
