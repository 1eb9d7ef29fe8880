"""Who changed a record, when, and from what to what; with the dated rows that belong to it.

The database writes the events (pghistory); this reads them back as sentences a person understands. Nothing here knows a
particular table: whatever is tracked, and whatever is tracked and belongs to it by a cascading key, has a history.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from pghistory.models import Event

from geo_registry.languages import in_readers_language

from .geometry_words import describe, describe_change
from .models import User
from .policy import Person

# More than anybody reads on one page; the newest are shown.
MAX_EVENTS_A_TABLE: Final = 1000


class What(enum.Enum):
    """What was done to a row."""

    ADDED = "insert"
    CHANGED = "update"
    REMOVED = "delete"

    @property
    def label(self) -> Promise:
        """The word for it."""
        return _WORDS[self]


_WORDS: Final = {
    What.ADDED: pgettext_lazy("done to a row", "added"),
    What.CHANGED: pgettext_lazy("done to a row", "changed"),
    What.REMOVED: pgettext_lazy("done to a row", "removed"),
}


@dataclass(frozen=True)
class FieldChange:
    """One field, from what to what; ``words`` says it in one sentence where two values would not help."""

    label: str
    before: str = ""
    after: str = ""
    words: str = ""


@dataclass(frozen=True)
class RowChange:
    """What happened to one row: the record itself, or a dated row that belongs to it."""

    what: What
    title: str
    fields: tuple[FieldChange, ...]
    is_record: bool


@dataclass(frozen=True)
class Change:
    """What one person did at one moment."""

    at: datetime.datetime
    who: str
    where: str
    rows: tuple[RowChange, ...]


Say = Callable[[Any], str]


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a table's rows are told, where its columns alone would not tell it to a person.

    Parameters
    ----------
    say
        Given all events that are shown, returns by a field's name what says a row's value in words: names are looked up once.
    left_out
        Fields that are not told.
    shown
        Whether a row, as an event holds it, is anybody else's business. A row begins with the first event that is.
    told
        Given who reads (``None``: nobody in particular) and all events, returns whether he or she may be told of one.
    """

    say: Callable[[Sequence[Any]], Mapping[str, Say]] = dataclass_field(default=lambda _events: {})
    left_out: frozenset[str] = frozenset()
    shown: Callable[[Any], bool] = dataclass_field(default=lambda _event: True)
    told: Callable[[Person | None, Sequence[Any]], Callable[[Any], bool]] = dataclass_field(
        default=lambda _reader, _events: lambda _event: True
    )


_MANNERS: dict[type[models.Model], Manner] = {}
_PLAIN: Final = Manner()


def register(model: type[models.Model], manner: Manner) -> None:
    """Say how a table's rows are told. An app does it once, when it starts."""
    _MANNERS[model] = manner


def event_model(model: type[models.Model]) -> type[Event] | None:
    """Return the table of a model's events, or ``None`` where the model is not tracked."""
    # Proxies of many-to-many tables, and models whose base is tracked, must not answer for one another.
    tracked = model.__dict__.get("pgh_event_models") or {}
    return tracked.get("insert") or tracked.get("update")


def is_tracked(model: type[models.Model]) -> bool:
    """Whether a model's changes are recorded."""
    return event_model(model) is not None


def record_history(model: type[models.Model], pk: object, *, reader: Person | None = None) -> list[Change]:
    """Return what was done to a record and to the rows that belong to it, newest first.

    Parameters
    ----------
    model, pk
        The record; it may have been deleted.
    reader
        Who reads it, and may see the record; without, what is not everybody's is left out.

    Returns
    -------
    list of Change
        One for each person and moment; rows changed together (a page saved, a file imported) stand together.
    """
    collected = list(_collect(model, [pk], parent_link=None, reader=reader))
    collected.sort(key=lambda item: (item[0].pgh_created_at, item[0].pgh_id), reverse=True)
    names = _names_of_people(event for event, _row in collected)
    changes: list[Change] = []
    rows: list[RowChange] = []
    for index, (event, row) in enumerate(collected):
        # A row's dated rows follow the row itself where both were written in one go.
        rows.append(row)
        following = collected[index + 1][0] if index + 1 < len(collected) else None
        if following is None or _moment(following) != _moment(event):
            rows.sort(key=lambda changed: not changed.is_record)
            who, where = _who_and_where(event, names)
            changes.append(Change(at=event.pgh_created_at, who=who, where=where, rows=tuple(rows)))
            rows = []
    return changes


def _moment(event: Any) -> tuple[object, ...]:
    return (event.pgh_context_id or event.pgh_created_at, event.pgh_created_at)


def _collect(
    model: type[models.Model], pks: Sequence[object], *, parent_link: str | None, reader: Person | None
) -> Iterator[tuple[Any, RowChange]]:
    events_of = event_model(model)
    if events_of is None or not pks:
        return
    pk_name = model._meta.pk.attname
    # ``pgh_obj`` carries an index, the copied primary key none.
    column = f"{parent_link}_id" if parent_link else "pgh_obj_id"
    found = list(
        events_of._default_manager.filter(**{f"{column}__in": list(pks)}).order_by("-pgh_id")[
            :MAX_EVENTS_A_TABLE
        ]
    )
    found.reverse()
    manner = _MANNERS.get(model, _PLAIN)
    late = {getattr(event, pk_name) for event in found if not manner.shown(event)}
    found = [event for event in found if manner.shown(event)]
    tells = manner.told(reader, found)
    found = [event for event in found if tells(event)]
    shown = _Shown(model, found, manner, left_out=parent_link)
    before: dict[object, Any] = {}
    for event in found:
        key = getattr(event, pk_name)
        # Where earlier states were nobody's business, the first that is shown is the beginning.
        begins = key in late and key not in before
        row = shown.change(before.get(key), event, is_record=parent_link is None, begins=begins)
        before[key] = event
        if row is not None:
            yield event, row
    own = sorted(
        {getattr(event, pk_name) for event in found} | (set(pks) if parent_link is None else set()), key=str
    )
    for part, link in parts(model):
        yield from _collect(part, own, parent_link=link, reader=reader)


def parts(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Return the tracked tables whose rows belong to a record: with it they would be deleted. And the key's name."""
    return [
        (other, key.name)
        for other in apps.get_models(include_auto_created=True)
        if is_tracked(other) and other is not model
        for key in other._meta.concrete_fields
        if isinstance(key, models.ForeignKey)
        and key.remote_field.model._meta.concrete_model is model._meta.concrete_model
        and key.remote_field.on_delete is models.CASCADE
    ]


class _Shown:
    """A table's fields as people read them, with the names of what its keys point at looked up once."""

    def __init__(
        self, model: type[models.Model], events: Sequence[Any], manner: Manner, *, left_out: str | None
    ) -> None:
        self.model = model
        self.say = manner.say(events) if events else {}
        tracked = {field.name for field in event_model(model)._meta.fields}  # type: ignore[union-attr]
        self.fields = [
            field
            for field in model._meta.concrete_fields
            if field.editable
            and not field.primary_key
            and field.name in tracked
            and field.name != left_out
            and field.name not in manner.left_out
        ]
        self.pointed_at = self._look_up(events)

    def change(self, before: Any, event: Any, *, is_record: bool, begins: bool) -> RowChange | None:
        """Return what an event did, or ``None`` where nothing that people read has changed."""
        what = What(event.pgh_label)
        if what is What.CHANGED and begins:
            what = What.ADDED
        if what is What.REMOVED:
            fields: tuple[FieldChange, ...] = ()
        else:
            changed = (self._field(field, before, event) for field in self.fields)
            fields = tuple(change for change in changed if change is not None)
            if what is What.CHANGED and not fields:
                return None
        return RowChange(what=what, title=self._title(event), fields=fields, is_record=is_record)

    def _title(self, event: Any) -> str:
        label = str(self.model._meta.verbose_name)
        if self.model._meta.proxy:
            named = [
                self.pointed_at.get(field.name, {}).get(getattr(event, field.attname))
                for field in self.fields
                if isinstance(field, models.ForeignKey)
            ]
            return _("%(kind)s: %(what)s") % {"kind": label, "what": ", ".join(str(t) for t in named if t)}
        # The key to the record itself, too: a name that speaks of it must not ask for it row by row.
        targets = {
            field.name: self.pointed_at.get(field.name, {}).get(getattr(event, field.attname, None))
            for field in self.model._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
        }
        known = {field.attname for field in event._meta.concrete_fields}
        row = self.model(
            **{
                f.attname: getattr(event, f.attname)
                for f in self.model._meta.concrete_fields
                if f.attname in known
            }
        )
        for name, target in targets.items():
            if target is not None:
                setattr(row, name, target)
        try:
            return _("%(kind)s: %(what)s") % {"kind": label, "what": row}
        except (ObjectDoesNotExist, ValueError):
            # A name that needs rows which are gone by now: the kind of row has to do.
            return label

    def _field(self, field: models.Field[Any, Any], before: Any, event: Any) -> FieldChange | None:
        new = getattr(event, field.attname)
        old = getattr(before, field.attname) if before is not None else None
        if new == old or (before is None and new in (None, "", [], {})):
            return None
        label = str(field.verbose_name)
        if isinstance(new or old, GEOSGeometry):
            return FieldChange(label=label, words=describe_change(old, new))
        return FieldChange(
            label=label,
            before=self._words(field, old, before) if before is not None else "",
            after=self._words(field, new, event),
        )

    def _words(self, field: models.Field[Any, Any], value: Any, event: Any) -> str:
        if value is None or value in ("", [], {}):
            return _("(empty)")
        if field.name in self.say:
            return self.say[field.name](event) or _("(empty)")
        if field.name in self.pointed_at:
            target = self.pointed_at[field.name].get(value)
            return (
                str(target)
                if target is not None
                else _("no. %(number)s (no longer there)") % {"number": value}
            )
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return words(value)

    def _look_up(self, events: Sequence[Any]) -> dict[str, dict[object, models.Model]]:
        found: dict[str, dict[object, models.Model]] = {}
        for field in self.model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            pks = {getattr(event, field.attname, None) for event in events} - {None}
            found[field.name] = dict(field.remote_field.model._base_manager.in_bulk(pks))
        return found


def words(value: Any) -> str:
    """Return a value as a person writes it."""
    result = str(value)
    if isinstance(value, bool):
        result = _("yes") if value else _("no")
    elif isinstance(value, datetime.datetime):
        result = date_format(timezone.localtime(value), "DATETIME_FORMAT")
    elif isinstance(value, datetime.date):
        result = date_format(value)
    elif isinstance(value, Decimal):
        result = number_format(value.normalize() if value % 1 else value.to_integral_value())
    elif isinstance(value, int | float):
        result = number_format(value)
    elif isinstance(value, GEOSGeometry):
        result = describe(value)
    elif isinstance(value, list):
        result = _(", ").join(words(item) for item in value)
    elif isinstance(value, dict):
        result = _(", ").join(f"{key}: {words(item)}" for key, item in value.items())
    return result


def _names_of_people(events: Iterable[Any]) -> dict[int, str]:
    pks = {(event.pgh_context or {}).get("user") for event in events} - {None}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=pks)}


def _who_and_where(event: Any, names: dict[int, str]) -> tuple[str, str]:
    context = event.pgh_context or {}
    user, command = context.get("user"), context.get("command")
    if user is not None:
        who = names.get(user) or _("account no. %(number)s (no longer there)") % {"number": user}
    elif command:
        who = _("the program, by command")
    elif context.get("url"):
        who = _("somebody without an account")
    else:
        who = _("unknown: written to the database directly")
    where = (
        [command, context.get("file")]
        if command
        else [in_readers_language(context.get("change") or ""), context.get("url")]
    )
    return who, " · ".join(str(part) for part in where if part)
