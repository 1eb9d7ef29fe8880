"""What apps above say of what is drawn: beside a draft, and beside a set that waits or is in force. It keeps nothing back."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model

from geo_registry.accounts.models import User
from geo_registry.geodata.editing.checks import Severity

from ..geometries import set_from_json
from ..models import EditChange, EditSet
from ..registry import Drawn, Remark, layer_of, remarking_on
from .changes import Action, Change, Prepared
from .preparing import prepare

T = TypeVar("T")
_SHOWN = frozenset({EditSet.State.PROPOSED, EditSet.State.APPLIED})


def look_at(changes: Sequence[Change], *, user: User) -> Prepared:
    """Look at a draft as `prepare` does, and add what apps above have to say of it."""
    prepared = prepare(changes, user=user)
    drawn = [change for change in prepared.changes if change.row is not None and not change.companion]
    drawn = [change for change in drawn if change.action != Action.DELETE and change.shape is not None]
    pairs = ((change, Drawn(row=change.row, before=change.before)) for change in drawn)
    for change, remark in _remarks(pairs, code=lambda change: change.layer.code, reader=user):
        severity = Severity.NOTE if remark.is_note else Severity.WARNING
        prepared.add(change, remark.text, severity=severity, field=remark.field, place=remark.place)
    return prepared


def remarks_of_set(edit_set: EditSet, *, reader: User) -> dict[int, list[Remark]]:
    """Return what is to be said to a person of a set that waits or is in force, by the position of the change."""
    if edit_set.state not in _SHOWN:
        return {}
    changes = edit_set.changes.filter(companion=False).exclude(action=Action.DELETE)
    looked_at = [change for change in changes if remarking_on(change.layer)]
    rows = _rows_of(looked_at)
    drawn = ((change, _as_drawn(change, edit_set, rows)) for change in looked_at)
    pairs = [(change, each) for change, each in drawn if each is not None]
    found: defaultdict[int, list[Remark]] = defaultdict(list)
    for change, remark in _remarks(pairs, code=lambda change: change.layer, reader=reader):
        found[change.position].append(remark)
    return dict(found)


def _remarks(
    pairs: Iterable[tuple[T, Drawn]], *, code: Callable[[T], str], reader: User
) -> Iterable[tuple[T, Remark]]:
    by_layer: defaultdict[str, list[tuple[T, Drawn]]] = defaultdict(list)
    for change, drawn in pairs:
        by_layer[code(change)].append((change, drawn))
    for layer, group in by_layer.items():
        remarking = remarking_on(layer)
        if remarking is not None:
            for remark in remarking([drawn for _change, drawn in group], reader=reader):
                yield group[remark.number][0], remark


def _rows_of(changes: Sequence[EditChange]) -> dict[tuple[str, int], Model]:
    """Return the rows that changes are of, by layer and primary key; one query a layer."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for change in changes:
        if change.row is not None:
            wanted[change.layer].add(change.row)
    found: dict[tuple[str, int], Model] = {}
    for layer, pks in wanted.items():
        model: Any = layer_of(layer).model
        found |= {(layer, pk): row for pk, row in model._default_manager.in_bulk(pks).items()}
    return found


def _as_drawn(change: EditChange, edit_set: EditSet, rows: Mapping[tuple[str, int], Model]) -> Drawn | None:
    """Return a row as it was drawn, beside what it was; ``None`` where it is there no more."""
    model: Any = layer_of(change.layer).model
    row = model() if change.row is None else rows.get((change.layer, change.row))
    if row is None:
        return None
    if edit_set.state == EditSet.State.PROPOSED:
        row = _with(row, change.after)
    return Drawn(row=row, before=_with(row, change.before) if change.action == Action.UPDATE else None)


def _with(row: Model, values: dict[str, Any]) -> Model:
    fields = {field.attname: field for field in row._meta.concrete_fields}
    other = copy.copy(row)
    for name, value in values.items():
        if name in fields:
            set_from_json(other, fields[name], value)
    return other
