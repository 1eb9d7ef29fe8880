"""Maps as work that waits: to be reviewed, returned to their author, reviewed and not published yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile
from geo_registry.worklist.registry import register as register_provider

from ..models import MapState, MapStep, MapVersion, StepAction


class Maps:
    """What a reviewer is to look at, what came back to an author, what an author may publish now."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Published maps")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        rows = self._rows(asked)
        if rows is None:
            return Counts()
        back = Q(state=MapState.DRAFT) if asked.pile is Pile.MINE else False
        return Countable(rows=rows, back=back)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return what came back first."""
        rows = self._rows(asked)
        if rows is None:
            return []
        back_first = Case(
            When(state=MapState.DRAFT, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        found = list(
            rows.select_related("map").order_by(back_first, "created_at", "pk")[first : first + size]
        )
        reasons = dict(
            MapStep.objects.filter(version__in=found, action=StepAction.RETURNED)
            .order_by("pk")
            .values_list("version_id", "reason")
        )
        return [
            Item(
                title=f"{row.title} v{row.number}",
                url=reverse("maps:composed", args=[row.map.code, row.number]),
                state=_("returned, to be changed")
                if row.state == MapState.DRAFT
                else row.get_state_display(),
                returned=row.state == MapState.DRAFT,
                reason=reasons.get(row.pk, "") if row.state == MapState.DRAFT else "",
                waits_for="" if asked.pile is Pile.MINE else _("a reviewer"),
            )
            for row in found
        ]

    def _rows(self, asked: Asked) -> QuerySet[MapVersion] | None:
        user = asked.user
        composes = user.role in policy.GRANTS[Action.COMPOSE_MAPS]
        own = MapVersion.objects.filter(created_by=user)
        if asked.pile is Pile.OTHERS:
            return own.filter(state=MapState.SUBMITTED) if composes else None
        returned = Q(state=MapState.DRAFT, steps__action=StepAction.RETURNED)
        mine = own.filter(Q(state=MapState.REVIEWED) | returned) if composes else MapVersion.objects.none()
        if user.role not in policy.GRANTS[Action.APPROVE]:
            return MapVersion.objects.filter(pk__in=mine.values("pk")) if composes else None
        hand_in_it = MapStep.objects.filter(by=user, action__in=[StepAction.CREATED, StepAction.EDITED])
        waiting = policy.limit(MapVersion.objects.filter(state=MapState.SUBMITTED), user)
        waiting = waiting.exclude(pk__in=hand_in_it.values("version")).exclude(created_by=user)
        return MapVersion.objects.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=waiting.values("pk")))


def register() -> None:
    """Make it known."""
    register_provider("published-maps", Maps())
