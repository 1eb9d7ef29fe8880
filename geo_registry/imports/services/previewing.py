"""What the pages of a batch show: groups, rows with their changes and remarks, points for the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Model, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.errors import shortened
from geo_registry.territory.models import LocationMethod

from ..models import Batch, BatchRow
from ..registry import movable
from .neutral import said
from .rows import METHODS, ROUGH
from .spool import Spool, SpooledRow
from .storage import preview_path
from .wording import Wording
from .words import severity_word

ROWS_A_PAGE = 50
MAX_POINTS = 3_000

GROUP_LABELS: Mapping[str, Any] = {
    "all": _("all rows"),
    "new": _("new"),
    "changed": _("changed"),
    "unchanged": _("unchanged"),
    "refused": _("refused"),
    "undecided": _("to be decided"),
    "warned": _("to be looked at"),
    "noted": _("read with an interpretation"),
    "placed": _("placed roughly"),
}
OUTCOME_LABELS = {name: GROUP_LABELS[name] for name in ("new", "changed", "unchanged", "refused")}


def preview_page(batch: Batch, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of a preview shows: counts by group, and one page of one group."""
    group = str(asked.get("group", ""))
    with Spool(preview_path(batch.pk)) as spool:
        counts = spool.counts()
        if group not in GROUP_LABELS:
            group = first_group(counts)
        page, pages = _page(asked, counts[group])
        rows = spool.rows(group, offset=(page - 1) * ROWS_A_PAGE, limit=ROWS_A_PAGE)
    wording = Wording([change for row in rows for change in row.changes])
    decisions = batch.options.get("decisions", {})
    return {
        "group": group,
        "groups": _groups(counts),
        "counts": counts,
        "rows": [_shown(row, wording, decisions.get(str(row.row))) for row in rows],
        "page": page,
        "pages": pages,
        "total": counts[group],
        "file_issues": [issue for issue in batch.report.get("issues", []) if issue.get("row") is None],
        "has_points": True,
    }


def first_group(counts: Mapping[str, int]) -> str:
    """Return the group that is shown first: what somebody must decide, then what goes wrong, then what would happen."""
    return next((name for name in ("undecided", "refused", "changed", "new") if counts.get(name)), "all")


def _groups(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"name": name, "label": label, "count": counts.get(name, 0)}
        for name, label in GROUP_LABELS.items()
        if counts.get(name) or name in {"all", *OUTCOME_LABELS}
    ]


def _page(asked: Mapping[str, Any], rows: int) -> tuple[int, int]:
    pages = max(1, -(-rows // ROWS_A_PAGE))
    text = str(asked.get("page", "1"))
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return min(max(page, 1), pages), pages


def _shown(row: SpooledRow, wording: Wording, decision: str | None) -> dict[str, Any]:
    fresh = any(change.get("new") for change in row.changes)
    return {
        "row": row.row,
        "outcome": row.outcome,
        "outcome_label": OUTCOME_LABELS[row.outcome],
        "label": shortened(row.label),
        "fresh": fresh,
        "changes": [worded for change in row.changes for worded in wording.of(change)],
        "issues": [_issue(issue) for issue in row.issues],
        "cells": _cut(row.cells),
        "candidates": [
            candidate | {"chosen": decision == str(candidate["pk"])} for candidate in row.candidates
        ],
        "is_new": decision == "new",
        "lon": row.lon,
        "lat": row.lat,
    }


def _cut(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a page has room for them; whole they stand in the file, and among the refused rows."""
    return {name: shortened(value) for name, value in values.items()}


def _issue(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "severity": stored["s"], "word": severity_word(stored["s"]), "column": stored.get("c", ""), "message": said(stored["m"]),
        "value": shortened(stored.get("v", "")),
    }  # fmt: skip


# -- after the commit ------------------------------------------------------------------------------


def result_page(batch: Batch, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of a batch shows once it was taken in: what each row did."""
    counts = {
        "new": batch.count_new, "changed": batch.count_changed, "unchanged": batch.count_unchanged,
        "refused": batch.count_refused,
    }  # fmt: skip
    counts["placed"] = batch.rows.filter(_placed_roughly()).count()
    group = str(asked.get("group", ""))
    if group not in {"new", "changed", "refused", "placed"}:
        group = "refused" if batch.count_refused else "changed" if batch.count_changed else "new"
    rows = batch.rows.filter(_placed_roughly() if group == "placed" else Q(action=group))
    page, pages = _page(asked, rows.count())
    found = list(
        rows.select_related("content_type").order_by("row", "pk")[
            (page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE
        ]
    )
    changes = {row.pk: _as_change(row) for row in found}
    wording = Wording([change for change in changes.values() if change is not None])
    labels = _labels(found)
    return {
        "group": group,
        "groups": [
            {"name": name, "label": GROUP_LABELS[name], "count": counts[name], "linked": name != "unchanged"}
            for name in ("new", "changed", "unchanged", "refused", "placed")
            if counts[name] or name != "placed"
        ],
        "rows": [
            {
                "row": row.row,
                "label": labels.get(row.pk) or _name_of_gone(row),
                "url": record_url(row) if labels.get(row.pk) else "",
                "fresh": row.action == BatchRow.Action.NEW,
                "changes": wording.of(change) if (change := changes[row.pk]) is not None else [],
                "issues": [_issue(issue) for issue in row.issues],
                "cells": _cut(dict(row.cells)),
            }
            for row in found
        ],
        "page": page,
        "pages": pages,
        "file_issues": [issue for issue in batch.report.get("issues", []) if issue.get("row") is None],
        "conflicts": batch.undo_report.get("conflicts", []),
        "has_points": batch.state == Batch.State.COMMITTED and bool(batch.count_new or batch.count_changed),
    }


def _placed_roughly() -> Q:
    """Return the rows whose records were placed roughly and still are: what somebody has put right meanwhile is left out."""
    methods = [str(method) for method in sorted(ROUGH)]
    rough = Q()
    for name in METHODS:
        rough |= Q(**{f"after__{name}__in": methods})
    kinds = ContentType.objects.get_for_models(*movable())
    still = ~Q(content_type__in=kinds.values())
    for model, (_point, method, _note) in movable().items():
        rows = model._default_manager.filter(**{f"{method}__in": methods})
        still |= Q(content_type=kinds[model], object_id__in=rows.values("pk"))
    return rough & still


def _as_change(row: BatchRow) -> dict[str, Any] | None:
    if row.content_type is None:
        return None
    return {"m": f"{row.content_type.app_label}.{row.content_type.model}", "b": row.before, "a": row.after}


def _labels(rows: Iterable[BatchRow]) -> dict[int, str]:
    """Return what records are called today."""
    rows = list(rows)
    by_model: dict[type[Model], list[BatchRow]] = {}
    for row in rows:
        model = row.content_type.model_class() if row.content_type is not None else None
        if model is not None:
            by_model.setdefault(model, []).append(row)
    found: dict[int, str] = {}
    for model, own in by_model.items():
        objects = model._default_manager.in_bulk([row.object_id for row in own])
        found |= {row.pk: str(objects.get(row.object_id, "")) for row in own}
    for row in rows:
        if row.content_type_id is None:
            found[row.pk] = " · ".join(str(value) for _header, value in row.cells[:3])[:120]
    return found


def _name_of_gone(row: BatchRow) -> str:
    """Return what a record was called that is no longer there: an undo has taken it away, or somebody."""
    said = {**row.before, **row.after}
    name = str(said.get("name") or said.get("code") or said.get("number") or "")
    return gettext("%(name)s (no longer there)") % {"name": name} if name else gettext("no longer there")


def record_url(row: BatchRow) -> str:
    """Return the address of a record's page, or nothing where it has none."""
    if row.content_type is None:
        return ""
    try:
        return reverse(
            f"admin:{row.content_type.app_label}_{row.content_type.model}_change", args=[row.object_id]
        )
    except NoReverseMatch:
        return ""


# -- the map ---------------------------------------------------------------------------------------


def may_pick(batch: Batch, *, handles: bool) -> bool:
    """Tell whether whoever handles a batch may say on its map where rows lie that the file does not place."""
    return handles and batch.state == Batch.State.PREVIEW and not batch.is_busy


def points_of(batch: Batch, group: str, user: User, *, handles: bool = False) -> dict[str, Any]:
    """Return the rows of a batch that have a place, as GeoJSON; at most `MAX_POINTS`. What a person may move is movable."""
    if batch.state in {Batch.State.PREVIEW, Batch.State.SUBMITTED}:
        if not preview_path(batch.pk).exists():
            return {"type": "FeatureCollection", "features": []}
        with Spool(preview_path(batch.pk)) as spool:
            found = spool.points(group, limit=MAX_POINTS)
        picked, open_ = batch.options.get("positions", {}), may_pick(batch, handles=handles)
        features = [
            _feature(
                lon,
                lat,
                row=row,
                outcome=outcome,
                label=label,
                placed=placed,
                movable=open_ and (bool(placed) or str(row) in picked),
            )
            for row, outcome, label, lon, lat, placed in found
        ]
    else:
        features = _points_of_records(batch, group, user)
    return {"type": "FeatureCollection", "features": features}


def _points_of_records(batch: Batch, group: str, user: User) -> list[dict[str, Any]]:
    rows = batch.rows.filter(content_type__isnull=False).select_related("content_type")
    if group in {"new", "changed"}:
        rows = rows.filter(action=group)
    if group == "placed":
        rows = rows.filter(_placed_roughly())
    by_model: dict[type[Model], dict[int, BatchRow]] = {}
    for row in rows.order_by("row", "pk")[:MAX_POINTS]:
        model = row.content_type.model_class() if row.content_type is not None else None
        if model is not None and row.object_id is not None:
            by_model.setdefault(model, {})[row.object_id] = row
    features = []
    for model, own in by_model.items():
        shapes = [item.name for item in model._meta.concrete_fields if isinstance(item, GeometryField)]
        method = next((item.name for item in model._meta.concrete_fields if item.name in METHODS), "")
        mine = model in movable() and policy.has_permission(user, _change(model))
        for pk, record in model._default_manager.in_bulk(list(own)).items():
            shape = next(
                (s for name in ("location", "point", *shapes) if (s := getattr(record, name, None))), None
            )
            if shape is None:
                continue
            lon, lat = _middle(shape)
            known = str(getattr(record, method, "")) if method else ""
            row = own[pk]
            features.append(
                _feature(
                    lon, lat, row=row.row, outcome=str(row.action), label=str(record), pk=row.pk,
                    placed=known if known in ROUGH else "", movable=mine and known in {*ROUGH, LocationMethod.PICKED},
                )
            )  # fmt: skip
    return features


def _change(model: type[Model]) -> str:
    return f"{model._meta.app_label}.change_{model._meta.model_name}"


def _middle(shape: GEOSGeometry) -> tuple[float, float]:
    west, south, east, north = shape.extent
    return (west + east) / 2, (south + north) / 2


def _feature(lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]},
        "properties": properties,
    }
