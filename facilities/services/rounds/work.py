"""Rounds as somebody's work, and their notifications in words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action, limit, may
from geo_registry.jobs.recurring import register_recurring
from geo_registry.territory.models import Level
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from ...models import Confirmation, Facility, Round
from ..freshness import freshness
from ..panels import Panel, register_panel
from . import confirming, deciding, opening
from .facts import known, label, questions
from .queue import waiting

State = Confirmation.State
_EVERY = datetime.timedelta(hours=1)


class ToConfirm:
    """For clerks: the queue as one thing to do, and each answer that came back. For those above: what is overdue."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Confirm facilities")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count the queue as one, and what came back or waits for the county one by one. One query, for the round."""
        if not may(asked.user, Action.EDIT_FACILITIES):
            return Counts()
        if asked.pile is Pile.OTHERS:
            return Countable(rows=self._handed_on(asked))
        current = opening.current_round(asked.day)
        if current is None:
            return Counts()
        late = current.due_on < asked.day
        returned = Countable(rows=self._returned(current, asked), late=late, back=True)
        return Countable(rows=self._queue(current, asked), late=late, as_one=True, also=(returned,))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return what came back, then the queue. Four queries at most."""
        if not may(asked.user, Action.EDIT_FACILITIES):
            return []
        if asked.pile is Pile.OTHERS:
            rows = self._handed_on(asked)[first : first + size]
            return [_item(row, waits_for=_("the county office")) for row in rows]
        current = opening.current_round(asked.day)
        if current is None:
            return []
        returned = self._returned(current, asked)
        items = [
            _item(row, returned=True, waits_for=str(row.decided_by or ""))
            for row in returned[first : first + size]
        ]
        if len(items) < size and first <= returned.count():
            left = self._queue(current, asked).count()
            if left:
                items.append(_queue_item(current, left, asked.day))
        return items

    def _queue(self, current: Round, asked: Asked) -> QuerySet[Confirmation]:
        rows = waiting(current, asked.user).filter(state=State.WAITING)
        if asked.user.role != Role.CLERK and current.due_on >= asked.day:
            # Townships have their clerks; what lies above them is the county's own.
            rows = rows.filter(facility__division__level__lt=Level.TOWNSHIP)
        return rows

    def _returned(self, current: Round, asked: Asked) -> QuerySet[Confirmation]:
        rows = waiting(current, asked.user).filter(state=State.RETURNED, confirmed_by=asked.user)
        return rows.select_related("facility__division", "round", "decided_by")

    def _handed_on(self, asked: Asked) -> QuerySet[Confirmation]:
        rows = limit(Confirmation.objects.approving(), asked.user).filter(confirmed_by=asked.user)
        return rows.select_related("facility__division", "round").order_by("round__due_on", "pk")


class ToApprove:
    """For the county: answers that are unusual, one by one; nobody sees the own here. One query for each question."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Unusual answers to approve")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        if not self._concerns(asked):
            return Counts()
        return Countable(rows=to_approve(asked), late=Q(round__due_on__lt=asked.day))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them, the oldest round first."""
        if not self._concerns(asked):
            return []
        return [
            _item(row, waits_for=str(row.confirmed_by or ""))
            for row in to_approve(asked)[first : first + size]
        ]

    def _concerns(self, asked: Asked) -> bool:
        return asked.pile is Pile.MINE and may(asked.user, Action.APPROVE)


def to_approve(asked: Asked) -> QuerySet[Confirmation]:
    """Return the answers that wait for a person's approval."""
    rows = limit(Confirmation.objects.approving(), asked.user).exclude(confirmed_by=asked.user)
    rows = rows.select_related("facility__division", "facility__kind", "round", "confirmed_by")
    return rows.order_by("round__due_on", "confirmed_at", "pk")


def _item(row: Confirmation, *, returned: bool = False, waits_for: str = "") -> Item:
    approving = row.state == State.APPROVING
    return Item(
        title=row.facility.name,
        url=reverse("rounds:approval" if approving else "rounds:entry", args=[row.pk]),
        due=row.round.due_on,
        state=_("; ").join(unusual_words(row)) if approving else "",
        returned=returned,
        reason=row.why_returned if returned else "",
        where=row.facility.division.name,
        waits_for=waits_for,
    )


def unusual_words(row: Confirmation) -> list[str]:
    """Say what is unusual about an answer, fact by fact."""
    return [
        _("%(fact)s: %(why)s") % {"fact": label(code), "why": confirming.reason_words(reason)}
        for code, reason in row.unusual.items()
    ]


def _queue_item(current: Round, left: int, day: datetime.date) -> Item:
    return Item(
        title=_("Confirm the facilities, %(round)s") % {"round": current.label},
        url=reverse("rounds:queue"),
        due=current.due_on,
        count=left,
        waits_for=_("the county office, if something is unusual") if current.due_on >= day else "",
    )


def _day(text: str) -> str:
    return date_format(datetime.date.fromisoformat(text))


def _month(text: str) -> str:
    return date_format(datetime.date.fromisoformat(text), "YEAR_MONTH_FORMAT")


def _opened(params: Mapping[str, Any]) -> str:
    return ngettext(
        "The confirmation round %(round)s is open: %(count)d facility %(where)s, due on %(due)s.",
        "The confirmation round %(round)s is open: %(count)d facilities %(where)s, due on %(due)s.",
        params["count"],
    ) % _round_params(params)


def _reminder(params: Mapping[str, Any]) -> str:
    return ngettext(
        "The confirmation round %(round)s is due on %(due)s: %(count)d facility %(where)s is left.",
        "The confirmation round %(round)s is due on %(due)s: %(count)d facilities %(where)s are left.",
        params["count"],
    ) % _round_params(params)


def _overdue(params: Mapping[str, Any]) -> str:
    return ngettext(
        "The confirmation round %(round)s was due on %(due)s: %(count)d facility %(where)s is not confirmed.",
        "The confirmation round %(round)s was due on %(due)s: %(count)d facilities %(where)s are not confirmed.",
        params["count"],
    ) % _round_params(params)


def _overdue_county(params: Mapping[str, Any]) -> str:
    return _(
        "The confirmation round %(round)s was due on %(due)s: %(count)d facilities in %(townships)d townships are not "
        "confirmed."
    ) % {**_round_params(params), "townships": params["townships"]}


def _round_params(params: Mapping[str, Any]) -> dict[str, Any]:
    where = params.get("where", "")
    return {
        "round": _month(params["round"]),
        "due": _day(params["due"]),
        "count": params["count"],
        "where": _("in %(place)s") % {"place": where} if where else "",
    }


def _returned_text(params: Mapping[str, Any]) -> str:
    doubts = [
        _("%(what)s: %(value)s") % {"what": label(code), "value": words}
        for code, words in params.get("doubts", {}).items()
    ]
    return _("%(by)s has returned your answer on %(facility)s: %(reason)s") % {
        "by": params["by"],
        "facility": params["facility"],
        "reason": params["reason"] or _("; ").join(doubts),
    }


def _approved_text(params: Mapping[str, Any]) -> str:
    return _("%(by)s has approved your answer on %(facility)s.") % {
        "by": params["by"],
        "facility": params["facility"],
    }


def _read_panel(facility: Facility, user: User) -> Mapping[str, Any] | None:
    """Return what the card says of confirmations: how the present round stands, and the last ones with who and how."""
    today = timezone.localdate()
    rows = list(
        facility.confirmations.select_related("round", "confirmed_by").order_by("-round__opens_on")[:6]
    )
    if not rows:
        return None
    newest = rows[0]
    current = newest if newest.round == opening.current_round(today) else None
    waits = current is not None and current.state in (State.WAITING, State.RETURNED)
    return {
        "current": current,
        "overdue": waits and current is not None and current.round.due_on < today,
        "waits": waits,
        "rows": rows,
        "known": [fact for fact in known(facility, questions(facility, day=today)) if fact.as_of],
        "freshness": freshness(today),
        "may_confirm": may(user, Action.EDIT_FACILITIES, division=facility.division),
    }


def register() -> None:
    """Make rounds known to my work, to notifications, to the worker and to the register card."""
    register_panel(
        Panel(
            code="confirmation",
            label=gettext_lazy("Confirmed figures"),
            template="facilities/rounds/panel.html",
            read=_read_panel,
            order=20,
        )
    )
    registry.register("round-approvals", ToApprove())
    registry.register("round", ToConfirm())
    registry.register_text(opening.OPENED, _opened)
    registry.register_text(opening.REMINDER, _reminder)
    registry.register_text(opening.OVERDUE, _overdue)
    registry.register_text(opening.OVERDUE_COUNTY, _overdue_county)
    registry.register_text(deciding.RETURNED, _returned_text)
    registry.register_text(deciding.APPROVED, _approved_text)
    register_recurring(
        "confirmation-rounds",
        title=gettext_lazy("Confirmation rounds: open and remind"),
        every=_EVERY,
        body=opening.open_if_possible,
    )
