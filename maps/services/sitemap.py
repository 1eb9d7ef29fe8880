"""The public pages as search engines ask for them (sitemaps.org, protocol 0.9): an index, and parts of so many addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse

from facilities.models import Facility
from placenames.models import Story, StoryCollection
from placenames.services.public import named_places

from ..models import MapVersion

# The protocol allows 50,000.
PART_SIZE: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Family:
    """Pages of one kind: which rows, what their address is made of, and where the day of their last change stands ("" nowhere)."""

    rows: Callable[[], QuerySet[Any]]
    address: str
    key: str
    changed: str = ""


FAMILIES: Final[Mapping[str, Family]] = {
    "facilities": Family(rows=lambda: Facility.objects.public(), address="maps:facility", key="number"),
    "names": Family(rows=named_places, address="placenames:place", key="short_id", changed="updated_at"),
    "stories": Family(rows=lambda: Story.objects.public(), address="stories:story", key="short_id", changed="updated_at"),
    "collections": Family(
        rows=lambda: StoryCollection.objects.public(), address="stories:collection", key="short_id", changed="updated_at"
    ),
    "maps": Family(
        rows=lambda: MapVersion.objects.public().order_by("map__code").distinct("map__code"),
        address="maps:published", key="map__code",
    ),
}  # fmt: skip
FIXED: Final = (
    "maps:home",
    "placenames:search",
    "placenames:changes",
    "stories:list",
    "search:page",
    "maps:statistics",
    "maps:published_list",
)


def parts() -> list[tuple[str, int]]:
    """Return the parts that there are: a family, and a number from 1."""
    found = [("pages", 1)]
    for name, family in FAMILIES.items():
        count = family.rows().count()
        found += [(name, number) for number in range(1, -(-count // PART_SIZE) + 1)]
    return found


def addresses(name: str, number: int) -> Iterator[tuple[str, str]]:
    """Yield the addresses of a part without the host, each with the day of its last change, or "".

    Raises
    ------
    KeyError
        If there is no such family.
    """
    if name == "pages":
        for fixed in FIXED if number == 1 else ():
            yield reverse(fixed), ""
        return
    family = FAMILIES[name]
    first = (number - 1) * PART_SIZE
    rows = family.rows()
    rows = rows if rows.query.distinct_fields else rows.order_by("pk")
    columns = [family.key, family.changed] if family.changed else [family.key]
    for row in rows.values_list(*columns)[first : first + PART_SIZE]:
        yield reverse(family.address, args=[row[0]]), row[1].date().isoformat() if family.changed else ""
