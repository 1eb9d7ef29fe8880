"""Places made by themselves, for what is on the map: in bulk, each with its name and a proposed spelling."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from django.db import connection
from django.utils import timezone

from geo_registry.imports.services.copy_queue import ahead_of_copies, running_queue
from geo_registry.imports.services.copying import create, maker
from placenames.naming import Lexicon, split_name
from placenames.naming.proposing import lexicon_of_kind

from ..models import Name, Place, PlaceKind
from ..models.places import new_short_ids
from .new_names import Spelled, insert_spelled, spell_names
from .spellings import propose_spellings

_BATCH = 1000
# More than may wait to be copied.
_DRAWN_KEPT = 50_000
_lately_drawn: dict[str, None] = {}


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
    parts = split_name(text, lexicon_of_kind(lexicon, tuple(kind.generic_terms)))
    return _new_name(
        place_id=place_id,
        text=text,
        specific=parts.specific if parts.generic else "",
        generic=parts.generic,
        status=Name.Status.RECORDED,
        valid_from=since,
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """Places with their names, spelled and ready to be found, of which nothing is saved yet."""

    places: Sequence[Place]
    road_ids: Sequence[Sequence[int]]
    names: Sequence[Name]
    proposals: Sequence[Spelled]


def make_places(planned: Sequence[Planned], *, lexicon: Lexicon) -> list[Name]:
    """Make places with their names, spelled and ready to be found, in a handful of statements; return the names."""
    return insert_places(draft_places(planned, lexicon=lexicon))


def draft_places(planned: Sequence[Planned], *, lexicon: Lexicon) -> Draft:
    """Prepare places with their names; but for one look at which permanent addresses are taken, without the database."""
    new_place = maker(Place)
    places = [
        new_place(
            short_id=short_id,
            kind_id=plan.kind.pk,
            division_id=plan.division_id,
            named_division_id=plan.named_division_id,
            source_id=plan.source_id,
            published=plan.published,
        )
        for plan, short_id in zip(planned, fresh_short_ids(len(planned)), strict=True)
    ]
    names = [_recorded(0, plan.kind, plan.name, lexicon) for plan in planned]
    proposals = spell_names(names, kinds=[plan.kind for plan in planned], lexicon=lexicon)
    return Draft(places, [plan.road_ids for plan in planned], names, proposals)


def insert_places(draft: Draft) -> list[Name]:
    """Insert what was prepared; return the names."""
    create(Place, draft.places)
    through = Place.roads.through
    make = maker(through)
    # Of places that are new no link can be there yet.
    links = [
        make(place_id=place.pk, road_id=road_id)
        for place, road_ids in zip(draft.places, draft.road_ids, strict=True)
        for road_id in dict.fromkeys(road_ids)
    ]
    create(through, links)
    for place, name in zip(draft.places, draft.names, strict=True):
        name.place_id = place.pk
    insert_spelled(draft.names, draft.proposals)
    return list(draft.names)


def link_roads(links: Iterable[tuple[int, int]]) -> int:
    """Add (place, road) pairs; return how many were given."""
    through = Place.roads.through
    rows = [through(place_id=place_id, road_id=road_id) for place_id, road_id in links]
    if not rows:
        return 0
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


def _taken(short_ids: set[str]) -> set[str]:
    """Return those permanent addresses that a place has; as one array, since thousands of parameters take longer than the look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT short_id FROM placenames_place WHERE short_id = ANY(%s::varchar[])", [sorted(short_ids)]
        )
        return {short_id for (short_id,) in cursor.fetchall()}


def fresh_short_ids(count: int) -> list[str]:
    """Return so many permanent addresses that no place has: among a million, two of eight random letters may meet.

    Those of places that still wait to be copied are remembered here; the others stand in the table.
    """
    fresh: dict[str, None] = {}
    while len(fresh) < count:
        drawn = set(new_short_ids(count - len(fresh))) - _lately_drawn.keys() - fresh.keys()
        with ahead_of_copies():
            drawn -= _taken(drawn)
        fresh |= dict.fromkeys(drawn)
    # Without a queue nothing waits; with one, this is the only import that runs.
    if running_queue() is not None:
        _lately_drawn.update(fresh)
        for short_id in list(islice(_lately_drawn, max(len(_lately_drawn) - _DRAWN_KEPT, 0))):
            del _lately_drawn[short_id]
    return list(fresh)
