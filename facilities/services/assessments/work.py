"""Assessments as work that waits: to be confirmed by a reviewer; returned to whoever scored."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Assessment
from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile
from geo_registry.worklist.registry import register as register_provider


class Assessments:
    """What a reviewer is to confirm, what came back to its scorer, and what its scorer waits for."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Assessments")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked)
        if rows is None:
            return Counts()
        back = Q(state=Assessment.State.RETURNED) if asked.pile is Pile.MINE else False
        return Countable(rows=rows, back=back)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return what came back first, then by day."""
        rows = self._rows(asked)
        if rows is None:
            return []
        # "returned" comes before "submitted" in the alphabet, too.
        found = rows.select_related("facility__division", "sheet").order_by("state", "day", "pk")
        return [
            Item(
                title=f"{row.facility.name} · {row.sheet.name}",
                url=reverse("assessments:detail", args=[row.pk]),
                state=row.get_state_display(),
                returned=row.state == Assessment.State.RETURNED,
                reason=row.returned_reason,
                where=row.facility.division.name,
                waits_for="" if asked.pile is Pile.MINE else _("a reviewer"),
            )
            for row in found[first : first + size]
        ]

    def _rows(self, asked: Asked) -> QuerySet[Assessment] | None:
        user = asked.user
        if asked.pile is Pile.OTHERS:
            return Assessment.objects.waiting().filter(scored_by=user)
        back = Assessment.objects.filter(state=Assessment.State.RETURNED, scored_by=user)
        if user.role not in policy.GRANTS[Action.APPROVE]:
            return back if user.role in policy.GRANTS[Action.EDIT_FACILITIES] else None
        return back | policy.limit(Assessment.objects.waiting(), user).exclude(scored_by=user)


def register() -> None:
    """Make it known."""
    register_provider("assessments", Assessments())
