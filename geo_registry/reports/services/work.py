"""Reports as work that waits: a clerk's own, what climbed to the county, and what a clerk has handed on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action
from geo_registry.templatetags.site import day as day_in_words
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from ..models import Report, ReportQuerySet, State
from ..registry import Topic, kinds
from . import handling, receiving


def in_scope(user: User) -> ReportQuerySet:
    """Return the reports about records in a person's scope, for whoever handles reports."""
    if not policy.may(user, Action.HANDLE_REPORTS):
        return Report.objects.none()
    return cast("ReportQuerySet", policy.limit(Report.objects.all(), user))


def mine(user: User) -> ReportQuerySet:
    """Return the reports that wait for a person's own office.

    A clerk has those of the township; of the county's, who keeps that kind of record, and the administrator all.
    """
    rows = in_scope(user).filter(state__in=[State.OPEN, State.DOING])
    if user.role == Role.CLERK:
        scope = policy.scope_path(user)
        return rows.filter(handler__path__startswith=scope) if scope else rows.none()
    kept = [code for code, kind in kinds().items() if user.role in {kind.county_role, Role.ADMINISTRATOR}]
    return rows.filter(handler__isnull=True, kind__in=kept)


class Reports:
    """What the public reported. Others': what lies in one's scope and another office has."""

    label: str | Promise = gettext_lazy("Reports from the public")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked)
        return Counts() if rows is None else Countable(rows=rows, late=Q(due__lt=asked.day))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them by their day."""
        rows = self._rows(asked)
        if rows is None:
            return []
        found = rows.select_related("division", "handler").order_by("due", "pk")[first : first + size]
        return [
            Item(
                title=str(row),
                url=reverse("reports:report", args=[row.pk]),
                due=row.due,
                state=row.get_state_display(),
                where=row.division.name if row.division else "",
                waits_for=""
                if asked.pile is Pile.MINE
                else (row.handler.name if row.handler else _("the county")),
            )
            for row in found
        ]

    def _rows(self, asked: Asked) -> ReportQuerySet | None:
        if not policy.may(asked.user, Action.HANDLE_REPORTS):
            return None
        if asked.pile is Pile.MINE:
            return mine(asked.user)
        if asked.user.role == Role.CLERK:
            return in_scope(asked.user).waiting().filter(handler__isnull=True)
        return None


def _received(params: Mapping[str, Any]) -> str:
    return _("The public reports of %(subject)s: %(topic)s. Answer by %(day)s.") % _words(params)


def _passed(params: Mapping[str, Any]) -> str:
    return _("A township passed up a report of %(subject)s: %(topic)s. Answer by %(day)s.") % _words(params)


def _climbed(params: Mapping[str, Any]) -> str:
    return _(
        "A report of %(subject)s was not answered by its township in time: %(topic)s. Answer by %(day)s."
    ) % _words(params)


def _words(params: Mapping[str, Any]) -> dict[str, str]:
    return {
        "subject": params["subject"],
        "topic": str(Topic(params["topic"]).label),
        "day": day_in_words(datetime.date.fromisoformat(params["due"])),
    }


def register() -> None:
    """Make it known."""
    registry.register("reports", Reports())
    registry.register_text(receiving.RECEIVED, _received)
    registry.register_text(handling.PASSED, _passed)
    registry.register_text(handling.CLIMBED, _climbed)
