"""Assets as lists: what stands idle, whose lease ends soon."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet

from facilities.models import Asset
from geo_registry.reference.services import effective_value


def leases_ending(rows: QuerySet[Asset], day: datetime.date) -> QuerySet[Asset]:
    """Return assets whose lease has ended, or ends within the days of ``lease-warning-days``."""
    last = day + datetime.timedelta(days=int(effective_value("lease-warning-days", day)))
    return rows.filter(tenure=Asset.Tenure.LEASED, lease_to__lte=last).order_by("lease_to", "number")


def idle_buildings(rows: QuerySet[Asset]) -> QuerySet[Asset]:
    """Return buildings that stand idle, wholly or in part, largest first: where something new could go."""
    idle = [Asset.Use.IDLE, Asset.Use.PART_IDLE]
    return rows.filter(kind=Asset.Kind.BUILDING, use__in=idle).order_by("-area_m2", "number")
