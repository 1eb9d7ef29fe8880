"""The collections: which rows, which properties.

Every one starts at a ``public()`` queryset, and a property that is not declared here can neither be read nor asked about.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.contrib.gis.db.models import Collect, GeometryField
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, Status
from facilities.models.facility import ACCESSIBILITY
from geo_registry.territory.models import Division, Level, RoadClass
from geo_registry.territory.models.divisions import SRID
from placenames.models import Name, PlaceRoad, Spelling
from placenames.services.public import named_places, public_roads, roads_of_secret_places

TEXT, NUMBER, INTEGER, BOOLEAN, DAY = "string", "number", "integer", "boolean", "date"


@dataclass(frozen=True)
class Property:
    """A property of a feature.

    Parameters
    ----------
    name, title
        What it is called in the data, and for readers.
    type
        `TEXT`, `NUMBER`, `INTEGER`, `BOOLEAN` or `DAY`.
    expression
        Where it is in the row.
    choices
        The values it can have, if they are fixed.
    """

    name: str
    title: str | Promise
    type: str
    expression: Combinable
    choices: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A set of features.

    Parameters
    ----------
    id
        As in its address.
    rows
        Makes the public rows as of today.
    key
        The property that identifies a feature for good; pages follow its order.
    geometry
        Where the geometry is (EPSG:4490, longitude first).
    source
        The way from a row to its `Source`.
    for_files
        Columns that files need besides the properties.
    has_osm_tags
        Whether it can be told in OpenStreetMap's tags.
    """

    id: str
    title: str | Promise
    description: str | Promise
    rows: Callable[[], QuerySet[Any]]
    key: str
    geometry: Combinable
    geometry_types: Sequence[str]
    properties: Sequence[Property] = field(default_factory=tuple)
    source: str = "source"
    for_files: Sequence[str] = ()
    has_osm_tags: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, Property]:
        """The properties by their names."""
        return {one.name: one for one in self.properties}

    @property
    def key_property(self) -> Property:
        """The identifying property."""
        return self.by_name[self.key]


def _today() -> datetime.date:
    return timezone.localdate()


def changed(lookup: str = "updated_at") -> Property:
    """Return the property that tells the day of the last change."""
    day = TruncDate(lookup, tzinfo=timezone.get_default_timezone())
    return Property("updated_on", _("changed on"), DAY, day)


def from_source() -> tuple[Property, Property]:
    """Return the properties that tell what a row is from, and whether it is invented."""
    return (
        Property("source", _("source"), TEXT, Coalesce("source__title", Value(""))),
        Property(
            "demo", _("openly invented (示范数据)"), BOOLEAN, Coalesce("source__is_demo", Value(value=False))
        ),
    )


def _facilities() -> QuerySet[Any]:
    return Facility.objects.public().with_status(_today())


FACILITIES: Final = Collection(
    id="facilities",
    title=_("Facilities"),
    description=_("Service facilities that are open to the public, with kind, address, telephone, hours and status."),
    rows=_facilities,
    key="number",
    geometry=F("location"),
    geometry_types=("Point",),
    for_files=("kind__osm_tags",),
    has_osm_tags=True,
    properties=(
        Property("number", _("facility number"), TEXT, F("number")),
        Property("name", _("name"), TEXT, F("name")),
        Property("kind", _("kind"), TEXT, F("kind__code")),
        Property("kind_zh", _("kind in Chinese"), TEXT, F("kind__name_zh")),
        Property("kind_en", _("kind in English"), TEXT, F("kind__name_en")),
        Property("network", _("network"), TEXT, F("kind__tier__network__code")),
        Property("status", _("status"), TEXT, Coalesce("status", Value("")), tuple(Status.values)),
        Property("status_since", _("status since"), DAY, F("status_since")),
        Property(
            "in_operation", _("in operation"), BOOLEAN,
            Case(When(status=Status.OPEN, then=Value(value=True)), default=Value(value=False), output_field=BooleanField()),
        ),
        Property("division_code", _("code of the division"), TEXT, F("division__code")),
        Property("division", _("division"), TEXT, F("division__name")),
        Property("address", _("address"), TEXT, F("address")),
        Property("phone", _("public telephone"), TEXT, F("public_phone")),
        Property("opening_hours", _("opening hours"), TEXT, F("opening_hours")),
        Property("opened_on", _("opened on"), DAY, F("opened_on")),
        *(
            Property(column.name, column.verbose_name, TEXT, F(column.name), tuple(Facility.Provision.values))
            for column in Facility._meta.concrete_fields
            if column.name in ACCESSIBILITY
        ),
        changed(),
        *from_source(),
    ),
)  # fmt: skip


def names_in_force() -> QuerySet[Any]:
    """Return the names that a place may go by today, the best first: a standard one before one that is only recorded."""
    names = Name.objects.announced().on(_today())
    return names.filter(
        place=OuterRef("pk"), status__in=[Name.Status.STANDARD, Name.Status.RECORDED]
    ).order_by("-status", "pk")


def confirmed_spellings() -> QuerySet[Any]:
    """Return the confirmed spelling of the name that a row has as ``name_pk``."""
    return Spelling.objects.filter(name=OuterRef("name_pk"), status=Spelling.Status.CONFIRMED).order_by("pk")


def _place_names() -> QuerySet[Any]:
    best = names_in_force()
    spelled = confirmed_spellings()
    stretches = PlaceRoad.objects.filter(place=OuterRef("pk"))
    lines = stretches.filter(road__in=public_roads()).order_by().values("place")
    lines = lines.annotate(lines=Collect("road__geometry")).values("lines")
    named = Division.objects.public().filter(pk=OuterRef("named_division_id"))
    return (
        named_places()
        .annotate(name_pk=Subquery(best.values("pk")[:1]), name_status=Subquery(best.values("status")[:1]))
        .annotate(
            spelling=Coalesce(Subquery(spelled.values("text")[:1]), Value("")),
            road_lines=Subquery(lines),
            kept_back=Exists(
                stretches.filter(Q(road__restricted=True) | Q(road__in=roads_of_secret_places()))
            ),
            named_code=Coalesce(Subquery(named.values("code")[:1]), Value("")),
            division_shape=shape_of_division(named),
        )
    )


def _geometry() -> GeometryField[Any, Any]:
    return GeometryField(srid=SRID)


def shape() -> Combinable:
    """Return where a division is: its boundary where it is known, else its point."""
    return Coalesce("boundary", "point", output_field=_geometry())


def shape_of_division(named: QuerySet[Any]) -> Subquery:
    """Return where the division is that a subquery finds."""
    return Subquery(named.values(shape=shape())[:1])


# As the page of a place shows it: its public stretches of road, else a geometry of its own, else the division that it is.
_OWN = Case(When(kept_back=False, then=F("geometry")), default=Value(None), output_field=_geometry())

PLACE_NAMES: Final = Collection(
    id="place-names",
    title=_("Place names"),
    description=_("Places by the name they go by today, with the confirmed spelling and what is told of the name."),
    rows=_place_names,
    key="place",
    geometry=Coalesce("road_lines", _OWN, "division_shape", output_field=_geometry()),
    geometry_types=("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    properties=(
        Property("place", _("permanent address"), TEXT, F("short_id")),
        Property("name", _("name"), TEXT, F("name_text")),
        Property("spelling", _("spelling"), TEXT, F("spelling")),
        Property(
            "name_status", _("status of the name"), TEXT, F("name_status"),
            (Name.Status.STANDARD.value, Name.Status.RECORDED.value),
        ),
        Property("kind", _("kind"), TEXT, F("kind__code")),
        Property("kind_zh", _("kind in Chinese"), TEXT, F("kind__name_zh")),
        Property("kind_en", _("kind in English"), TEXT, F("kind__name_en")),
        Property("category", _("national category"), TEXT, F("kind__category_code")),
        Property("place_code", _("national place code"), TEXT, F("place_code")),
        Property("division_code", _("code of the division it lies in"), TEXT, Coalesce("division__code", Value(""))),
        Property("division", _("lies in"), TEXT, Coalesce("division__name", Value(""))),
        Property("named_division_code", _("code of the division that it is"), TEXT, F("named_code")),
        Property("origin", _("origin"), TEXT, F("origin")),
        Property("meaning", _("meaning"), TEXT, F("meaning")),
        Property("history", _("history"), TEXT, F("history")),
        changed(),
        *from_source(),
    ),
)  # fmt: skip


def _divisions() -> QuerySet[Any]:
    # A code stands for one division on a day; should two rows hold on one day, the later one is told.
    public = Division.objects.public()
    later = public.filter(code=OuterRef("code"), pk__gt=OuterRef("pk"))
    return public.filter(~Exists(later))


DIVISIONS: Final = Collection(
    id="divisions",
    title=_("Divisions"),
    description=_("The home division and all below it that exist today: the boundary where it is known, else a point."),
    rows=_divisions,
    key="code",
    geometry=shape(),
    geometry_types=("MultiPolygon", "Point"),
    properties=(
        Property("code", _("code"), TEXT, F("code")),
        Property("name", _("name"), TEXT, F("name")),
        Property(
            "level", _("level"), TEXT,
            Case(
                *(When(level=level.value, then=Value(level.name.lower())) for level in Level),
                default=Value(""), output_field=CharField(),
            ),
            tuple(level.name.lower() for level in Level),
        ),
        Property("kind", _("kind"), TEXT, F("kind")),
        Property("parent_code", _("code of the division above"), TEXT, Coalesce("parent__code", Value(""))),
        Property("valid_from", _("valid from"), DAY, F("valid_from")),
        changed(),
        *from_source(),
    ),
)  # fmt: skip

ROADS: Final = Collection(
    id="roads",
    title=_("Roads"),
    description=_("Stretches of road as lines, with class, name, route number and direction."),
    rows=public_roads,
    key="road",
    geometry=F("geometry"),
    geometry_types=("LineString",),
    has_osm_tags=True,
    properties=(
        Property("road", _("number of the stretch"), INTEGER, F("pk")),
        Property("name", _("name"), TEXT, F("name")),
        Property("ref", _("route number"), TEXT, F("ref")),
        Property("class", _("class"), TEXT, F("road_class"), tuple(RoadClass.values)),
        Property("length_m", _("length, metres"), NUMBER, F("length_m")),
        Property("speed_kmh", _("speed limit, km/h"), INTEGER, F("speed_kmh")),
        Property("oneway", _("direction"), TEXT, F("oneway")),
        Property("bridge", _("bridge"), BOOLEAN, F("bridge")),
        Property("tunnel", _("tunnel"), BOOLEAN, F("tunnel")),
        Property("surface", _("surface"), TEXT, F("surface")),
        Property(
            "division_code", _("code of the division"), TEXT, Coalesce("division__code", Value("")),
        ),
        changed(),
        *from_source(),
    ),
)  # fmt: skip

COLLECTIONS: Final[Mapping[str, Collection]] = {
    one.id: one for one in (FACILITIES, PLACE_NAMES, DIVISIONS, ROADS)
}
