"""What can be changed of many facilities at once. Each sort of change stands on the service that changes one.

So whatever holds for one card (who may, what is impossible, what a clerk only proposes, who was there first) holds for many.
"""

from __future__ import annotations

import abc
import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User

from ..models import Facility, Kind, LifeEvent, Proposal, What
from ..models.facility import ACCESSIBILITY
from . import kinds, life, life_words, proposing, publishing
from .editing import Held, save_card
from .facts import FACTS, Wording, facts_of

# Facts that can be the same for many: no name, no place, no code.
FACT_CODES: Final = (
    "division", "opening_hours", "public_phone", "private_phone", "contact_role", "ownership", "registration",
    "founder", "funding", "grade_scheme", "grade", "medical_service", "medical_insurance", "tenure", "lease_from",
    "lease_to", "built_on", *ACCESSIBILITY,
)  # fmt: skip

Trace = dict[str, Any]


class Sort(abc.ABC):
    """One sort of change."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]

    @abc.abstractmethod
    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
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

    @abc.abstractmethod
    def do(self, facility: Facility, change: Mapping[str, Any], base: Any, user: User, held: Held) -> Trace:
        """Change one facility, and return what undoing it needs; ``proposal`` where it waits for the county."""

    @abc.abstractmethod
    def undo(
        self, facility: Facility, change: Mapping[str, Any], trace: Trace, user: User, held: Held
    ) -> None:
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


class FactSort(Sort):
    """A fact of the card gets the same value everywhere."""

    def __init__(self, fact: str) -> None:
        self.fact = fact
        self.code = fact  # type: ignore[misc]

    @property
    def label(self) -> str:  # type: ignore[override]
        """What the fact is called."""
        return FACTS[self.fact].label

    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
        """Return the fact."""
        del change
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

    def do(self, facility: Facility, change: Mapping[str, Any], base: Any, user: User, held: Held) -> Trace:
        """Save the card with this one fact."""
        outcome = save_card(
            facility=facility,
            base={self.fact: base},
            typed={self.fact: change["value"]},
            user=user,
            note=change.get("reason", ""),
            held=held,
        )
        if outcome.proposal is not None:
            return {"proposal": outcome.proposal.pk}
        return {"before": base, "after": change["value"]}

    def undo(
        self, facility: Facility, change: Mapping[str, Any], trace: Trace, user: User, held: Held
    ) -> None:
        """Put back what was there, if what was put there is still there."""
        now = self.now(facility, change)
        if now != trace["after"]:
            raise later_change(self.say(now))
        save_card(
            facility=facility, base={self.fact: now}, typed={self.fact: trace["before"]}, user=user, held=held
        )


class EventSort(Sort):
    """Something happens to all on a day."""

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

    def do(self, facility: Facility, change: Mapping[str, Any], base: Any, user: User, held: Held) -> Trace:
        """Enter the event."""
        del base, held
        event = life_words.Event(
            what=self.what,
            day=datetime.date.fromisoformat(change["day"]),
            details=self.details(change),
            reason=change.get("reason", ""),
            document=change.get("document", ""),
        )
        made = life.enter(facility=facility, event=event, user=user)
        return {"proposal": made.pk} if isinstance(made, Proposal) else {"event": made.pk}

    def undo(
        self, facility: Facility, change: Mapping[str, Any], trace: Trace, user: User, held: Held
    ) -> None:
        """Withdraw the event, if nothing of its sort was entered since."""
        del held
        event = LifeEvent.objects.get(pk=trace["event"])
        later = LifeEvent.objects.filter(
            facility=facility, what=self.what, recorded_at__gt=event.recorded_at, withdrawn_at__isnull=True
        ).first()
        if not event.holds or later is not None:
            raise later_change(self.say(self.now(facility, change)))
        life.withdraw(event=event, user=user, reason=str(_("The change of many facilities was taken back.")))


class StatusSort(EventSort):
    """A status from a day on."""

    code = "status"
    label = gettext_lazy("status")
    what = What.STATUS

    def details(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the status."""
        return {"status": change["value"]}

    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
        """Return the latest status before the day: its row and its word."""
        day = datetime.date.fromisoformat(change["day"])
        row = facility.statuses.filter(valid_from__lte=day).order_by("-valid_from").first()
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

    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
        """Return who runs it on the day."""
        rows = facility.operators.on(datetime.date.fromisoformat(change["day"])).order_by("pk")
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

    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
        """Return the kind on the day."""
        return kinds.kind_on(facility, datetime.date.fromisoformat(change["day"]))

    def say(self, value: Any) -> str:
        """Say the kind."""
        kind = Kind.objects.filter(pk=value).first()
        return kind.name if kind else ""


class PublishedSort(Sort):
    """Shown to the public, or no longer."""

    code = "published"
    label = gettext_lazy("published")

    def now(self, facility: Facility, change: Mapping[str, Any]) -> Any:
        """Return whether it is published."""
        del change
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

    def do(self, facility: Facility, change: Mapping[str, Any], base: Any, user: User, held: Held) -> Trace:
        """Publish or withdraw it; what is secret or protective is never published by the dozen."""
        del held
        if change["value"] and (facility.secret or facility.kind.protective):
            raise ValidationError(_("Its place is secret or protective; it is not published."))
        publishing.set_visibility(facility=facility, user=user, published=change["value"])
        return {"before": base, "after": change["value"]}

    def undo(
        self, facility: Facility, change: Mapping[str, Any], trace: Trace, user: User, held: Held
    ) -> None:
        """Put back what was there."""
        del change, held
        if facility.published != trace["after"]:
            raise later_change(self.say(facility.published))
        publishing.set_visibility(facility=facility, user=user, published=trace["before"])


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
