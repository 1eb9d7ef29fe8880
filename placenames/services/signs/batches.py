"""Batches: planned signs are ordered together, come, are put up and accepted together."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may
from geo_registry.territory.models import Division
from placenames.models import Sign, SignBatch

from .ending import take_step


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is ordered of whom."""

    number: str
    division: Division
    maker: str = ""
    unit_price: Decimal | None = None
    warranty_months: int = 0
    note: str = ""


def waiting_signs(user: User, division: Division | None = None) -> QuerySet[Sign]:
    """Return the planned signs of a person's area that are in no batch, or those of a division within it."""
    rows = limit(Sign.objects.all(), user).filter(status=Sign.Status.PLANNED, batch__isnull=True)
    if division is not None:
        rows = rows.filter(site__division__path__startswith=division.path)
    return (
        rows.select_related("site__place", "site__division", "name")
        .defer("site__division__boundary")
        .order_by("asset_number")
    )


@transaction.atomic
def make_batch(*, order: Order, signs: Iterable[Sign], by: User, is_demo: bool = False) -> SignBatch:
    """Put planned signs into a new batch.

    Raises
    ------
    PermissionDenied
        If the person does not see names of the division through.
    ValidationError
        If the number is taken, or there is no planned sign.
    """
    if not may(by, Action.HANDLE_NAMES, division=order.division):
        raise PermissionDenied
    batch = SignBatch(
        number=order.number, division=order.division, maker=order.maker, unit_price=order.unit_price,
        warranty_months=order.warranty_months, note=order.note, created_by=by, is_demo=is_demo,
    )  # fmt: skip
    batch.full_clean(exclude=["division", "created_by"])
    keys = [sign.pk for sign in signs]
    rows = Sign.objects.select_for_update(of=("self",)).filter(
        pk__in=keys,
        status=Sign.Status.PLANNED,
        batch__isnull=True,
        site__division__path__startswith=order.division.path,
    )
    if not rows.exists():
        raise ValidationError(_("There is no planned sign to order."))
    batch.save()
    for row in rows:
        row.batch = batch
        row.save()
    return batch


@transaction.atomic
def carry_on(*, batch: SignBatch, status: str, on_day: datetime.date, by: User) -> int:
    """Take all signs of a batch a step on together: ordered, put up, accepted. Signs that are elsewhere stay as they are.

    What a sign that is put up replaces is down from then on, and the work of it is done (`ending.take_step`).

    Raises
    ------
    PermissionDenied
        If the person does not see names of the division through.
    ValidationError
        If no sign can take the step, or the day cannot be.
    """
    if not may(by, Action.HANDLE_NAMES, division=batch.division):
        raise PermissionDenied
    before = {
        Sign.Status.ORDERED: Sign.Status.PLANNED,
        Sign.Status.INSTALLED: Sign.Status.ORDERED,
        Sign.Status.ACCEPTED: Sign.Status.INSTALLED,
    }.get(Sign.Status(status) if status in Sign.Status.values else Sign.Status.PLANNED)
    signs = list(batch.signs.filter(status=before)) if before else []
    if not signs:
        raise ValidationError(_("No sign of the batch waits for this step."))
    for sign in signs:
        take_step(sign=sign, status=status, by=by, on_day=on_day)
    if status == Sign.Status.ORDERED:
        batch.ordered_on = on_day
    if status == Sign.Status.ACCEPTED:
        batch.accepted_on = on_day
    batch.save()
    return len(signs)
