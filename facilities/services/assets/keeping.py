"""Keeping the inventory one by one: entering an asset, changing what is known of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from facilities.models import Asset
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action

from ..conflict import ChangedMeanwhile

FIELDS: Final = (
    "number", "kind", "name", "division", "facility", "parent", "address", "location", "area_m2", "use", "idle_area_m2",
    "quantity", "owner", "tenure", "lease_to", "acquired_on", "retired_on", "note",
)  # fmt: skip


def may_keep(user: User, asset: Asset) -> bool:
    """Say whether a person may change an asset."""
    return policy.may(user, Action.EDIT_FACILITIES, division=asset.division)


@transaction.atomic
def keep(
    *, by: User, values: Mapping[str, Any], asset: Asset | None = None, seen: datetime.datetime | None = None
) -> Asset:
    """Enter an asset, or change one.

    Parameters
    ----------
    values
        By field; what is not there stays as it is.
    asset
        The one to change.
    seen
        When the one that the person saw had been changed last.

    Raises
    ------
    PermissionDenied
        If the person does not keep the place where it lies, is to lie, or that it belongs to.
    ChangedMeanwhile
        If somebody else has changed it since.
    ValidationError
        By field name, if it cannot be.
    """
    row = Asset()
    if asset is not None:
        row = Asset.objects.select_for_update(of=("self",)).select_related("division").get(pk=asset.pk)
        if seen is not None and row.updated_at != seen:
            raise ChangedMeanwhile(
                _(
                    "Somebody else has saved this meanwhile. What you typed is still here: compare, then save again."
                ),
                code="changed",
            )
        _check_permission(by, row)
    for name in FIELDS:
        if name in values and not (name == "number" and asset is not None):
            setattr(row, name, values[name])
    _check_permission(by, row)
    _check(row)
    row.full_clean(exclude=["division", "facility", "parent", "source"])
    row.save()
    return row


def _check_permission(by: User, row: Asset) -> None:
    others = (row.facility, row.parent)
    places = [row.division, *(other.division for other in others if other is not None)]
    if not all(policy.may(by, Action.EDIT_FACILITIES, division=place) for place in places):
        raise PermissionDenied


def _check(row: Asset) -> None:
    errors: dict[str, str] = {}
    parent = row.parent
    if parent is not None and parent.kind == Asset.Kind.EQUIPMENT:
        errors["parent"] = _("Nothing stands in equipment: choose a building or a room.")
    elif parent is not None and row.pk is not None and row.pk in parent.above():
        errors["parent"] = _("It would stand in itself.")
    if row.idle_area_m2 is not None and row.area_m2 is not None and row.idle_area_m2 > row.area_m2:
        errors["idle_area_m2"] = _("No more can be idle than there is.")
    if row.area_m2 is not None and row.area_m2 <= 0:
        errors["area_m2"] = _("The area must be more than nothing.")
    if row.acquired_on and row.retired_on and row.retired_on < row.acquired_on:
        errors["retired_on"] = _("That is before it was acquired.")
    if row.lease_to and row.tenure != Asset.Tenure.LEASED:
        errors["tenure"] = _(
            "A lease ends only where something is leased: choose “leased”, or empty the day."
        )
    if errors:
        raise ValidationError(errors)
