"""What a facility stands in and works with, on its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Asset, Facility, StockTakeItem
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action

from ..panels import Panel, register_panel

SHOWN = 12


def read(facility: Facility, user: User) -> Mapping[str, Any] | None:
    """Return the facility's assets, buildings first, with what the running stock-takes still want to know of them."""
    today = timezone.localdate()
    may_keep = policy.may(user, Action.EDIT_FACILITIES, division=facility.division)
    rows = list(Asset.objects.kept(today).filter(facility=facility))
    if not rows and not may_keep:
        return None
    order = list(Asset.Kind)
    rows.sort(key=lambda asset: (order.index(Asset.Kind(asset.kind)), asset.number))
    unsigned = StockTakeItem.objects.filter(
        asset__in=rows, signed_at__isnull=True, stock_take__closed_at__isnull=True
    )
    return {
        "assets": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "idle_m2": sum(asset.idle_m2 or 0 for asset in rows if asset.kind == Asset.Kind.BUILDING),
        "unsigned": unsigned.count() if rows else 0,
        "may_keep": may_keep,
        "today": today,
    }


def register() -> None:
    """Put the panel on the card."""
    register_panel(
        Panel(code="assets", label=_("Assets"), template="facilities/assets/panel.html", read=read, order=62)
    )
