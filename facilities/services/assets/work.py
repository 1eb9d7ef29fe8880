"""Stock-takes as work that waits: what nobody has signed for yet, in a clerk's township; what is late, for the county."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import StockTake, StockTakeItem
from geo_registry.accounts import policy
from geo_registry.accounts.models import Role
from geo_registry.accounts.policy import Action
from geo_registry.worklist.registry import Asked, Counts, Item, Pile
from geo_registry.worklist.registry import register as register_provider

_DOES = frozenset({Role.CLERK})


class ThingsToSee:
    """A stock-take is one line: it leads to its list, where what is unsigned stands first."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Stock-takes")

    def counts(self, asked: Asked) -> Counts:
        """Count them."""
        rows = self._rows(asked)
        if rows is None:
            return Counts()
        dues = [row["due"] for row in rows]
        return Counts(total=len(dues), overdue=sum(due < asked.day for due in dues))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them by due date."""
        rows = self._rows(asked)
        if rows is None:
            return []
        return [
            Item(
                title=row["stock_take__title"],
                url=reverse("assets:stock_take", args=[row["stock_take"]]),
                due=row["due"],
                state=_("go and see, then sign"),
                count=row["unsigned"],
                where=row["stock_take__division__name"],
                waits_for="" if asked.pile is Pile.MINE else _("the township"),
            )
            for row in rows[first : first + size]
        ]

    def _rows(self, asked: Asked) -> QuerySet[StockTakeItem, dict[str, Any]] | None:
        rows = StockTakeItem.objects.filter(signed_at__isnull=True, stock_take__in=StockTake.objects.open())
        if asked.pile is Pile.MINE:
            if asked.user.role not in _DOES:
                return None
        elif asked.user.role in policy.GRANTS[Action.PLAN_CHECKS]:
            rows = rows.filter(stock_take__due__lt=asked.day)
        else:
            return None
        return (
            policy.limit(rows, asked.user)
            .order_by()
            .values("stock_take", "stock_take__title", "stock_take__division__name")
            .annotate(unsigned=Count("pk"), due=Min("stock_take__due"))
            .order_by("due", "stock_take")
        )


def register() -> None:
    """Make it known."""
    register_provider("stock-takes", ThingsToSee())
