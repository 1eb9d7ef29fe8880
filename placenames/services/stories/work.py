"""Stories as work that waits: to be reviewed, and returned to who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.policy import Action, limit, may
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Item, Pile
from placenames.models import Story, StoryAct, StoryCollection, StoryState, StoryStep

from .steps import HAND_IN_IT


class Stories:
    """What a reviewer is to read, and what came back to who wrote it; of stories, or of collections."""

    def __init__(self, model: type[Any], *, label: str | Promise, link: str, address: str) -> None:
        self.model, self.label, self._link, self._address = model, label, link, address

    def counts(self, asked: Asked) -> Countable:
        """Count them."""
        return Countable(rows=self._rows(asked), back=Q(state=StoryState.DRAFT))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return what came back first: drafts come before what was handed in, in the alphabet too. Two queries."""
        rows = list(
            self._rows(asked)
            .select_related("division")
            .defer("division__boundary")
            .order_by("state", "pk")[first : first + size]
        )
        returned = StoryStep.objects.filter(**{f"{self._link}__in": rows}, act=StoryAct.RETURNED).order_by(
            "pk"
        )
        reasons = dict(returned.values_list(f"{self._link}_id", "reason"))
        return [
            Item(
                title=row.title,
                url=reverse(self._address, args=[row.short_id]),
                state=_("returned, to be changed")
                if row.state == StoryState.DRAFT
                else str(row.get_state_display()),
                returned=row.state == StoryState.DRAFT,
                reason=reasons.get(row.pk, "") if row.state == StoryState.DRAFT else "",
                waits_for="" if asked.pile is Pile.MINE else _("a reviewer"),
                where=row.division.name,
            )
            for row in rows
        ]

    def _rows(self, asked: Asked) -> QuerySet[Any]:
        user = asked.user
        own = Q(created_by=user)
        if asked.pile is Pile.OTHERS:
            rows: QuerySet[Any] = self.model.objects.filter(own, state=StoryState.SUBMITTED)
            return rows if may(user, Action.EDIT_NAMES) else rows.none()
        steps = StoryStep.objects.filter(**{self._link: OuterRef("pk")})
        back = Q(Exists(steps.filter(act=StoryAct.RETURNED)), own, state=StoryState.DRAFT)
        wanted = back if may(user, Action.EDIT_NAMES) else Q(pk__in=[])
        if may(user, Action.APPROVE):
            mine = Exists(steps.filter(by=user, act__in=HAND_IN_IT))
            inside = limit(self.model.objects.all(), user).order_by().values("pk")
            wanted |= Q(~mine, ~own, state=StoryState.SUBMITTED, pk__in=inside)
        waiting: QuerySet[Any] = self.model.objects.filter(wanted)
        return waiting


def register() -> None:
    """Make it known."""
    registry.register(
        "stories", Stories(Story, label=gettext_lazy("Stories"), link="story", address="telling:story")
    )
    registry.register(
        "story-collections",
        Stories(
            StoryCollection,
            label=gettext_lazy("Collections of stories"),
            link="collection",
            address="telling:collection",
        ),
    )
