"""A stock-take: every asset of a division is looked at on site, and whoever saw it signs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Asset, StockTake, StockTakeItem
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all
from geo_registry.territory.models import Division

from ..conflict import NotYours

ON_SITE: Final = "on-site"
FIELDS: Final = ("name", "area_m2", "use", "idle_area_m2", "quantity", "owner", "tenure", "lease_to")
"""What somebody on site can see to have changed."""


def may_sign(user: User, item: StockTakeItem) -> bool:
    """Say whether a person may sign for an asset."""
    return policy.may(user, Action.EDIT_FACILITIES, division=item.asset.division)


def written_of(asset: Asset) -> dict[str, Any]:
    """Return what the register says of an asset, as JSON has it."""
    found = {name: getattr(asset, name) for name in FIELDS}
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in found.items()
    }


@transaction.atomic
def open_stock_take(*, title: str, division: Division, due: datetime.date, by: User) -> StockTake:
    """Begin a stock-take of everything that a division has.

    Raises
    ------
    ValidationError
        If it would end before it begins, or there is nothing to look at.
    """
    today = timezone.localdate()
    row = StockTake(title=title, division=division, opened_on=today, due=due, opened_by=by)
    row.full_clean(exclude=["opened_by"])
    assets = list(Asset.objects.within(division).kept(today).select_related("source"))
    if not assets:
        raise ValidationError(_("There are no assets in this division. Enter or import them first."))
    row.is_demo = all(asset.is_demo for asset in assets)
    row.save()
    StockTakeItem.objects.bulk_create(
        [StockTakeItem(stock_take=row, asset=asset, written=written_of(asset)) for asset in assets]
    )
    return row


@transaction.atomic
def sign(
    *,
    item: StockTakeItem,
    by: User,
    outcome: str,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
    photos: Sequence[Attachment] = (),
) -> StockTakeItem:
    """Sign for an asset: there as written, there but changed, or not found. What has changed goes into the register.

    Raises
    ------
    NotYours
        If somebody else has signed for it, or the stock-take is closed.
    ValidationError
        By field name, if there is no photo of what is there, nothing said of what is missing, or a change cannot be.
    """
    row = StockTakeItem.objects.select_for_update().get(pk=item.pk)
    if row.stock_take.closed_at is not None:
        raise NotYours(_("This stock-take is closed."))
    if row.signed_at is not None:
        raise NotYours(
            _("%(who)s has signed for this already: %(outcome)s.")
            % {"who": row.signed_by or "-", "outcome": row.get_outcome_display()}
        )
    asset = Asset.objects.select_for_update().get(pk=row.asset_id)
    changed = _changed(asset, changes or {}) if outcome == StockTakeItem.Outcome.CHANGED else {}
    _check(outcome, changed, note, photos)
    if changed:
        for name, value in changed.items():
            setattr(asset, name, value)
        asset.full_clean(exclude=["division", "facility", "parent", "source"])
        asset.save()
        row.changes = {name: written_of(asset)[name] for name in changed}
    row.outcome, row.note, row.signed_by, row.signed_at = outcome, note, by, timezone.now()
    row.save()
    if photos:
        attach_all(files=photos, owner=row, by=by, purpose=ON_SITE)
    return row


def _changed(asset: Asset, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: changes[name] for name in FIELDS if name in changes and changes[name] != getattr(asset, name)
    }


def _check(outcome: str, changed: Mapping[str, Any], note: str, photos: Sequence[Attachment]) -> None:
    errors = {}
    if outcome not in StockTakeItem.Outcome.values:
        errors["outcome"] = _("Choose one.")
    if outcome == StockTakeItem.Outcome.MISSING and not note.strip():
        errors["note"] = _("Say where you looked and what you were told.")
    if outcome == StockTakeItem.Outcome.CHANGED and not changed and not note.strip():
        errors["note"] = _("Say what has changed, here or in the fields above.")
    if outcome in {StockTakeItem.Outcome.FOUND, StockTakeItem.Outcome.CHANGED} and not photos:
        errors["photos"] = _("Add a photo taken on site.")
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def close(*, stock_take: StockTake) -> StockTake:
    """End a stock-take. What nobody has signed for stays unsigned, and is shown as such."""
    row = StockTake.objects.select_for_update().get(pk=stock_take.pk)
    if row.closed_at is None:
        row.closed_at = timezone.now()
        row.save(update_fields=["closed_at"])
    return row
