"""Spellings that wait, as work for the officer: one entry that leads to the queue."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db.models import DateField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.policy import Action, limit, may
from geo_registry.attachments import registry as attachments
from geo_registry.jobs.recurring import register_recurring
from geo_registry.reference.models import ReferenceValue
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from ..models import CaseStep, NameCase, SignInspection, SignOrder
from ..models.cases import UNDER_WAY, State, Step
from .cases.effect import settle_names
from .cases.steps import TOLD, told
from .spellings import waiting_names, with_doubts


class SpellingsToConfirm:
    """The queue of spellings. Thousands may wait: the list names the queue and how long it is, and not each name."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Spellings to confirm")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count the queue as one thing to do."""
        if not self._concerns(asked):
            return Counts()
        return Countable(rows=waiting_names(asked.user), as_one=True)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return the queue. Two queries."""
        waiting = waiting_names(asked.user).count() if self._concerns(asked) and first == 0 and size else 0
        if not waiting:
            return []
        doubtful = with_doubts(waiting_names(asked.user)).count()
        said = ngettext("%(count)d with doubts", "%(count)d with doubts", doubtful) % {"count": doubtful}
        return [
            Item(
                title=_("Confirm how names are spelled"),
                url=reverse("placenames:spellings"),
                count=waiting,
                state=said if doubtful else "",
            )
        ]

    def _concerns(self, asked: Asked) -> bool:
        return asked.pile is Pile.MINE and may(asked.user, Action.CONFIRM_SPELLING)


class NameCases:
    """Cases that wait for one's step: drafts to send or mend, and what is to be checked, reported, approved, filed, announced."""

    label: str | Promise = gettext_lazy("Name cases")

    def _rows(self, asked: Asked) -> QuerySet[NameCase]:
        cases = limit(NameCase.objects.all(), asked.user)
        if asked.pile is Pile.OTHERS:
            return cases.filter(created_by=asked.user, state__in=UNDER_WAY).exclude(
                pk__in=self._mine(asked).values("pk")
            )
        return self._mine(asked)

    def _mine(self, asked: Asked) -> QuerySet[NameCase]:
        cases = limit(NameCase.objects.all(), asked.user)
        mine = Q(created_by=asked.user, state__in=[State.DRAFT, State.RETURNED])
        if may(asked.user, Action.HANDLE_NAMES):
            mine |= Q(state__in=[State.SUBMITTED, State.CHECKED, State.APPROVED, State.FILED])
        if may(asked.user, Action.APPROVE):
            mine |= Q(state=State.REPORTED) & ~Q(created_by=asked.user)
        return cases.filter(mine)

    def counts(self, asked: Asked) -> Countable:
        """Count them: late is what was approved longer ago than filing and announcing may take."""
        # Counted with everybody's work in one query, so the number of days is asked for within it.
        days = ReferenceValue.objects.filter(key__in=_DAYS.values()).on(asked.day).order_by("value")
        allowed = Cast(Subquery(days.values("value")[:1]), IntegerField())
        rows = self._rows(asked).annotate(
            due=ExpressionWrapper(F("approved_on") + allowed, output_field=DateField())
        )
        late = Q(state__in=[State.APPROVED, State.FILED], due__lt=asked.day)
        return Countable(rows=rows, late=late, back=Q(state=State.RETURNED))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them, the most urgent first."""
        days = deadline_days(asked.day)
        rows = (
            self._rows(asked)
            .select_related("division")
            .defer("division__boundary", "geometry")
            .order_by("pk")
        )
        items = [self._item(case, asked, days) for case in rows.prefetch_related("steps")]
        return sorted(items, key=lambda item: item.rank(asked.day))[first : first + size]

    def _item(self, case: NameCase, asked: Asked, days: dict[str, int]) -> Item:
        returned = case.state == State.RETURNED
        steps = [step for step in case.steps.all() if step.step == Step.RETURN]
        return Item(
            title=_("%(name)s (%(act)s)") % {"name": case.title, "act": case.get_act_display()},
            url=reverse("naming:case", args=[case.pk]),
            due=case.due_on(days),
            state=str(NEXT[State(case.state)]),
            returned=returned,
            reason=steps[-1].note if returned and steps else "",
            waits_for=_("the county") if asked.pile is Pile.OTHERS else "",
            where=case.division.name,
        )


class SignWork:
    """Work at signs of one's area: repairs, replacements, signs to be taken down."""

    label: str | Promise = gettext_lazy("Work at signs")

    def _rows(self, asked: Asked) -> QuerySet[SignOrder]:
        if asked.pile is not Pile.MINE or not may(asked.user, Action.EDIT_NAMES):
            return SignOrder.objects.none()
        return limit(SignOrder.objects.open(), asked.user)

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count it."""
        return Countable(rows=self._rows(asked), late=Q(due__lt=asked.day))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return it, the most urgent first."""
        rows = (
            self._rows(asked).select_related("sign__site__division").defer("sign__site__division__boundary")
        )
        return [
            Item(
                title=_("%(name)s: %(work)s") % {"name": order.sign.text, "work": order.get_kind_display()},
                url=reverse("signs:order", args=[order.pk]),
                due=order.due,
                state=order.reason,
                where=order.sign.site.division.name if order.sign.site.division else "",
            )
            for order in rows[first : first + size]
        ]


_DAYS = {"filing": "name-filing-days", "announcing": "name-announcing-days"}

NEXT: dict[State, Promise] = {
    State.DRAFT: gettext_lazy("not sent yet"),
    State.RETURNED: gettext_lazy("to be mended"),
    State.SUBMITTED: gettext_lazy("to be checked"),
    State.CHECKED: gettext_lazy("reports to be added"),
    State.REPORTED: gettext_lazy("to be approved"),
    State.APPROVED: gettext_lazy("to be filed and announced"),
    State.FILED: gettext_lazy("to be announced"),
}


def deadline_days(day: datetime.date) -> dict[str, int]:
    """Return how many calendar days filing and announcing may take; what has no row is left out."""
    rows = {key: ReferenceValue.objects.effective(row, on=day) for key, row in _DAYS.items()}
    return {key: int(row.value) for key, row in rows.items() if row is not None}


def register() -> None:
    """Make it known."""
    registry.register("spellings", SpellingsToConfirm())
    registry.register("name-cases", NameCases())
    registry.register_text(TOLD, told)
    register_recurring(
        "placenames-settle-names",
        title=gettext_lazy("Names whose day has come take effect"),
        every=datetime.timedelta(hours=1),
        body=settle_names,
    )
    registry.register("sign-work", SignWork())
    attachments.register(
        SignInspection,
        may_see=lambda person, row: may(person, Action.READ, division=row.sign.site.division),
        may_change=lambda person, row: may(person, Action.EDIT_NAMES, division=row.sign.site.division),
    )
    attachments.register(
        SignOrder,
        may_see=lambda person, row: may(person, Action.READ, division=row.sign.site.division),
        may_change=lambda person, row: may(person, Action.EDIT_NAMES, division=row.sign.site.division),
    )
    attachments.register(
        CaseStep,
        may_see=lambda person, step: may(person, Action.READ, division=step.case.division),
        may_change=lambda person, step: step.by_id == person.pk,
    )
