"""What a key can open besides what is public, collection by collection: an office's own division, never anything secret.

Each starts from all rows of the division and leaves out what has a secrecy level, is protective, or is a stretch of road of
such a place. What a collection tells of a row is declared here and nowhere else, as for the public.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib.gis.db.models import Collect
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from geo_registry.operations.models import Scope
from geo_registry.territory.models import Division, Road
from placenames.models import Ground, Name, Place, PlaceRoad, Sign, SignSite, SiteReason
from placenames.services.public import roads_of_secret_places

from .collections import (
    BOOLEAN,
    DAY,
    DIVISIONS,
    FACILITIES,
    INTEGER,
    NUMBER,
    PLACE_NAMES,
    ROADS,
    TEXT,
    Collection,
    Property,
    changed,
    confirmed_spellings,
    from_source,
    names_in_force,
    shape,
    shape_of_division,
)

PREFIX: Final = "office-"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A collection of what an office keeps.

    Parameters
    ----------
    scope
        What a key must have to open it.
    told
        Its declaration; its rows are those of no division.
    rows
        Makes the rows of a division.
    more
        Properties that a further scope of the key adds.
    """

    scope: Scope
    told: Collection
    rows: Callable[[Division], QuerySet[Any]]
    more: Mapping[Scope, tuple[Property, ...]]

    def opened(self, division: Division | None, scopes: set[str]) -> Collection:
        """Return the collection of a division, as these scopes open it."""
        added = [one for scope, properties in self.more.items() if scope in scopes for one in properties]
        told = replace(self.told, properties=(*self.told.properties, *added))
        return told if division is None else replace(told, rows=lambda: self.rows(division))


def _of(one: Collection, *more: Property, **changes: Any) -> Collection:
    """Return a public collection as an office has it: under its own name, with more properties."""
    return replace(
        one, id=f"{PREFIX}{one.id}", properties=(*changes.pop("properties", one.properties), *more), has_osm_tags=False,
        for_files=(), **changes,
    )  # fmt: skip


def _facilities(division: Division) -> QuerySet[Any]:
    mine = Facility.objects.standing().of_no_secret_place().filter(division__path__startswith=division.path)
    return mine.with_status(timezone.localdate())


_FACILITIES: Final = Kept(
    scope=Scope.FACILITIES,
    told=_of(
        FACILITIES,
        Property("published", _("published"), BOOLEAN, F("published")),
        title=_("Facilities of an office"),
        description=_(
            "All facilities of the division of the key's office, also those that are not published; nothing secret."
        ),
        rows=Facility.objects.none,
    ),
    rows=_facilities,
    more={
        Scope.CONTACTS: (
            Property("office_phone", _("telephone for the office's use"), TEXT, F("private_phone")),
            Property("contact_role", _("whom to ask for"), TEXT, F("contact_role")),
        )
    },
)


def _places(division: Division) -> QuerySet[Any]:
    today = timezone.localdate()
    best = names_in_force()
    spelled = confirmed_spellings()
    # What is to come: a draft, or a name whose day has not come yet.
    coming = Name.objects.filter(place=OuterRef("pk")).filter(
        Q(status=Name.Status.DRAFT) | Q(valid_from__gt=today)
    )
    coming = coming.exclude(valid_to__lte=today).order_by("-pk")
    stretches = PlaceRoad.objects.filter(place=OuterRef("pk"))
    lines = stretches.exclude(road__in=roads_of_secret_places()).order_by().values("place")
    named = Division.objects.under(division).filter(pk=OuterRef("named_division_id"))
    return (
        Place.objects.within(division)
        .filter(secrecy="")
        .annotate(
            name_pk=Subquery(best.values("pk")[:1]),
            name_status=Coalesce(Subquery(best.values("status")[:1]), Value("")),
            name_text=Coalesce(Subquery(best.values("text")[:1]), Value("")),
            spelling=Coalesce(Subquery(spelled.values("text")[:1]), Value("")),
            next_text=Coalesce(Subquery(coming.values("text")[:1]), Value("")),
            next_status=Coalesce(Subquery(coming.values("status")[:1]), Value("")),
            next_from=Subquery(coming.values("valid_from")[:1]),
            road_lines=Subquery(lines.annotate(lines=Collect("road__geometry")).values("lines")),
            kept_back=Exists(stretches.filter(road__in=roads_of_secret_places())),
            named_code=Coalesce(Subquery(named.values("code")[:1]), Value("")),
            division_shape=shape_of_division(named),
        )
    )  # fmt: skip


_PLACE_NAMES: Final = Kept(
    scope=Scope.PLACE_NAMES,
    told=_of(
        PLACE_NAMES,
        Property("published", _("published"), BOOLEAN, F("published")),
        Property("next_name", _("name to come: a draft, or one whose day is still to come"), TEXT, F("next_text")),
        Property(
            "next_name_status", _("status of the name to come"), TEXT, F("next_status"), tuple(Name.Status.values)
        ),
        Property("next_name_from", _("name to come holds from"), DAY, F("next_from")),
        Property("approved_by", _("approved by"), TEXT, F("approved_by")),
        Property("approved_on", _("approved on"), DAY, F("approved_on")),
        title=_("Place names of an office"),
        description=_(
            "All places of the division of the key's office, also those that are not published or have only a draft name; "
            "nothing with a secrecy level."
        ),
        rows=Place.objects.none,
    ),
    rows=_places,
    more={},
)  # fmt: skip


def _signs(division: Division) -> QuerySet[Any]:
    mine = Sign.objects.filter(site__division__path__startswith=division.path, site__place__secrecy="")
    # The signs of a road that a secret place shares would say where that is.
    beside = PlaceRoad.objects.filter(road__in=roads_of_secret_places()).values("place")
    return mine.exclude(site__place__in=beside)


_SIGNS: Final = Kept(
    scope=Scope.SIGNS,
    told=Collection(
        id=f"{PREFIX}signs",
        title=_("Signs of an office"),
        description=_(
            "Signs in the division of the key's office with where they stand and in what state; none of a place with a "
            "secrecy level."
        ),
        rows=Sign.objects.none,
        key="sign",
        geometry=F("site__point"),
        geometry_types=("Point",),
        properties=(
            Property("sign", _("number of the entry"), INTEGER, F("pk")),
            Property("asset_number", _("asset number"), TEXT, F("asset_number")),
            Property("name", _("characters on it"), TEXT, F("text")),
            Property("spelling", _("Pinyin on it"), TEXT, F("spelling")),
            Property("sort", _("sort"), TEXT, F("sort"), tuple(Sign.Sort.values)),
            Property("status", _("state of the sign"), TEXT, F("status"), tuple(Sign.Status.values)),
            Property("status_since", _("in this state since"), DAY, F("status_on")),
            Property("due", _("to stand by"), DAY, F("due")),
            Property("colour", _("colour"), TEXT, F("colour"), tuple(Ground.values)),
            Property("width_mm", _("width, mm"), INTEGER, F("width_mm")),
            Property("height_mm", _("height, mm"), INTEGER, F("height_mm")),
            Property("material", _("material"), TEXT, F("material")),
            Property("reason", _("why there"), TEXT, F("site__reason"), tuple(SiteReason.values)),
            Property(
                "side", _("side of the road"), TEXT, F("site__side"),
                tuple(side for side in SignSite.Side.values if side),
            ),
            Property("pole_number", _("pole"), TEXT, F("site__pole_number")),
            Property("place", _("place that it names"), TEXT, F("site__place__short_id")),
            Property("division_code", _("code of the division"), TEXT, Coalesce("site__division__code", Value(""))),
            Property("division", _("division"), TEXT, Coalesce("site__division__name", Value(""))),
            changed(),
            *from_source(),
        ),
    ),
    rows=_signs,
    more={},
)  # fmt: skip


def _roads(division: Division) -> QuerySet[Any]:
    mine = Road.objects.filter(division__path__startswith=division.path)
    return mine.exclude(pk__in=roads_of_secret_places())


_ROADS: Final = Kept(
    scope=Scope.ROADS,
    told=_of(
        ROADS,
        Property(
            "public", _("told to the public"), BOOLEAN,
            Case(When(restricted=True, then=Value(value=False)), default=Value(value=True), output_field=BooleanField()),
        ),
        Property("width_m", _("width, metres"), NUMBER, F("width_m")),
        title=_("Roads of an office"),
        description=_(
            "All stretches of road of the division of the key's office, also those that are kept from the public; none of a "
            "place with a secrecy level."
        ),
        rows=Road.objects.none,
    ),
    rows=_roads,
    more={},
)  # fmt: skip


def _divisions(division: Division) -> QuerySet[Any]:
    return Division.objects.under(division)


_DIVISIONS: Final = Kept(
    scope=Scope.DIVISIONS,
    told=_of(
        DIVISIONS,
        Property("valid_to", _("valid until, this day not included"), DAY, F("valid_to")),
        title=_("Divisions of an office"),
        description=_("The division of the key's office and all below it, also those of former days and those to come."),
        # A code comes back on several days: an entry is named by its own number.
        properties=(Property("entry", _("number of the entry"), INTEGER, F("pk")), *DIVISIONS.properties),
        key="entry",
        rows=Division.objects.none,
        geometry=shape(),
    ),
    rows=_divisions,
    more={},
)  # fmt: skip

KEPT: Final[Mapping[str, Kept]] = {
    one.told.id: one for one in (_FACILITIES, _PLACE_NAMES, _SIGNS, _ROADS, _DIVISIONS)
}
