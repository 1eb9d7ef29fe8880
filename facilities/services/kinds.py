"""Which kind a facility has on which day. ``Facility.kind`` is the one of today; dated rows hold what was and what will be."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..models import Facility, FacilityKind


@transaction.atomic
def settle_kinds(*, day: datetime.date | None = None) -> int:
    """Give every facility whose kind changes by a day that has come the new one; return how many."""
    rows = Facility.objects.with_kind(day or timezone.localdate()).exclude(kind_on_day=F("kind_id"))  # type: ignore[misc] # annotated
    changed = 0
    for facility in rows.select_for_update(of=("self",)):
        facility.kind_id = facility.kind_on_day  # type: ignore[attr-defined] # annotated
        facility.save(update_fields=["kind", "updated_at"])
        changed += 1
    return changed


@transaction.atomic
def take_kinds_as_said(facility_ids: Iterable[int]) -> int:
    """Have dated rows say what a file, or a page without days, has just said some facilities are today; return how many changed.

    Such a source knows no days: what it says corrects the row that holds today. Without this the next `settle_kinds` would put
    the former kind back in silence.
    """
    rows = (
        FacilityKind.objects.until(timezone.localdate())
        .filter(facility__in=list(facility_ids))
        .select_related("facility")
        .order_by("facility_id", F("valid_from").desc(nulls_last=True))
        .distinct("facility_id")
    )
    wrong = [row for row in rows if row.kind_id != row.facility.kind_id]
    for row in wrong:
        row.kind_id = row.facility.kind_id
        row.save(update_fields=["kind"])
    return len(wrong)
