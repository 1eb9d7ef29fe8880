"""Changes looked at from all sides before anything is written: whose, upon what, valid, with what follows for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from django.db.models import Model
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action as Doing
from geo_registry.geodata.editing.checks import Severity, problems_of
from geo_registry.geodata.editing.plane import LocalPlane
from geo_registry.territory.models import Division

from ..geometries import to_shape, to_stored
from . import settings
from .changes import Action, Change, Conflict, Prepared
from .fitting import fit
from .following import follow
from .versions import since, versions_of


def prepare(changes: Sequence[Change], *, user: User, lock: bool = False) -> Prepared:
    """Look at changes.

    Parameters
    ----------
    changes
        As a person drew them.
    user
        Who: nothing outside of what the person's office is responsible for is changed, not by following either.
    lock : bool
        Hold the rows until the end of the transaction, so that what is found stays true.

    Returns
    -------
    Prepared
        With the changes that follow of themselves; each change has its row with the new values, unsaved.
    """
    prepared = Prepared(list(changes))
    _load(prepared, user, lock=lock)
    for change in prepared.changes:
        if change.row is not None:
            _enter(prepared, change)
    tolerances = settings.tolerances()
    own = [change for change in prepared.changes if change.row is not None]
    if not prepared.errors:
        companions = follow(own, tolerances)
        _hold(companions, lock=lock)
        prepared.changes += companions
        for change in companions:
            _place(change)
    _check_scope(prepared, user, tolerances.scope_m)
    if not prepared.errors:
        fit(prepared, tolerances)
    return prepared


def _load(prepared: Prepared, user: User, *, lock: bool) -> None:
    """Fetch the rows that are changed, and say which of them are gone or were changed meanwhile."""
    by_layer: defaultdict[str, list[Change]] = defaultdict(list)
    for change in prepared.changes:
        by_layer[change.layer.code].append(change)
    for group in by_layer.values():
        layer = group[0].layer
        pks = sorted(change.pk for change in group if change.pk is not None)
        rows = _rows(layer.model, pks, lock=lock)
        versions = versions_of(layer.model, pks)
        for change in group:
            if change.action == Action.CREATE:
                if not layer.creates:
                    prepared.add(change, _("New rows of this kind are not drawn on the map."))
                else:
                    change.row = layer.model(**layer.defaults)
                continue
            row = rows.get(change.pk or 0)
            if row is None:
                gone = since(layer.model, change.pk or 0, change.version)
                prepared.conflicts.append(Conflict(change.key, "", 0, True, None, {}, gone))
                continue
            if not policy.may_touch(user, "view", row):
                prepared.add(
                    change,
                    _("“%(name)s” lies outside of what your office is responsible for.")
                    % {"name": layer.title(row)},
                )
                continue
            if change.action == Action.DELETE and not layer.deletes:
                prepared.add(
                    change, _("Rows of this kind are not taken away on the map: give them an end date.")
                )
                continue
            change.before, change.row = row, _copy(row)
            stored = getattr(row, layer.geometry)
            change.old_shape = to_shape(stored) if stored is not None else None
            if versions[row.pk] != change.version:
                prepared.conflicts.append(
                    Conflict(
                        change.key, layer.title(row), versions[row.pk], False, change.old_shape, attributes_of(layer, row),
                        since(layer.model, row.pk, change.version),
                    )
                )  # fmt: skip


def _rows(model: type[Model], pks: Sequence[int], *, lock: bool) -> dict[int, Any]:
    rows = model._default_manager.filter(pk__in=pks).order_by("pk")
    if lock:
        rows = rows.select_for_update()
    return {row.pk: row for row in rows}


def _copy(row: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    copy = type(row)(**values)
    copy._state.adding, copy._state.db = False, row._state.db
    return copy


def attributes_of(layer: Any, row: Any) -> dict[str, Any]:
    """Return what is entered beside the map, as a form has it."""
    form = layer.form(instance=row)
    found: dict[str, Any] = {}
    for name in form.fields:
        value = form.get_initial_for_field(form.fields[name], name)
        prepared = form.fields[name].prepare_value(value)
        if name == "division_code" and row.pk:
            prepared = row.division.code if row.division_id else ""
        found[name] = prepared.isoformat() if hasattr(prepared, "isoformat") else prepared
    return found


def _enter(prepared: Prepared, change: Change) -> None:
    """Give a row its new values, or say what is wrong with them."""
    if change.action == Action.DELETE:
        return
    layer, row = change.layer, change.row
    if change.attributes is not None or change.action == Action.CREATE:
        data = _plain(model_to_dict(row, fields=list(layer.form.base_fields))) if row.pk else {}
        if not row.pk:
            blank = layer.form(instance=row)
            data = _plain(
                {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
            )
        given = {
            name: value for name, value in (change.attributes or {}).items() if name in layer.form.base_fields
        }
        form = layer.form(data=data | given, instance=row)
        if not form.is_valid():
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                for error in errors:
                    text = f"{label}: {error}" if label else str(error)
                    prepared.add(change, text, field=str(name))
    shape = change.shape
    if shape is None:
        prepared.add(change, _("Nothing is drawn yet: draw it on the map, or type its co-ordinates."))
        return
    if change.geometry is None:
        return
    found = problems_of(shape, layer.family, settings.limits())
    for problem in found:
        text = problem.message.render(_)
        prepared.add(change, text, severity=problem.severity, place=problem.place)
    if not any(problem.severity is Severity.ERROR for problem in found):
        _place(change)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _place(change: Change) -> None:
    """Put a row where it was drawn, with what follows from that."""
    if change.geometry is None:
        return
    setattr(change.row, change.layer.geometry, to_stored(change.geometry))
    change.layer.derive(change.row, moved=True)


def _hold(companions: Iterable[Change], *, lock: bool) -> None:
    if not lock:
        return
    by_model: defaultdict[type[Model], list[int]] = defaultdict(list)
    for change in companions:
        by_model[change.layer.model].append(change.pk or 0)
    for model, pks in by_model.items():
        _rows(model, sorted(pks), lock=True)


# -- whose it is -------------------------------------------------------------------------------


def _check_scope(prepared: Prepared, user: User, scope_m: float) -> None:
    """What changes must lie where the person's office is responsible: the row, and the place of the change."""
    scope = policy.scope_path(user)
    if scope == "":
        return
    area = _scope_area(user, scope_m)
    for change in prepared.changes:
        row = change.row
        if row is None:
            continue
        paths = [_path_of(side) for side in (change.before, row) if side is not None]
        if scope is None or any(path is not None and not path.startswith(scope) for path in paths):
            title = change.layer.title(change.before or row)
            text = (
                _("“%(name)s” would change with it, and lies outside of what your office is responsible for.")
                if change.companion
                else _("“%(name)s” lies outside of what your office is responsible for.")
            )
            at = _first(change.shape)
            prepared.add(change, text % {"name": title}, place=at)
        elif area is not None and (place := _beyond(change, area)) is not None:
            prepared.add(
                change,
                _(
                    "Here the change lies outside of what your office is responsible for: leave this part to the office there."
                ),
                place=place,
            )
        elif area is None and None in paths:
            prepared.add(
                change,
                _(
                    "Nobody knows which division this lies in, so your office cannot be told to be responsible for it."
                ),
            )


def _path_of(row: Any) -> str | None:
    if isinstance(row, Division):
        return row.path
    division_id = getattr(row, "division_id", None)
    if division_id is None:
        return None
    paths = Division.objects.filter(pk=division_id).values_list("path", flat=True)
    return paths[0] if paths else None


def _scope_area(user: User, scope_m: float) -> BaseGeometry | None:
    division = user.scope()
    if division is None or division.boundary is None:
        return None
    area = to_shape(division.boundary)
    plane = LocalPlane.around(area)
    return plane.to_degrees(plane.to_metres(area).buffer(scope_m, quad_segs=4))


def _beyond(change: Change, area: BaseGeometry) -> tuple[float, float] | None:
    """Return a place of a change that lies outside of an area."""
    old, new = change.old_shape, change.shape
    if change.geometry is None and change.action != Action.DELETE:
        return None
    if old is None or new is None:
        one = new if new is not None else old
        changed = shapely.make_valid(one) if one is not None else None
    elif old.geom_type == "Point":
        changed = shapely.union(old, new)
    else:
        changed = shapely.symmetric_difference(shapely.make_valid(old), shapely.make_valid(new))
    if changed is None:
        return None
    out = shapely.difference(changed, area)
    return _first(out) if not out.is_empty else None


def _first(shape: BaseGeometry | None) -> tuple[float, float] | None:
    if shape is None or shape.is_empty:
        return None
    x, y = shapely.get_coordinates(shape)[0]
    return float(x), float(y)


def may_apply(user: User, changes: Iterable[Change]) -> bool:
    """Whether a person may put changes in force without asking anybody."""
    return all(policy.may(user, change.layer.direct) for change in changes)


def may_decide(user: User) -> bool:
    """Whether a person decides what others propose."""
    return policy.may(user, Doing.EDIT_TERRITORY)
