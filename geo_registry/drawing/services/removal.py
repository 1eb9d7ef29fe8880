"""What goes of drawing when the demo county goes: the edit sets of its accounts, which would keep those accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.demo import PREFIX
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.reference.models import Source

from ..models import EditSet


def _of_demo_accounts(sources: Sequence[Source]) -> QuerySet[Any]:
    if not any(source.is_demo for source in sources):
        return EditSet.objects.none()
    return EditSet.objects.filter(author__username__startswith=PREFIX)


def _let_go(sources: Sequence[Source]) -> None:
    """Undo points at what it undid, and a decision at who decided: both may be a demo account's."""
    going = _of_demo_accounts(sources)
    EditSet.objects.filter(undoes__in=going).update(undoes=None)
    if any(source.is_demo for source in sources):
        EditSet.objects.filter(decided_by__username__startswith=PREFIX).update(decided_by=None)


def register() -> None:
    """Say it to whoever removes sources."""
    register_holding(
        Holding(order=3, label=_("edit sets of demo accounts"), rows=_of_demo_accounts, before=_let_go)
    )
