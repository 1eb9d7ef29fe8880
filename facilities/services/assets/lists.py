"""Assets as lists: what stands idle, whose lease ends soon, all of them as a workbook."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Asset
from geo_registry.reference.services import effective_value

from ..tables import Sheet, workbook


def leases_ending(rows: QuerySet[Asset], day: datetime.date) -> QuerySet[Asset]:
    """Return assets whose lease has ended, or ends within the days of ``lease-warning-days``."""
    last = day + datetime.timedelta(days=int(effective_value("lease-warning-days", day)))
    return rows.filter(tenure=Asset.Tenure.LEASED, lease_to__lte=last).order_by("lease_to", "number")


def idle_buildings(rows: QuerySet[Asset]) -> QuerySet[Asset]:
    """Return buildings that stand idle, wholly or in part, largest first: where something new could go."""
    idle = [Asset.Use.IDLE, Asset.Use.PART_IDLE]
    return rows.filter(kind=Asset.Kind.BUILDING, use__in=idle).order_by("-area_m2", "number")


def as_workbook(rows: QuerySet[Asset]) -> bytes:
    """Return assets as a workbook."""
    return workbook(
        [
            Sheet(
                _("Assets"),
                [
                    _("Asset number"), _("Kind"), _("Name"), _("Stands in"), _("Facility number"), _("Division code"),
                    _("Division"), _("Address"), _("Area, m²"), _("Idle of it, m²"), _("How many"), _("Owner"), _("Tenure"),
                    _("Lease ends"), _("Use"), _("Acquired or built on"), _("Given up on"), _("Note"),
                ],
                [_row(asset) for asset in rows.select_related("division", "facility", "parent")],
                timezone.localdate().isoformat(),
            )
        ]
    )  # fmt: skip


def _row(asset: Asset) -> list[Any]:
    return [
        asset.number, asset.get_kind_display(), asset.name, asset.parent.number if asset.parent else "",
        asset.facility.number if asset.facility else "", asset.division.code, asset.division.name, asset.address,
        asset.area_m2, asset.idle_m2, asset.quantity, asset.owner, asset.get_tenure_display(), asset.lease_to,
        asset.get_use_display(), asset.acquired_on, asset.retired_on, asset.note,
    ]  # fmt: skip
