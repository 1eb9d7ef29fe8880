"""What the public may report of a facility; on its card, what was reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Role, User
from geo_registry.reports import registry
from geo_registry.reports.registry import Subject, Topic
from geo_registry.reports.services.work import in_scope

from ..models import Facility
from .panels import Panel, register_panel

KIND: Final = "facility"
_SHOWN: Final = 5


def find(number: str) -> Subject | None:
    """Return the public facility with a number, or ``None``."""
    facility = (
        Facility.objects.public()
        .select_related("division", "source")
        .only("number", "name", "location", "division__name", "division__path", "division__level", "source")
        .filter(number=number)
        .first()
    )
    return subject_of(facility) if facility is not None else None


def subject_of(facility: Facility) -> Subject:
    """Return a facility as something that is reported about."""
    return Subject(
        key=facility.number,
        name=facility.name,
        division=facility.division,
        point=facility.location,
        url=reverse("maps:facility", args=[facility.number]),
        source=facility.source,
    )


def read(facility: Facility, user: User) -> Mapping[str, Any] | None:
    """Return what was reported of a facility, newest first, for whoever handles reports."""
    rows = list(in_scope(user).filter(kind=KIND, key=facility.number)[:_SHOWN])
    return {"reports": rows, "today": timezone.localdate()} if rows else None


def register() -> None:
    """Make it known."""
    registry.register(
        registry.Kind(
            code=KIND,
            label=_("facility"),
            topics=(Topic.PHONE, Topic.PLACE, Topic.HOURS, Topic.NAME, Topic.GONE, Topic.OTHER),
            find=find,
            county_role=Role.PLANNER,
            office_url=lambda number: reverse("facilities:record", args=[number]),
        )
    )
    register_panel(
        Panel(
            code="reports",
            label=_("Reports from the public"),
            template="facilities/reports_panel.html",
            read=read,
            order=30,
        )
    )
