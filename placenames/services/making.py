"""Places made by themselves, for what is on the map: in bulk, each with its name and a proposed spelling."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.utils import timezone

from geo_registry.imports.services.copying import create, maker
from placenames.naming import Lexicon, split_name

from ..models import Name, Place, PlaceKind
from ..models.places import new_short_id
from .new_names import insert_names
from .spellings import propose_spellings

_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A place to be made.

    Parameters
    ----------
    kind
        What kind of thing it is.
    name
        The name that the map has for it.
    division_id
        The division it lies in.
    source_id
        Where the name comes from: invented names stay marked as such.
    named_division_id
        The division that it is, if it is one.
    road_ids
        The stretches of road that it is, if it is a road.
    published
        Whether the public may see it.
    """

    kind: PlaceKind
    name: str
    division_id: int | None
    source_id: int | None
    named_division_id: int | None = None
    road_ids: Sequence[int] = ()
    published: bool = True


@dataclass(kw_only=True)
class Ensured:
    """What was done so that everything on the map has its place.

    Parameters
    ----------
    created, renamed, withdrawn
        Places made, given another name, and no longer shown since nothing on the map is left of them.
    linked, unlinked
        Stretches of road that were added to a place or taken from one.
    """

    created: int = 0
    renamed: int = 0
    withdrawn: int = 0
    linked: int = 0
    unlinked: int = 0
    name_ids: list[int] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything was done at all."""
        return any((self.created, self.renamed, self.withdrawn, self.linked, self.unlinked))


def recorded_name(place: Place, text: str, lexicon: Lexicon, *, since: datetime.date | None = None) -> Name:
    """Return an unsaved name as the map has it: recorded, not approved."""
    return _recorded(place.pk, place.kind, text, lexicon, since=since)


def _new_name(**attributes: object) -> Name:
    name: Name = _name_maker()(**attributes)
    return name


@cache
def _name_maker() -> Callable[..., Name]:
    return maker(Name)


def _recorded(
    place_id: int, kind: PlaceKind, text: str, lexicon: Lexicon, *, since: datetime.date | None = None
) -> Name:
    parts = split_name(text, lexicon.ending_in(kind.generic_terms))
    return _new_name(
        place_id=place_id,
        text=text,
        specific=parts.specific if parts.generic else "",
        generic=parts.generic,
        status=Name.Status.RECORDED,
        valid_from=since,
    )


def make_places(planned: Sequence[Planned], *, lexicon: Lexicon) -> list[Name]:
    """Make places with their names, spelled and ready to be found, in a handful of statements; return the names."""
    short_ids = iter(fresh_short_ids(len(planned)))
    new_place = maker(Place)
    places = [
        new_place(
            short_id=next(short_ids),
            kind_id=plan.kind.pk,
            division_id=plan.division_id,
            named_division_id=plan.named_division_id,
            source_id=plan.source_id,
            published=plan.published,
        )
        for plan in planned
    ]
    create(Place, places)
    link_roads(
        (place.pk, road_id) for place, plan in zip(places, planned, strict=True) for road_id in plan.road_ids
    )
    kinds = {place.pk: plan.kind for place, plan in zip(places, planned, strict=True)}
    names = [
        _recorded(place.pk, plan.kind, plan.name, lexicon)
        for place, plan in zip(places, planned, strict=True)
    ]
    insert_names(names, kind_of=lambda name: kinds[name.place_id], lexicon=lexicon)
    return names


def link_roads(links: Iterable[tuple[int, int]]) -> int:
    """Add (place, road) pairs; return how many were given."""
    through = Place.roads.through
    rows = [through(place_id=place_id, road_id=road_id) for place_id, road_id in links]
    through.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    return len(rows)


def rename_places(renamings: Sequence[tuple[Name, str]], *, lexicon: Lexicon) -> list[Name]:
    """Give places another recorded name; the one they had is kept as a former name.

    A name recorded today and corrected today was never another one: it is overwritten (history has it all the same).

    Parameters
    ----------
    renamings
        Pairs of the recorded name in force and the new text.
    lexicon
        Generic terms.

    Returns
    -------
    list of Name
        The names that now hold.
    """
    today = timezone.localdate()
    corrected: list[Name] = []
    former: list[Name] = []
    new: list[Name] = []
    for old, text in renamings:
        successor = recorded_name(old.place, text, lexicon, since=today)
        if old.valid_from == today:
            old.text, old.specific, old.generic = text, successor.specific, successor.generic
            corrected.append(old)
        else:
            old.status, old.valid_to = Name.Status.FORMER, today
            former.append(old)
            new.append(successor)
    Name.objects.bulk_update(corrected, ["text", "specific", "generic"], batch_size=_BATCH)
    Name.objects.bulk_update(former, ["status", "valid_to"], batch_size=_BATCH)
    return [*corrected, *Name.objects.bulk_create(new, batch_size=_BATCH)]


def finish(done: Ensured, renamed: Sequence[Name]) -> Ensured:
    """Propose spellings for the names that places were given instead of others, so that they are found at once."""
    if renamed:
        propose_spellings(name_ids=[name.pk for name in renamed])
    return done


def fresh_short_ids(count: int) -> list[str]:
    """Return so many permanent addresses that no place has: among a million, two of eight random letters may meet."""
    fresh: set[str] = set()
    while len(fresh) < count:
        drawn = {new_short_id() for _i in range(count - len(fresh))}
        fresh |= drawn - set(Place.objects.filter(short_id__in=drawn).values_list("short_id", flat=True))
    return sorted(fresh)
