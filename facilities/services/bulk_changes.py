"""What can be changed of many facilities at once. Each sort of change stands on the service that changes one.

So whatever holds for one card (who may, what is impossible, what a clerk only proposes, who was there first) holds for many.
"""

from __future__ import annotations

import abc
import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User

from ..models import Facility, Kind, LifeEvent, Proposal, What
from ..models.facility import ACCESSIBILITY
from . import life, life_words, proposing, publishing
from .editing import Held, save_card
from .facts import FACTS, Wording, facts_of
from .life_deeds import Deed
from .life_rows import holding
from .life_words import TAKEN_BACK, Event

# Facts that can be the same for many: no name, no place, no code.
FACT_CODES: Final = (
    "division", "opening_hours", "public_phone", "private_phone", "contact_role", "ownership", "registration",
    "founder", "funding", "grade_scheme", "grade", "medical_service", "medical_insurance", "tenure", "lease_from",
    "lease_to", "built_on", *ACCESSIBILITY,
)  # fmt: skip

Trace = dict[str, Any]
# What would come of an event: it is written once all are judged.
Judged = Deed | Proposal


@dataclass
class Many:
    """One change on its way through many facilities: what is the same for all of them is read and said once.

    Parameters
    ----------
    sort, change
        What is changed, and into what.
    user
        Who changes it.
    held
        What was read of the facilities, which are locked.
    """

    sort: Sort
    change: Mapping[str, Any]
    user: User
    held: Held
    _said: dict[str, str] = field(default_factory=dict)

    @property
    def day(self) -> datetime.date:
        """The day from which an event holds."""
        return datetime.date.fromisoformat(self.change["day"])

    @cached_property
    def wanted(self) -> str:
        """What it would be afterwards, in words."""
        return self.sort.say_wanted(self.change)

    @cached_property
    def event(self) -> Event:
        """The event that all of them have, where the change is one."""
        assert isinstance(self.sort, EventSort)  # noqa: S101 - for the type checker
        return self.sort.event(self.change)

    def say(self, value: Any) -> str:
        """Say a value of `Sort.now`: many facilities have the same, and saying it may cost a query."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._said:
            self._said[key] = self.sort.say(value)
        return self._said[key]


class Sort(abc.ABC):
    """One sort of change."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]

    @abc.abstractmethod
    def now(self, facility: Facility, many: Many) -> Any:
        """Return, as JSON has it, what the change would replace: it is compared before anything is written."""

    @abc.abstractmethod
    def wanted(self, change: Mapping[str, Any]) -> Any:
        """Return what it would be afterwards, where that can be compared with `now`; else ``None``."""

    @abc.abstractmethod
    def say(self, value: Any) -> str:
        """Say a value of `now` in words."""

    @abc.abstractmethod
    def say_wanted(self, change: Mapping[str, Any]) -> str:
        """Say what it would be afterwards."""


class SingleSort(Sort):
    """A change that is written facility by facility, each within a savepoint of its own."""

    @abc.abstractmethod
    def do(self, facility: Facility, base: Any, many: Many) -> Trace:
        """Change one facility, and return what undoing it needs; ``proposal`` where it waits for the county."""

    @abc.abstractmethod
    def undo(self, facility: Facility, trace: Trace, many: Many) -> None:
        """Take it back.

        Raises
        ------
        ValidationError
            If that would destroy what somebody has changed since.
        """


def later_change(words: str) -> ValidationError:
    """Return the refusal to take back what was changed again since."""
    return ValidationError(
        _("It was changed again since; it is now: %(now)s.") % {"now": words or _("(empty)")}
    )


class FactSort(SingleSort):
    """A fact of the card gets the same value everywhere."""

    def __init__(self, fact: str) -> None:
        self.fact = fact
        self.code = fact  # type: ignore[misc]

    @property
    def label(self) -> str:  # type: ignore[override]
        """What the fact is called."""
        return FACTS[self.fact].label

    def now(self, facility: Facility, many: Many) -> Any:
        """Return the fact."""
        del many
        return facts_of(facility, readings=())[self.fact]

    def wanted(self, change: Mapping[str, Any]) -> Any:
        """Return the value that all get."""
        return change["value"]

    def say(self, value: Any) -> str:
        """Say it as the card does."""
        return Wording.of({self.fact: value}).say(self.fact, value)

    def say_wanted(self, change: Mapping[str, Any]) -> str:
        """Say the value that all get."""
        return self.say(change["value"])

    def do(self, facility: Facility, base: Any, many: Many) -> Trace:
        """Save the card with this one fact."""
        value = many.change["value"]
        outcome = save_card(
            facility=facility,
            base={self.fact: base},
            typed={self.fact: value},
            user=many.user,
            note=many.change.get("reason", ""),
            held=many.held,
        )
        if outcome.proposal is not None:
            return {"proposal": outcome.proposal.pk}
        return {"before": base, "after": value}

    def undo(self, facility: Facility, trace: Trace, many: Many) -> None:
        """Put back what was there, if what was put there is still there."""
        now = self.now(facility, many)
        if now != trace["after"]:
            raise later_change(self.say(now))
        save_card(
            facility=facility,
            base={self.fact: now},
            typed={self.fact: trace["before"]},
            user=many.user,
            held=many.held,
        )


class EventSort(Sort):
    """Something happens to all on a day: judged facility by facility, written together."""

    what: ClassVar[What]

    @abc.abstractmethod
    def details(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event's details."""

    def wanted(self, change: Mapping[str, Any]) -> Any:
        """Return nothing: whether it is so already, the event's own checks say."""

    def say_wanted(self, change: Mapping[str, Any]) -> str:
        """Say the event and its day."""
        day = date_format(datetime.date.fromisoformat(change["day"]))
        return _("%(event)s from %(day)s") % {
            "event": life_words.event_words(self.what, self.details(change)), "day": day,
        }  # fmt: skip

    def event(self, change: Mapping[str, Any]) -> Event:
        """Return the event."""
        return Event(
            what=self.what,
            day=datetime.date.fromisoformat(change["day"]),
            details=self.details(change),
            reason=change.get("reason", ""),
            document=change.get("document", ""),
        )

    def judge(self, facility: Facility, many: Many) -> Judged:
        """Return what would come of the event, or say why it is not possible."""
        return life.judge(facility, many.event, many.user, many.held.lives)

    def judge_undo(self, facility: Facility, event: LifeEvent, later: Collection[int], many: Many) -> bool:
        """Say what keeps an event of a facility from being withdrawn: in ``later`` are those that had one of its sort since."""
        if not event.holds or facility.pk in later:
            raise later_change(self.say(self.now(facility, many)))
        life.judge_withdrawal(event, many.user, TAKEN_BACK, many.held.lives)
        return True


class StatusSort(EventSort):
    """A status from a day on."""

    code = "status"
    label = gettext_lazy("status")
    what = What.STATUS

    def details(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the status."""
        return {"status": change["value"]}

    def now(self, facility: Facility, many: Many) -> Any:
        """Return the latest status before the day: its row and its word."""
        row = many.held.lives.status_until(facility, many.day)
        return [row.pk, row.status, row.valid_from.isoformat()] if row else None

    def say(self, value: Any) -> str:
        """Say the status and since when."""
        if not value:
            return ""
        words = life_words.event_words(self.what, {"status": value[1]})
        return _("%(event)s from %(day)s") % {
            "event": words, "day": date_format(datetime.date.fromisoformat(value[2])),
        }  # fmt: skip


class OperatorSort(EventSort):
    """Another operator from a day on."""

    code = "operator"
    label = gettext_lazy("operator")
    what = What.OPERATOR

    def details(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the operator."""
        return {"name": change["value"], "mode": change.get("mode", ""), "until": change.get("until") or None}

    def now(self, facility: Facility, many: Many) -> Any:
        """Return who runs it on the day."""
        rows = holding(many.held.lives.operators[facility.pk], many.day)
        return [[row.pk, str(row)] for row in rows] or None

    def say(self, value: Any) -> str:
        """Say who runs it."""
        return _(", ").join(name for _pk, name in value or ())


class KindSort(EventSort):
    """Another kind from a day on, with the functions that it usually has."""

    code = "kind"
    label = gettext_lazy("kind")
    what = What.KIND

    def details(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the kind and its usual functions."""
        kind = Kind.objects.get(pk=change["value"])
        return {"kind": kind.pk, "functions": sorted(kind.functions.values_list("pk", flat=True))}

    def now(self, facility: Facility, many: Many) -> Any:
        """Return the kind on the day."""
        return many.held.lives.kind_on(facility, many.day)

    def say(self, value: Any) -> str:
        """Say the kind."""
        kind = Kind.objects.filter(pk=value).first()
        return kind.name if kind else ""


class PublishedSort(SingleSort):
    """Shown to the public, or no longer."""

    code = "published"
    label = gettext_lazy("published")

    def now(self, facility: Facility, many: Many) -> Any:
        """Return whether it is published."""
        del many
        return facility.published

    def wanted(self, change: Mapping[str, Any]) -> Any:
        """Return whether it is to be."""
        return change["value"]

    def say(self, value: Any) -> str:
        """Say it."""
        return _("yes") if value else _("no")

    def say_wanted(self, change: Mapping[str, Any]) -> str:
        """Say what it is to be."""
        return self.say(change["value"])

    def do(self, facility: Facility, base: Any, many: Many) -> Trace:
        """Publish or withdraw it; what is secret or protective is never published by the dozen."""
        value = many.change["value"]
        if value and (facility.secret or facility.kind.protective):
            raise ValidationError(_("Its place is secret or protective; it is not published."))
        publishing.set_visibility(facility=facility, user=many.user, published=value, held=True)
        return {"before": base, "after": value}

    def undo(self, facility: Facility, trace: Trace, many: Many) -> None:
        """Put back what was there."""
        if facility.published != trace["after"]:
            raise later_change(self.say(facility.published))
        publishing.set_visibility(facility=facility, user=many.user, published=trace["before"], held=True)


def undo_proposal(trace: Trace, change: Mapping[str, Any], user: User) -> None:
    """Take a proposal back that still waits, and holds nothing but this change.

    Raises
    ------
    ValidationError
        If it is decided, or holds more by now.
    """
    proposal = Proposal.objects.get(pk=trace["proposal"])
    if proposal.subject == Proposal.Subject.FACTS and set(proposal.facts) != {change["sort"]}:
        raise ValidationError(_("The proposal holds other changes too; open it and take this one out."))
    proposing.withdraw(proposal=proposal, user=user)


SORTS: Final[Mapping[str, Sort]] = {
    sort.code: sort
    for sort in (StatusSort(), OperatorSort(), KindSort(), PublishedSort(), *map(FactSort, FACT_CODES))
}
