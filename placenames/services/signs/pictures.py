"""Pictures of a sign before the work at it and after."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.reports.services.upkeep import may_see_photos
from placenames.models import SignInspection, SignOrder, SignOrderReport


def pictures(
    orders: Sequence[SignOrder], *, reported_to: User | None = None
) -> dict[int, tuple[list[Attachment], list[Attachment]]]:
    """Return, by order, the pictures before the work and after it. Three queries, with those of the public five.

    Before it are those of the last inspection until then that has any; where there is none, those of the reports that it was made
    of and whose photos ``reported_to`` may see.
    """
    seen = SignInspection.objects.filter(sign__in=[order.sign_id for order in orders]).order_by(
        "on_day", "pk"
    )
    inspections = list(seen)
    before = attachments_by_owner(inspections)
    after = attachments_by_owner(orders)
    found: dict[int, tuple[list[Attachment], list[Attachment]]] = {}
    for order in orders:
        until = order.done_on or timezone.localdate()
        held = [
            before[str(one.pk)]
            for one in inspections
            if one.sign_id == order.sign_id and one.on_day <= until and str(one.pk) in before
        ]
        found[order.pk] = (held[-1] if held else [], after.get(str(order.pk), []))
    if reported_to is not None:
        for pk, photos in _reported(orders, reported_to).items():
            found[pk] = (found[pk][0] or photos, found[pk][1])
    return found


def _reported(orders: Sequence[SignOrder], user: User) -> dict[int, list[Attachment]]:
    """Return, by order, the photos of the reports that it was made of, as far as a person may see them."""
    rows = SignOrderReport.objects.filter(order__in=[order.pk for order in orders])
    rows = rows.select_related("report__division").defer("report__division__boundary")
    links = [link for link in rows if may_see_photos(user, link.report)]
    photos = attachments_by_owner([link.report for link in links])
    found: dict[int, list[Attachment]] = {}
    for link in links:
        found.setdefault(link.order_id, []).extend(photos.get(str(link.report_id), []))
    return found
