"""Whether the public sees a facility."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may

from ..models import Facility


@transaction.atomic
def set_visibility(
    *, facility: Facility, user: User, published: bool | None = None, secret: bool | None = None
) -> Facility:
    """Publish a facility or withdraw it; mark its place as secret, or no longer.

    Raises
    ------
    PermissionDenied
        If the person does not decide where it lies.
    """
    found = Facility.objects.select_for_update(of=("self",)).select_related("division").get(pk=facility.pk)
    if not may(user, Action.APPROVE, division=found.division):
        raise PermissionDenied
    if published is not None:
        found.published = published
    if secret is not None:
        found.secret = secret
    found.save(update_fields=["published", "secret", "updated_at"])
    return found
