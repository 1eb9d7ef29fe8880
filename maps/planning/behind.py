"""What stands behind a number, row by row, each with its place: the divisions of a tier, the items of a commitment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from facilities.models import Facility
from facilities.services.commitments.found import Item
from facilities.services.commitments.network import TierStanding, Unit
from geo_registry.territory.models import Division

from .overview import list_url

LonLat = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """Some words, and where they lead; nowhere where ``url`` is empty."""

    words: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row behind a number.

    ``within`` is the division that it lies in, ``counted`` whether it is in the number; without a place on record ``lonlat`` is
    ``None``.
    """

    key: str
    name: str
    url: str
    within: str
    said: Sequence[Linked]
    counted: bool
    lonlat: LonLat | None

    @property
    def words(self) -> str:
        """One line for the map."""
        return " · ".join(part for part in (self.name, _("、").join(one.words for one in self.said)) if part)


@dataclass(frozen=True, kw_only=True)
class Behind:
    """The rows behind a number: those that it misses, and those that it counts."""

    missing: list[Row]
    counted: list[Row]

    @property
    def has_places(self) -> bool:
        """Whether there is anything to draw."""
        return any(row.lonlat for row in (*self.missing, *self.counted))


def behind_of(rows: Iterable[Row]) -> Behind:
    """Part rows into those that count and those that do not."""
    found = list(rows)
    return Behind(
        missing=[row for row in found if not row.counted], counted=[row for row in found if row.counted]
    )


def rows_of_tier(standing: TierStanding, *, below: str, seen: set[str] | None) -> list[Row]:
    """Return the divisions that ought to have a facility of a tier.

    Parameters
    ----------
    below
        Path of the division that they lie in; empty for all.
    seen
        Numbers of the facilities that the person may be told of; ``None`` for all.
    """
    units = [unit for unit in standing.units if unit.division.path.startswith(below)]
    places = places_of_divisions({unit.division.code for unit in units})
    parents = Division.objects.filter(pk__in={unit.division.parent_id for unit in units}).defer("boundary")
    names = {parent.pk: parent.name for parent in parents}
    return [_unit_row(unit, standing, places, names, seen) for unit in units]


def _unit_row(
    unit: Unit,
    standing: TierStanding,
    places: Mapping[str, LonLat],
    names: Mapping[int, str],
    seen: set[str] | None,
) -> Row:
    division = unit.division
    return Row(
        key=str(division.pk),
        name=division.name,
        url=list_url(
            network=standing.tier.network.code, day=standing.day.isoformat(), **{"in": division.code}
        ),
        within=names.get(division.parent_id or 0, ""),
        said=[
            Linked(words=one.name, url=reverse("facilities:record", args=[one.number]))
            if seen is None or one.number in seen
            else Linked(words=_("one that is not public"))
            for one in unit.facilities
        ],
        counted=bool(unit.facilities),
        lonlat=places.get(division.code),
    )


def rows_of_items(items: Sequence[Item]) -> list[Row]:
    """Return the items of a commitment: a facility with its own place, anything else with that of its division."""
    sites = _places_of_facilities({item.facility for item in items} - {""})
    towns = places_of_divisions({item.division for item in items} - {""})
    return [
        Row(
            key=f"i{position}",
            name=item.label,
            url=reverse("facilities:record", args=[item.facility])
            if item.facility
            else list_url(**{"in": item.division})
            if item.division
            else "",
            within="",
            said=[Linked(words=item.note)] if item.note else [],
            counted=item.counted,
            lonlat=sites.get(item.facility) if item.facility else towns.get(item.division),
        )
        for position, item in enumerate(items)
    ]


def places_of_divisions(codes: set[str]) -> dict[str, LonLat]:
    """Return a place for each division: its point, or one inside its outline."""
    rows = (
        Division.objects.filter(code__in=codes)
        .annotate(where=Coalesce("point", PointOnSurface("boundary")))
        .values_list("code", "where")
        .order_by("pk")
    )
    return {code: (where.x, where.y) for code, where in rows if where is not None}


def _places_of_facilities(numbers: set[str]) -> dict[str, LonLat]:
    rows = Facility.objects.filter(number__in=numbers, location__isnull=False)
    places = rows.values_list("number", "location")
    return {number: (where.x, where.y) for number, where in places if where is not None}
