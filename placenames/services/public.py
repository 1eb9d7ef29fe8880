"""What the public is told of place names: lists that are searched and browsed.

Everything starts at ``Place.objects.public()``. Of a place's names, drafts and names still to come are not told; of a name's
spellings, only the confirmed one.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Collate, Length
from django.utils import timezone

from geo_registry.territory.models import Division, Installation, Road
from geo_registry.territory.models.roads import RoadQuerySet
from geo_registry.territory.search_keys import Matches, TextSearchQuery
from geo_registry.text import exact_keys, normal_form

from ..models import Name, Place, PlaceKind, PlaceQuerySet, Spelling

# Names in the order of their Pinyin, as readers of Chinese look them up.
PINYIN_ORDER = "zh-x-icu"
_IN_FORCE = (Name.Status.STANDARD, Name.Status.RECORDED)


@dataclass(frozen=True, kw_only=True)
class NameSearch:
    """What is looked for: a text (characters, Pinyin, initials), a division to stay in, a kind of place."""

    text: str = ""
    division: Division | None = None
    kind: PlaceKind | None = None


@dataclass(frozen=True, kw_only=True)
class ListedPlace:
    """A place as a list tells it.

    Parameters
    ----------
    place
        With kind, division, source.
    name
        The name it goes by today.
    spelling
        The confirmed spelling of that name, or ``None``.
    found_by
        Another name of the place by which it was found (a former one), or ``None``.
    """

    place: Place
    name: Name
    spelling: Spelling | None
    found_by: Name | None

    @property
    def is_approved(self) -> bool:
        """Whether the name is a standard one; otherwise it is only recorded."""
        return self.name.status == Name.Status.STANDARD


@dataclass(frozen=True, kw_only=True)
class NameListing:
    """One page of a list, with how many there are in all."""

    entries: Sequence[ListedPlace]
    total: int
    first: int

    @property
    def last(self) -> int:
        """Number of the last entry shown."""
        return self.first + len(self.entries) - 1

    @property
    def has_demo_data(self) -> bool:
        """Whether anything shown is openly invented."""
        return any(entry.place.is_demo for entry in self.entries)


def public_names() -> QuerySet[Name]:
    """Return the names of a place that may be told, each with its confirmed spelling. For places that are public already."""
    confirmed = Spelling.objects.filter(status=Spelling.Status.CONFIRMED)
    return Name.objects.announced().prefetch_related(Prefetch("spellings", queryset=confirmed)).order_by("pk")


def public_roads() -> RoadQuerySet:
    """Return the roads that the public may see: of a place with a secrecy level nothing is public, neither its stretches."""
    return Road.objects.public().exclude(pk__in=roads_of_secret_places())


def roads_of_secret_places() -> QuerySet[Any, Any]:
    """Return the stretches of road of places with a secrecy level, as a subquery of their numbers."""
    return Place.roads.through.objects.exclude(place__secrecy="").order_by().values("road")


def named_places() -> PlaceQuerySet:
    """Return public places that go by a name today, with that name's text as ``name_text``."""
    today = timezone.localdate()
    in_force = Name.objects.announced().on(today).filter(place=OuterRef("pk"), status__in=_IN_FORCE)
    # "recorded" comes before "standard" in the alphabet.
    best = in_force.order_by("-status", "pk").values("text")[:1]
    return Place.objects.public().annotate(name_text=Subquery(best)).filter(name_text__isnull=False)


def listing(search: NameSearch, *, first: int = 1, size: int = 30) -> NameListing:
    """Return a page of the places that fit.

    Parameters
    ----------
    search
        What is looked for. Without a text, places are listed by division, kind and Pinyin; with one, exact matches come
        first, then names that begin so, then others; names in force before former ones, short before long.
    first
        Number of the first entry, from 1.
    size
        How many.
    """
    rows = _narrowed(named_places(), search)
    rows = _ranked(rows, search.text) if search.text.strip() else _by_place(rows)
    total = rows.order_by().count()
    page = without_boundaries(rows.select_related("kind", "division__parent", "named_division", "source"))
    page = page.prefetch_related(Prefetch("names", queryset=public_names()))[first - 1 : first - 1 + size]
    found = _found_ids(page, search.text)
    entries = [entry for place in page if (entry := _listed(place, found)) is not None]
    return NameListing(entries=entries, total=total, first=first)


def without_boundaries(rows: PlaceQuerySet) -> PlaceQuerySet:
    """Return places with their divisions, whose outlines are left in the database: reading them costs more than all the rest."""
    return rows.defer("division__boundary", "division__parent__boundary", "named_division__boundary")


def _narrowed(rows: PlaceQuerySet, search: NameSearch) -> PlaceQuerySet:
    if search.division is not None:
        rows = rows.within(search.division)
    if search.kind is not None:
        rows = rows.filter(kind=search.kind)
    if search.text.strip():
        rows = rows.found_by(search.text)
    return rows


def _ranked(rows: PlaceQuerySet, typed: str) -> PlaceQuerySet:
    matching = Name.objects.announced().matching(typed).filter(place=OuterRef("pk"))
    tier = _tier(typed)
    former = Case(When(status__in=_IN_FORCE, then=Value(0)), default=Value(1), output_field=IntegerField())
    best = matching.annotate(rank=tier * 2 + former).order_by("rank").values("rank")[:1]
    return rows.annotate(rank=Subquery(best)).order_by(
        "rank", Length("name_text"), Collate("name_text", PINYIN_ORDER), "division__path", "pk"
    )


def _tier(typed: str) -> Case:
    """Return 0 for a name that is what was typed, 1 for one that begins so, 2 for others."""
    exact = exact_keys(typed)
    quoted = ["'" + key.replace("\\", "\\\\").replace("'", "''") + "'" for key in exact]
    cases = [
        When(Matches("keys", TextSearchQuery(" | ".join(quoted))), then=Value(0)),
        When(Matches("keys", TextSearchQuery(" | ".join(f"{key}:*" for key in quoted))), then=Value(1)),
    ]
    return Case(*(cases if quoted else []), default=Value(2), output_field=IntegerField())


def _by_place(rows: PlaceQuerySet) -> PlaceQuerySet:
    return rows.order_by("division__path", "kind__position", Collate("name_text", PINYIN_ORDER), "pk")


def _found_ids(page: QuerySet[Place], typed: str) -> set[int]:
    if not typed.strip():
        return set()
    places = [place.pk for place in page]
    return set(Name.objects.announced().matching(typed).filter(place__in=places).values_list("pk", flat=True))


def _listed(place: Place, found: set[int]) -> ListedPlace | None:
    name = place.current_name()
    if name is None:
        return None
    others = [other for other in place.names.all() if other.pk in found and other.pk != name.pk]
    found_by = others[0] if others and name.pk not in found else None
    return ListedPlace(place=place, name=name, spelling=name.confirmed_spelling(), found_by=found_by)


@dataclass(frozen=True, kw_only=True)
class Area:
    """A division as the list offers it, with how many names lie in it."""

    division: Division
    count: int
    parts: Sequence[Area] = ()

    def holds(self, division: Division | None) -> bool:
        """Whether a division is this one or lies in it."""
        return division is not None and division.path.startswith(self.division.path)


def areas() -> list[Area]:
    """Return the divisions below the home, and those below them, that names lie in; each with its count."""
    home = Installation.home()
    if home is None:
        return []
    depth = home.path.count("/")
    counts: dict[str, int] = {}
    tallied = (
        named_places()
        .order_by()
        .values("division__path", "named_division__path")
        .annotate(places=Count("pk"))
    )
    for row in tallied:
        # A village lies in its township and is itself: it counts under its own path, which includes the township's.
        codes = (row["named_division__path"] or row["division__path"] or "").strip("/").split("/")
        for length in range(depth + 1, min(len(codes), depth + 2) + 1):
            path = "".join(f"{code}/" for code in codes[:length])
            counts[path] = counts.get(path, 0) + row["places"]
    divisions = Division.objects.filter(path__in=counts).order_by("path", "pk").select_related("parent")
    divisions = divisions.defer("boundary", "parent__boundary")
    by_path = {division.path: division for division in divisions}
    return [
        Area(
            division=division,
            count=counts[path],
            parts=[
                Area(division=part, count=counts[part.path])
                for part in by_path.values()
                if part.path.startswith(path) and part.path != path
            ],
        )
        for path, division in by_path.items()
        if path.count("/") == depth + 1
    ]


def kinds_in_use() -> list[PlaceKind]:
    """Return the kinds of place that the public list has any of."""
    return list(PlaceKind.objects.filter(Exists(named_places().filter(kind=OuterRef("pk")))))


def searchable_division(code: str) -> Division | None:
    """Return the division of a code at home that names may be listed in, or ``None``."""
    if not code.isalnum():
        return None
    return Division.objects.public().filter(code=code).defer("boundary").order_by("pk").first()


def data_date() -> datetime.date | None:
    """Return the day on which a public place last changed."""
    latest = Place.objects.public().order_by().aggregate(latest=Max(F("updated_at")))["latest"]
    return timezone.localtime(latest).date() if latest else None


def demo_data_present() -> bool:
    """Say whether any public place is openly invented."""
    return Place.objects.public().filter(source__is_demo=True).exists()


def typed_text(value: str) -> str:
    """Return what was typed as it is kept: normal form, no longer than a name."""
    return normal_form(value)[:60]
