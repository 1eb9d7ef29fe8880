"""Inspections on a facility's card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, Finding, Inspection
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action

from ..panels import Panel, register_panel

SHOWN = 6


def read(facility: Facility, user: User) -> Mapping[str, Any] | None:
    """Return the last inspections and every finding that is not done with."""
    may_start = policy.may(user, Action.EDIT_FACILITIES, division=facility.division)
    rows = list(Inspection.objects.filter(facility=facility).order_by("-period_from", "kind")[:SHOWN])
    findings = list(
        Finding.objects.open()
        .filter(inspection__facility=facility)
        .select_related("inspection")
        .order_by("deadline")
    )
    if not rows and not may_start:
        return None
    return {"inspections": rows, "findings": findings, "may_start": may_start}


def register() -> None:
    """Put the panel on the card."""
    register_panel(
        Panel(
            code="inspections",
            label=_("Inspections and drills"),
            template="facilities/inspections/panel.html",
            read=read,
            order=60,
        )
    )
