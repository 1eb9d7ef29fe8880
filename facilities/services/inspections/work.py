"""Inspections as work that waits: what is due in a clerk's township, what must be mended, what wants a second look."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Finding, Inspection
from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile
from geo_registry.worklist.registry import register as register_provider

_DOES = frozenset({Role.CLERK})
_LOOKS_AGAIN = policy.GRANTS[Action.EDIT_FACILITIES] | policy.GRANTS[Action.APPROVE]


class DueInspections:
    """Planned inspections: a clerk's own to do; a planner and the administrator wait for those that are late."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Inspections")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked)
        return Counts() if rows is None else Countable(rows=rows, late=Q(due__lt=asked.day))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them by due date."""
        rows = self._rows(asked)
        if rows is None:
            return []
        found = rows.select_related("facility__division").order_by("due", "facility__number", "kind")
        return [
            Item(
                title=row.facility.name,
                url=reverse("inspections:detail", args=[row.pk]),
                due=row.due,
                state=row.get_kind_display(),
                where=row.facility.division.name,
                waits_for="" if asked.pile is Pile.MINE else _("the township"),
            )
            for row in found[first : first + size]
        ]

    def _rows(self, asked: Asked) -> QuerySet[Inspection] | None:
        if asked.pile is Pile.MINE and asked.user.role in _DOES:
            return policy.limit(Inspection.objects.planned(), asked.user)
        if asked.pile is Pile.OTHERS and asked.user.role in policy.GRANTS[Action.PLAN_CHECKS]:
            return policy.limit(Inspection.objects.overdue(asked.day), asked.user)
        return None


class FindingsToMend:
    """What was found: a clerk has it mended; the rest wait."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Findings to be mended")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked)
        if rows is None:
            return Counts()
        back = ~Q(returned_reason="") if asked.pile is Pile.MINE else False
        return Countable(rows=rows, late=Q(deadline__lt=asked.day), back=back)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return late ones first, then those that came back, then by deadline."""
        rows = self._rows(asked)
        if rows is None:
            return []
        late = rows.filter(deadline__lt=asked.day)
        found = rows.select_related("inspection__facility__division")
        mine = asked.pile is Pile.MINE
        ordered = sorted(
            (
                Item(
                    title=_("%(what)s: %(value)s")
                    % {"what": row.inspection.facility.name, "value": row.text},
                    url=reverse("inspections:finding", args=[row.pk]),
                    due=row.deadline,
                    state=row.get_severity_display(),
                    returned=mine and bool(row.returned_reason),
                    reason=row.returned_reason,
                    waits_for=row.responsible_role if mine else (row.responsible_role or _("the township")),
                    where=row.inspection.facility.division.name,
                )
                for row in (
                    *late.select_related("inspection__facility__division").order_by("deadline", "pk")[
                        : first + size
                    ],
                    *found.filter(deadline__gte=asked.day)
                    .exclude(returned_reason="")
                    .order_by("deadline", "pk")[: first + size],
                    *found.filter(deadline__gte=asked.day, returned_reason="").order_by("deadline", "pk")[
                        : first + size
                    ],
                )
            ),
            key=lambda item: item.rank(asked.day),
        )
        return ordered[first : first + size]

    def _rows(self, asked: Asked) -> QuerySet[Finding] | None:
        if asked.pile is Pile.MINE and asked.user.role in _DOES:
            return policy.limit(Finding.objects.to_mend(), asked.user)
        if asked.pile is Pile.OTHERS and asked.user.role in policy.GRANTS[Action.PLAN_CHECKS]:
            return policy.limit(Finding.objects.overdue(asked.day), asked.user)
        return None


class SecondLooks:
    """What is said to be mended, for whoever did not say so."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Second looks")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked.user, asked.pile)
        return Counts() if rows is None else Countable(rows=rows)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them, longest mended first."""
        rows = self._rows(asked.user, asked.pile)
        if rows is None:
            return []
        found = rows.select_related("inspection__facility__division").order_by("mended_on", "pk")
        return [
            Item(
                title=_("%(what)s: %(value)s") % {"what": row.inspection.facility.name, "value": row.text},
                url=reverse("inspections:finding", args=[row.pk]),
                state=_("look at it again"),
                where=row.inspection.facility.division.name,
                waits_for="" if asked.pile is Pile.MINE else _("somebody else than you"),
            )
            for row in found[first : first + size]
        ]

    def _rows(self, user: User, pile: Pile) -> QuerySet[Finding] | None:
        if user.role not in _LOOKS_AGAIN:
            return None
        rows = policy.limit(Finding.objects.to_verify(), user)
        return rows.exclude(mended_by=user) if pile is Pile.MINE else rows.filter(mended_by=user)


def register() -> None:
    """Make it known."""
    register_provider("inspections", DueInspections())
    register_provider("findings", FindingsToMend())
    register_provider("second-looks", SecondLooks())
