"""Edit sets in words and as shapes, for people who decide, and as drafts, for authors who mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape

from geo_registry.accounts.geometry_words import describe_change
from geo_registry.accounts.history import words
from geo_registry.accounts.models import User

from ..geometries import to_stored
from ..models import EditChange, EditSet
from ..registry import Layer, Remark, layer_of
from .changes import Action
from .preparing import attributes_of
from .remarks import remarks_of_set
from .versions import versions_of

_SILENT = frozenset(
    {"source_id", "source_ref", "length_m", "path", "geometry_method", "geometry_basis", "geometry_accuracy_m", "geometry_as_of"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One change in words."""

    number: int
    layer: str
    what: str
    title: str
    companion: bool
    geometry: str
    fields: tuple[tuple[str, str, str], ...]
    history: tuple[str, str, int] | None
    remarks: tuple[Remark, ...] = ()


def lines_of(edit_set: EditSet, *, reader: User) -> list[Line]:
    """Return an edit set's changes in words, with what is to be said of them to a person."""
    said = remarks_of_set(edit_set, reader=reader)
    return [_line(change, said.get(change.position, ())) for change in edit_set.changes.all()]


def _line(change: EditChange, said: Sequence[Remark]) -> Line:
    layer = layer_of(change.layer)
    meta = layer.model._meta
    fields = []
    for field in meta.concrete_fields:
        name = field.attname
        if name in _SILENT or name == layer.geometry or name not in {*change.before, *change.after}:
            continue
        old, new = change.before.get(name), change.after.get(name)
        if old == new or (old in (None, "", False) and new in (None, "", False)):
            continue
        fields.append((str(field.verbose_name), _said(field, old), _said(field, new)))
    before, after = (side.get(layer.geometry) for side in (change.before, change.after))
    return Line(
        number=change.position + 1,
        layer=str(layer.one),
        what=str(change.get_action_display()),
        title=change.title,
        companion=change.companion,
        geometry=describe_change(_stored(before), _stored(after)) if before != after else "",
        fields=tuple(fields),
        history=(meta.app_label, str(meta.model_name), change.row) if change.row is not None else None,
        remarks=tuple(said),
    )


def _said(field: Any, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if field.is_relation:
        return str(field.remote_field.model._base_manager.filter(pk=value).first() or value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return words(value)


def _stored(value: dict[str, Any] | None) -> Any:
    return to_stored(shape(value)) if value else None


def shapes_of(edit_set: EditSet) -> list[dict[str, Any]]:
    """Return before and after of each change as GeoJSON, for the map."""
    found = []
    for change in edit_set.changes.all():
        name = layer_of(change.layer).geometry
        found.append(
            {
                "number": change.position + 1,
                "title": change.title,
                "companion": change.companion,
                "before": change.before.get(name),
                "after": change.after.get(name),
            }
        )
    return found


def draft_of(edit_set: EditSet) -> dict[str, Any]:
    """Return an edit set as the editor's draft, upon the rows as they are now: what others did since is taken in."""
    changes = []
    for change in edit_set.changes.filter(companion=False):
        layer = layer_of(change.layer)
        row = layer.model._default_manager.filter(pk=change.row).first() if change.row else None
        if change.action != Action.CREATE and row is None:
            continue
        version = versions_of(layer.model, [row.pk])[row.pk] if row is not None else 0
        changes.append(
            {
                "key": f"{layer.code}:{change.row or f'new-{change.position}'}",
                "layer": layer.code,
                "action": change.action,
                "id": change.row,
                "version": version,
                "title": change.title,
                "geometry": change.after.get(layer.geometry),
                "attributes": _attributes(layer, change, row),
            }
        )
    return {"set": edit_set.pk, "why": edit_set.why, "basis": edit_set.basis, "changes": changes}


def _attributes(layer: Layer, change: EditChange, row: Any) -> dict[str, Any]:
    """Return what a form shows: the row's own values with those of the change over them."""
    if change.action == Action.DELETE:
        return {}
    given = attributes_of(layer, row if row is not None else layer.model())
    names = {name: f"{name}_id" if f"{name}_id" in change.after else name for name in given}
    return given | {name: change.after[column] for name, column in names.items() if column in change.after}
