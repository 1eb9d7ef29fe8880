"""One run of one import: what every step of it needs to know, and where it writes down what it did."""

from __future__ import annotations

import datetime
import uuid
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.declarations import Match, Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import Outcome, RowIssue
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, LocationMethod

from ..models import BatchRow
from .copying import create, maker
from .neutral import issues_to_json
from .whereabouts import Whereabouts

_OUTSIDE_HOME = gettext_noop("{division} does not belong to {home}, which this registry is for.")
_REAL_STAYS = gettext_noop("A real record is there already. Demo data never changes what is real.")
_TAKEN_OVER = gettext_noop(
    "The record was demo data and is real from now on. What was invented and the file does not say was "
    "removed."
)
_NO_SCOPE = gettext_noop(
    "The row names no division, so nobody can tell whether your office is responsible for it."
)
_NOT_PUBLISHED = gettext_noop(
    "What the public sees is decided by a reviewer; “{header}” of this row was left as it is in the registry."
)
_OUTSIDE_SCOPE = gettext_noop("{division} does not belong to {home}, which your office is responsible for.")


def _keys() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Change:
    """What became of one object: which fields, from what to what."""

    record: Record
    instance: Model
    created: bool
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a row may be about, though their keys differ.

    Parameters
    ----------
    pk : int
    label : str
        Name and number.
    where : str
        The division it lies in.
    likeness : float
        Of the names, 0 to 1.
    distance_m : float or None
        Between the points, where both are known.
    row : int or None
        Of the same file, where it is not a record but another row.
    """

    pk: int
    label: str
    where: str
    likeness: float
    distance_m: float | None = None
    row: int | None = None


@dataclass(kw_only=True)
class ImportRun:
    """A run of an import within its transaction.

    Parameters
    ----------
    match : Match
        Which header is which field.
    source : Source
        What the rows come from.
    user : User or None
        Who imports; ``None`` is the administrator at the console, who may touch everything.
    home : Division or None
        The installation's, if it has one.
    today : date
        The day of the import, here.
    home_code : str or None
        Code of the division that is to become home.
    batch_id : UUID
        Under which history and rows are kept.
    issues : list of RowIssue
        What there is to say of the file as a whole.
    decisions : mapping of int to str
        Row → ``new``, ``skip``, or the primary key of the record that it is about, as a person decided.
    place_missing : bool
        Rows without co-ordinates are placed by a registered name in their address, or by their division.
    positions : mapping of int to (lon, lat)
        Row without co-ordinates → where a person put it, in EPSG:4490.
    candidates : dict
        Row → records that it may be about, found while no record has its key.
    whereabouts : Whereabouts
        Where rows lie beside where the registry has them.
    first_created : dict
        Model → the first primary key that this run gave away.
    helpers : ExitStack
        What is to end with the run: processes that work ahead of it.
    """

    match: Match
    source: Source
    user: User | None = None
    home: Division | None = None
    today: datetime.date = field(default_factory=lambda: timezone.localdate())
    home_code: str | None = None
    batch_id: uuid.UUID = field(default_factory=uuid.uuid4)
    issues: list[RowIssue] = field(default_factory=list)
    decisions: Mapping[int, str] = field(default_factory=dict)
    place_missing: bool = True
    positions: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    candidates: dict[int, list[Candidate]] = field(default_factory=dict)
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    first_created: dict[type[Model], int] = field(default_factory=dict)
    helpers: ExitStack = field(default_factory=ExitStack)
    # Eight bytes for each record: a file may have millions.
    created: defaultdict[type[Model], array[int]] = field(default_factory=lambda: defaultdict(_keys))
    changed: defaultdict[type[Model], array[int]] = field(default_factory=lambda: defaultdict(_keys))
    _rows: list[BatchRow] = field(default_factory=list)
    _new_row: Callable[..., BatchRow] = field(default_factory=lambda: maker(BatchRow))
    _of_record: defaultdict[int, list[tuple[Change, BatchRow]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def header(self, name: str) -> str:
        """Return what the user calls a field."""
        return self.match.header(name)

    def may_touch(self, record: Record, *divisions: Division | None, column: str = "division_code") -> bool:
        """Refuse a record that lies, or would lie, outside of home or of what the user's office is responsible for.

        Parameters
        ----------
        record : Record
        *divisions : Division or None
            Where it is to lie, and where what it changes lies now; ``None`` where there is none. A record without any
            passes for the administrator at the console only.
        column : str
            Field that the refusal names.
        """
        places = [division for division in divisions if division is not None]
        for limit, template in ((self.home, _OUTSIDE_HOME), (self.scope, _OUTSIDE_SCOPE)):
            outside = [
                place for place in places if limit is not None and not place.path.startswith(limit.path)
            ]
            if outside:
                params = {"division": outside[0].name, "home": limit.name if limit is not None else ""}
                record.refuse(Message(template, params), column=self.header(column), value=outside[0].code)
                return False
        if self.user is not None and not places and not self._acts_at_home:
            record.refuse(Message(_NO_SCOPE), column=self.header(column))
            return False
        return True

    @cached_property
    def _acts_at_home(self) -> bool:
        """Whether a person's scope takes in all of home: there rows lie that name no division."""
        path = policy.scope_path(self.user) if self.user is not None else None
        return path is not None and (self.home is None or self.home.path.startswith(path))

    @cached_property
    def scope(self) -> Division | None:
        """What the user's office is responsible for; ``None`` for the administrator at the console."""
        return self.user.scope() if self.user is not None else None

    def provenance(
        self, record: Record, existing: Any, *, blanks: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return what a record's object is to say of its source; ``None`` where the record is refused.

        A record keeps the source that brought it: what later files changed stands in its history. Demo data
        never
        overwrites a real record. A real file takes a demo record over: whatever was invented and the file
        does not say is
        blanked, so that nothing invented passes for real.

        Parameters
        ----------
        record : Record
        existing : Model or None
            With its ``source`` loaded.
        blanks : mapping, optional
            Attribute → what it is when nobody knows.
        """
        own: dict[str, Any] = {"source_id": self.source.id, "source_ref": record.values.get("source_ref", "")}
        if existing is None:
            return own
        if existing.source_id == self.source.pk:
            return {"source_ref": own["source_ref"]} if own["source_ref"] else {}
        if self.takes_over(existing):
            record.warn(Message(_TAKEN_OVER))
            return {**(blanks or {}), **own}
        if self.source.is_demo and not existing.is_demo:
            record.refuse(Message(_REAL_STAYS))
            return None
        return {}

    def leave_publishing(self, record: Record, existing: Any, values: dict[str, Any]) -> None:
        """Take ``published`` out of what a row wants, where the person does not decide what the public sees."""
        if self.user is None or "published" not in values or policy.may(self.user, policy.Action.APPROVE):
            return
        now = existing.published if existing is not None else False
        # A demo record that becomes real would lose it as well, without the row saying so.
        if values.pop("published") != now and "published" in record.values:
            header = self.header("published")
            record.warn(Message(_NOT_PUBLISHED, {"header": header}), column=header)

    def decided(self, record: Record) -> int | None:
        """Return the primary key of the record that a person said the row is about."""
        said = self.decisions.get(record.number, "")
        return int(said) if said.isascii() and said.isdigit() else None

    def takes_over(self, existing: Any) -> bool:
        """Tell whether a demo record becomes real by this run."""
        return existing is not None and existing.is_demo and not self.source.is_demo

    def point_method(self) -> str:
        """Return how a point that stands in the file is known."""
        return LocationMethod.INVENTED if self.source.is_demo else LocationMethod.IMPORTED

    def remember(self, changes: Iterable[Change]) -> None:
        """Write down what became of objects, and set the outcome of their records.

        A record that made one thing and changed another counts as new; one that did nothing at all as
        unchanged.
        """
        keys: dict[type[Model], int] = {}
        for change in changes:
            model = type(change.instance)
            if model not in keys:
                keys[model] = ContentType.objects.get_for_model(model).pk
            pk = change.instance.pk
            if change.created:
                self.created[model].append(pk)
                self.first_created.setdefault(model, pk)
                change.record.outcome = Outcome.NEW
            elif change.after:
                self.changed[model].append(pk)
                if change.record.outcome is not Outcome.NEW:
                    change.record.outcome = Outcome.CHANGED
            else:
                if change.record.outcome is None:
                    change.record.outcome = Outcome.UNCHANGED
                continue
            row = self._new_row(
                batch_id=self.batch_id,
                row=change.record.number,
                action="new" if change.created else "changed",
                content_type_id=keys[model],
                object_id=pk,
                before=change.before,
                after=change.after,
            )
            self._rows.append(row)
            self._of_record[id(change.record)].append((change, row))

    def settle(self, record: Record, cells: Mapping[str, Any]) -> list[Change]:
        """Write down what there is to say of a record that is done with; return what it did.

        Parameters
        ----------
        record : Record
        cells : mapping
            The row as the file has it, kept if it was refused.
        """
        done = self._of_record.pop(id(record), [])
        if record.refused:
            remarks = issues_to_json(record.issues)
            row = self._new_row(
                batch_id=self.batch_id,
                row=record.number,
                action="refused",
                issues=remarks,
                cells=[[header, value] for header, value in cells.items()],
            )
            self._rows.append(row)
        elif done and record.issues:
            done[0][1].issues = issues_to_json(record.issues)
        return [change for change, _row in done]

    def flush(self) -> None:
        """Save the rows of the batch that were written down so far."""
        create(BatchRow, self._rows)
        self._rows = []
