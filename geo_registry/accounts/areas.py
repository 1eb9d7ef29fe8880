"""Where a person's own area lies: maps begin there."""

from __future__ import annotations

from geo_registry.territory.geography import box_of
from geo_registry.territory.models import Division, Installation

from .models import User


def own_box(user: User) -> list[float] | None:
    """Return west, south, east and north of a person's own area in degrees (EPSG:4490).

    ``None`` for whoever acts in all of the registry's, and where nobody has drawn the area.
    """
    scope = user.scope()
    if scope is None or scope == Installation.home():
        return None
    return box_of(Division.objects.filter(pk=scope.pk))
