"""What a page sends: changes as a person drew them, and what is found about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata.editing.checks import Severity
from geo_registry.geodata.editing.plane import Point

from ..geometries import from_geojson, to_geojson
from ..models import EditChange
from ..registry import Layer, layers

# One session: more is an import.
MAX_CHANGES = 500
Action = EditChange.Action


class DrawingError(Exception):
    """What cannot be done; one plain sentence, and the place if it has one."""

    def __init__(self, text: str, *, place: Point | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.place = place


@dataclass(slots=True)
class Change:
    """One thing drawn, changed or taken away.

    Parameters
    ----------
    key : str
        What the page calls it; answers speak of it by this.
    layer : Layer
    action : EditChange.Action
    pk : int or None
        ``None`` for what is new.
    version : int
        What it was drawn upon.
    geometry : geometry or None
        ``None`` where it stays as it is.
    attributes : mapping or None
        What was entered; what is not there stays as it is.
    companion : bool
        Whether it follows from another change.
    row : Model or None
        The row with its new values, once looked at.
    before : Model or None
        The row as it is.
    """

    key: str
    layer: Layer
    action: EditChange.Action
    pk: int | None = None
    version: int = 0
    geometry: BaseGeometry | None = None
    attributes: Mapping[str, Any] | None = None
    companion: bool = False
    row: Any = None
    before: Any = None
    old_shape: BaseGeometry | None = None

    @property
    def shape(self) -> BaseGeometry | None:
        """The geometry it will have."""
        if self.action == Action.DELETE:
            return None
        return self.geometry if self.geometry is not None else self.old_shape


@dataclass(slots=True)
class Problem:
    """Something that is wrong, or worth a look.

    Parameters
    ----------
    key : str
        Of the change; empty for all of them.
    field : str
        The attribute it is about, if it is one.
    fix : mapping or None
        What the page may offer to do about it.
    """

    key: str
    severity: Severity
    text: str
    place: Point | None = None
    field: str = ""
    shape: BaseGeometry | None = None
    fix: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it for the page."""
        return {
            "key": self.key,
            "severity": self.severity.value,
            "text": self.text,
            "place": self.place,
            "field": self.field,
            "shape": to_geojson(self.shape),
            "fix": dict(self.fix) if self.fix else None,
        }


@dataclass(slots=True)
class Conflict:
    """A row that somebody else changed meanwhile: what they did, and how it is now."""

    key: str
    title: str
    version: int
    gone: bool
    geometry: BaseGeometry | None
    attributes: Mapping[str, Any]
    since: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return it for the page."""
        return {
            "key": self.key,
            "title": self.title,
            "version": self.version,
            "gone": self.gone,
            "geometry": to_geojson(self.geometry),
            "attributes": dict(self.attributes),
            "since": list(self.since),
        }


@dataclass(slots=True)
class Prepared:
    """Changes looked at from all sides."""

    changes: list[Change]
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """What keeps them from being saved."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    def add(self, change: Change, text: str, *, severity: Severity = Severity.ERROR, **more: Any) -> None:
        """Note a problem of a change."""
        self.problems.append(Problem(change.key, severity, text, **more))


def read_changes(given: Any) -> list[Change]:
    """Read what a page sent.

    Raises
    ------
    DrawingError, BadGeometryError
    """
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise DrawingError(_("What arrived is damaged. Reload the page: your draft is kept in this browser."))
    if len(given) > MAX_CHANGES:
        raise DrawingError(
            _("%(count)d changes are more than the %(limit)d that are saved together. Save in parts.")
            % {"count": len(given), "limit": MAX_CHANGES}
        )
    known = layers()
    changes = []
    for item in given:
        layer = known.get(str(item.get("layer")))
        action = item.get("action")
        pk, version = item.get("id"), item.get("version") or 0
        if (
            layer is None
            or action not in Action.values
            or not (pk is None or isinstance(pk, int))
            or not isinstance(version, int)
            or (pk is None) != (action == Action.CREATE)
        ):
            raise DrawingError(
                _("What arrived is damaged. Reload the page: your draft is kept in this browser.")
            )
        geometry = item.get("geometry")
        attributes = item.get("attributes")
        changes.append(
            Change(
                key=str(item.get("key", ""))[:60],
                layer=layer,
                action=Action(action),
                pk=pk,
                version=version,
                geometry=from_geojson(geometry, layer.family) if geometry is not None else None,
                attributes=attributes if isinstance(attributes, dict) else None,
            )
        )
    rows = [(change.layer.code, change.pk) for change in changes if change.pk is not None]
    if len(set(rows)) != len(rows):
        raise DrawingError(_("What arrived is damaged. Reload the page: your draft is kept in this browser."))
    return changes
