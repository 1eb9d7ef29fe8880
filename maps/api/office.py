"""Collections that a key opens: what an office keeps of its own division. Secret and protective places are in none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from geo_registry.operations.models import AccessKey, Scope

from .collections import BOOLEAN, FACILITIES, TEXT, Collection, Property

OFFICE_FACILITIES = "office-facilities"
_MORE = (Property("published", _("published"), BOOLEAN, F("published")),)
_CONTACTS = (
    Property("office_phone", _("telephone for the office's use"), TEXT, F("private_phone")),
    Property("contact_role", _("whom to ask for"), TEXT, F("contact_role")),
)


def office_collections(key: AccessKey | None) -> Mapping[str, Collection | None]:
    """Return the collections for offices: as the key opens them, or ``None`` where it does not."""
    if key is None or Scope.FACILITIES not in key.scopes:
        return {OFFICE_FACILITIES: None}
    return {OFFICE_FACILITIES: _facilities_of(key)}


def described(*, contacts: bool) -> Collection:
    """Return the collection of facilities with its properties, as the OpenAPI document describes it."""
    return replace(
        FACILITIES,
        id=OFFICE_FACILITIES,
        title=_("Facilities of an office"),
        description=_(
            "All facilities of the division of the key's office, also those that are not published; nothing secret."
        ),
        properties=(*FACILITIES.properties, *_MORE, *(_CONTACTS if contacts else ())),
    )


def _facilities_of(key: AccessKey) -> Collection:
    path = key.office.division.path

    def rows() -> QuerySet[Any]:
        mine = Facility.objects.standing().of_no_secret_place().filter(division__path__startswith=path)
        return mine.with_status(timezone.localdate())

    return replace(described(contacts=Scope.CONTACTS in key.scopes), rows=rows)
