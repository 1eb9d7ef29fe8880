"""Whether the public sees a facility."""

from __future__ import annotations

from contextlib import nullcontext

from django.core.exceptions import PermissionDenied
from django.db import transaction

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may

from ..models import Facility


def set_visibility(
    *,
    facility: Facility,
    user: User,
    published: bool | None = None,
    secret: bool | None = None,
    held: bool = False,
) -> Facility:
    """Publish a facility or withdraw it; mark its place as secret, or no longer.

    Parameters
    ----------
    facility
        The facility.
    user
        Who decides.
    published, secret
        What it is to be; ``None`` leaves it as it is.
    held
        Of a caller that decides on many: it has locked the facility, as it gives it here, in its own transaction.

    Raises
    ------
    PermissionDenied
        If the person does not decide where it lies.
    """
    with nullcontext() if held else transaction.atomic():
        found = facility if held else _locked(facility)
        if not may(user, Action.APPROVE, division=found.division):
            raise PermissionDenied
        if published is not None:
            found.published = published
        if secret is not None:
            found.secret = secret
        found.save(update_fields=["published", "secret", "updated_at"])
        return found


def _locked(facility: Facility) -> Facility:
    return Facility.objects.select_for_update(of=("self",)).select_related("division").get(pk=facility.pk)
