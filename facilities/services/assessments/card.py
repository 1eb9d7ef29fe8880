"""Assessments on a facility's card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Assessment, Facility
from geo_registry.accounts.models import User

from ..panels import Panel, register_panel
from .scoring import may_score, sheet_for


def read(facility: Facility, user: User) -> Mapping[str, Any] | None:
    """Return every assessment, newest first."""
    rows = list(Assessment.objects.filter(facility=facility).select_related("sheet").order_by("-day", "-pk"))
    sheet = sheet_for(facility)
    if not rows and sheet is None:
        return None
    return {
        "assessments": rows,
        "sheet": sheet,
        "may_score": sheet is not None and may_score(user, facility),
        "today": timezone.localdate(),
    }


def register() -> None:
    """Put the panel on the card."""
    register_panel(
        Panel(
            code="assessments",
            label=_("Assessments"),
            template="facilities/assessments/panel.html",
            read=read,
            order=61,
        )
    )
