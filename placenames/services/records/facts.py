"""The facts of a place, and its secrecy level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may, may_touch
from placenames.models import Place
from placenames.models.survey import SURVEY_FIELDS

FACTS: Final = ("place_code", "meaning", "origin", "history", *SURVEY_FIELDS)


def may_publish(user: User, place: Place) -> bool:
    """Whether a person decides what the public sees of a place."""
    return may(user, Action.APPROVE) and may_touch(user, "view", place)


@transaction.atomic
def keep_facts(*, place: Place, values: Mapping[str, Any], user: User) -> Place:
    """Write facts of a place.

    Parameters
    ----------
    place
        The place.
    values
        Of `FACTS`; what is not there stays.
    user
        Who writes.

    Raises
    ------
    PermissionDenied
        If the person does not keep names there.
    ValidationError
        If a value does not fit, such as a place code that another place has.
    """
    if not may_touch(user, "change", place):
        raise PermissionDenied
    row = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    for name in FACTS:
        if name in values:
            setattr(row, name, values[name])
    if row.place_code and (
        len(row.place_code) != 20 or not row.place_code.isascii() or not row.place_code.isdigit()
    ):
        raise ValidationError({"place_code": _("A national place code has 20 digits.")})
    row.full_clean(exclude=["source", "division", "named_division", "kind"])
    row.save()
    return row


@transaction.atomic
def set_secrecy(*, place: Place, level: str, user: User) -> Place:
    """Set the secrecy level: from then on nothing of the place is public. To lower or lift it is for who may publish.

    Raises
    ------
    PermissionDenied
        If the person neither keeps names there nor may publish; if the level is lifted or changed by somebody who may not publish.
    """
    publishes = may_publish(user, place)
    if not publishes and not may_touch(user, "change", place):
        raise PermissionDenied
    row = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    wanted = level.strip()[:20]
    if row.secrecy and wanted != row.secrecy and not publishes:
        raise PermissionDenied
    row.secrecy = wanted
    row.save(update_fields=["secrecy", "updated_at"])
    return row
