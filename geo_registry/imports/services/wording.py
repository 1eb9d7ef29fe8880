"""What changes of records are called: fields and values as people read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model
from django.utils.translation import gettext as _

from geo_registry.accounts.geometry_words import describe
from geo_registry.geodata.errors import shortened

from ..registry import words_of
from .rows import target_of

_NOT_SHOWN = frozenset({"source_id", "short_id", "path"})
_LONG = 120


@dataclass(frozen=True, slots=True)
class Worded:
    """One field: its name, and what was and is in it."""

    label: str
    before: str
    after: str


def _worded(label: str, before: str, after: str) -> Worded:
    """Return a change as a page has room for it; whole it stands in the record and its history."""
    return Worded(label, shortened(before), shortened(after))


@dataclass
class Wording:
    """Words for the changes of some rows; what keys point at is looked up once for all of them.

    Parameters
    ----------
    changes : iterable of mapping
        As `rows` writes them: model, before, after.
    """

    changes: Iterable[Mapping[str, Any]]
    _names: dict[tuple[type[Model], int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted: defaultdict[type[Model], set[int]] = defaultdict(set)
        for change in self.changes:
            model = model_of(change)
            if model is None:
                continue
            for values in (change.get("b", {}), change.get("a", {})):
                for name, value in values.items():
                    target = (
                        target_of(model, name) if name.endswith("_id") and isinstance(value, int) else None
                    )
                    if target is not None and name not in _NOT_SHOWN:
                        wanted[target].add(value)
        for target, keys in wanted.items():
            rows = target._default_manager.filter(pk__in=keys)
            if any(item.name == "boundary" for item in target._meta.concrete_fields):
                rows = rows.defer("boundary")
            self._names |= {(target, row.pk): str(row) for row in rows}

    def of(self, change: Mapping[str, Any]) -> list[Worded]:
        """Return what a change did, field by field."""
        model = model_of(change)
        if model is None:
            return []
        before, after = change.get("b", {}), change.get("a", {})
        found = []
        for name in after:
            if name in _NOT_SHOWN:
                continue
            own = words_of(model, name)
            if own is not None:
                label, word = own
                found.append(_worded(label, word(before.get(name)), word(after[name])))
                continue
            found.append(
                _worded(
                    self._label(model, name),
                    self._value(model, name, before.get(name)),
                    self._value(model, name, after[name]),
                )
            )
        return found

    def _label(self, model: type[Model], name: str) -> str:
        item = _field(model, name)
        return str(item.verbose_name) if item is not None else name

    def _value(self, model: type[Model], name: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        item = _field(model, name)
        if isinstance(item, ForeignKey):
            return self._names.get((item.related_model, value), _("made by this file"))  # type: ignore[arg-type]
        if isinstance(item, GeometryField):
            return _shape(value)
        choices = dict(item.flatchoices) if item is not None and item.choices else {}
        text = str(choices.get(value, value))
        return text if len(text) <= _LONG else text[:_LONG] + "…"


def model_of(change: Mapping[str, Any]) -> type[Model] | None:
    """Return the model that a change is of, or ``None`` where it is gone."""
    try:
        found: type[Model] = apps.get_model(change["m"])
    except LookupError:
        return None
    return found


def _field(model: type[Model], name: str) -> Field[Any, Any] | None:
    try:
        found = model._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _shape(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        return f"{value[0]:.6f}, {value[1]:.6f}"
    try:
        return describe(GEOSGeometry(str(value)))
    except (GEOSException, ValueError):
        return str(value)[:_LONG]
