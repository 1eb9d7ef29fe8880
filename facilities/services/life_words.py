"""A facility's life in words: what an event changes, and all that happened to a facility, newest first."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry.languages import in_each_language

from ..models import Facility, FacilityOperator, FacilityStatus, Function, Kind, LifeEvent, Status, What

# Reasons that the program gives itself. They are kept so, and read in the reader's language.
ENTERED: Final = gettext_noop("entered in the register")
TAKEN_BACK: Final = gettext_noop("The change of many facilities was taken back.")


@cache
def _own_reasons() -> dict[str, str]:
    # Earlier versions kept them in the language of whoever was there.
    return {said: own for own in (ENTERED, TAKEN_BACK) for said in in_each_language(partial(_, own)).values()}


def reason_words(reason: str) -> str:
    """Return a reason as it was written; in the reader's language, if the program gave it."""
    own = _own_reasons().get(reason)
    return _(own) if own else reason


@dataclass(frozen=True, kw_only=True)
class Event:
    """What somebody wants to enter.

    ``details`` by what it is: ``status`` and ``merged_into``; ``name``, ``mode`` and ``until``; ``kind`` and ``functions``;
    ``functions``. Rows are named by their primary keys, days as ``2024-03-25``.
    """

    what: What
    day: datetime.date
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    document: str = ""
    has_file: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as a proposal keeps it."""
        return {
            "what": self.what.value,
            "day": self.day.isoformat(),
            "details": dict(self.details),
            "reason": self.reason,
            "document": self.document,
            "has_file": self.has_file,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Event:
        """Return what a proposal keeps."""
        return cls(
            what=What(kept["what"]),
            day=datetime.date.fromisoformat(kept["day"]),
            details=kept["details"],
            reason=kept["reason"],
            document=kept["document"],
            has_file=kept.get("has_file", False),
        )


@dataclass
class Names:
    """Names of rows that events point at, looked up once for all."""

    kinds: dict[int, str] = field(default_factory=dict)
    functions: dict[int, str] = field(default_factory=dict)
    facilities: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, many: Sequence[Mapping[str, Any]]) -> Names:
        """Look up what some events' details name. At most three queries."""
        kinds = {details["kind"] for details in many if details.get("kind")}
        functions = {pk for details in many for pk in details.get("functions") or ()}
        targets = {details["merged_into"] for details in many if details.get("merged_into")}
        return cls(
            {row.pk: row.name for row in Kind.objects.filter(pk__in=kinds)} if kinds else {},
            {row.pk: row.name for row in Function.objects.filter(pk__in=functions)} if functions else {},
            {row.pk: f"{row.number} {row.name}" for row in Facility.objects.filter(pk__in=targets)}
            if targets
            else {},
        )


def event_words(what: What | str, details: Mapping[str, Any], names: Names | None = None) -> str:
    """Say what an event changes: “paused”, “run by 灵武夕阳红”."""
    names = names or Names.of([details])
    functions = _(", ").join(names.functions.get(pk, str(pk)) for pk in details.get("functions") or ())
    match What(what):
        case What.STATUS:
            words = str(dict(Status.choices).get(details.get("status") or "", ""))
            target = names.facilities.get(details.get("merged_into") or 0)
            return _("%(status)s, into %(target)s") % {"status": words, "target": target} if target else words
        case What.OPERATOR:
            mode = dict(FacilityOperator.Mode.choices).get(details.get("mode") or "")
            run_by = _("run by %(operator)s") % {"operator": details.get("name", "")}
            return _(", ").join([run_by, str(mode)]) if mode else run_by
        case What.KIND:
            return _("becomes %(kind)s; functions: %(functions)s") % {
                "kind": names.kinds.get(details.get("kind") or 0, ""),
                "functions": functions,
            }
    return _("functions: %(functions)s") % {"functions": functions}


@dataclass(frozen=True)
class Moment:
    """One line of a facility's life. ``event`` is missing where a file said it."""

    day: datetime.date
    words: str
    event: LifeEvent | None
    status: FacilityStatus | None
    reason: str
    document: str
    is_future: bool

    @property
    def holds(self) -> bool:
        """Whether nobody has withdrawn it."""
        return self.event is None or self.event.holds

    @property
    def withdrawn_reason(self) -> str:
        """Why it was withdrawn."""
        return reason_words(self.event.withdrawn_reason) if self.event is not None else ""


def timeline(facility: Facility, *, day: datetime.date) -> list[Moment]:
    """Return a facility's life, newest first: events with their trace, and statuses that files brought."""
    events = list(facility.life.select_related("recorded_by", "withdrawn_by", "corrects"))
    of_events = {event.undo.get("status") for event in events if event.holds}
    names = Names.of([event.details for event in events])
    moments = [
        Moment(
            event.day,
            event_words(event.what, event.details, names),
            event,
            None,
            reason_words(event.reason),
            event.document,
            event.holds and event.day > day,
        )
        for event in events
    ]
    for row in facility.statuses.select_related("merged_into"):
        if row.pk in of_events:
            continue
        words = str(row.get_status_display())
        if row.merged_into is not None:
            words = _("%(status)s, into %(target)s") % {"status": words, "target": row.merged_into}
        moments.append(
            Moment(
                row.valid_from, words, None, row, reason_words(row.reason), row.document, row.valid_from > day
            )
        )
    return sorted(
        moments, key=lambda moment: (moment.day, moment.event.pk if moment.event else 0), reverse=True
    )
