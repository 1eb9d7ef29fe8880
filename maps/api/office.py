"""Which collections a key opens."""

from __future__ import annotations

from collections.abc import Mapping

from geo_registry.operations.models import AccessKey, Scope

from .collections import Collection
from .office_collections import KEPT


def office_collections(key: AccessKey | None) -> Mapping[str, Collection | None]:
    """Return the collections for offices by their names: as the key opens them, or ``None`` where it does not."""
    scopes = set(key.scopes) if key is not None else set()
    return {
        name: kept.opened(key.office.division, scopes) if key is not None and kept.scope in scopes else None
        for name, kept in KEPT.items()
    }


def opened_by(key: AccessKey | None) -> list[Collection]:
    """Return the collections that a key opens besides those that are public."""
    return [one for one in office_collections(key).values() if one is not None]


def described() -> list[Collection]:
    """Return all that any key can open with all properties, as the OpenAPI document describes it; they have no rows."""
    return [kept.opened(None, set(Scope.values)) for kept in KEPT.values()]
