"""Who asks, on a page of the office."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from .models import User


def signed_in(request: HttpRequest) -> User:
    """Return who asks. The policy lets nobody else in to a page of the office; views need not say so again.

    Raises
    ------
    PermissionDenied
        If nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
