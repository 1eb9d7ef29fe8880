"""Every village-level division has its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch

from geo_registry.imports.services.copy_queue import ahead_of_copies
from geo_registry.imports.services.run import ImportRun
from geo_registry.territory.models import Division, Level
from placenames.naming import Lexicon, without_committee

from ..models import Name, Place, PlaceKind
from .making import Ensured, Planned, finish, make_places, rename_places
from .spelled_ahead import SpelledAhead

# Divisions whose names are place names of their own right here; those above have their own gazetteers.
LEVELS = (Level.VILLAGE,)


class _Village(NamedTuple):
    """What a place takes over from its division."""

    pk: int
    name: str
    kind: str
    parent_id: int | None
    source_id: int | None


_COLUMNS = _Village._fields
# Keys that may lie between those that are asked for, for each of them.
_SPREAD = 4


class KindFinder:
    """Finds the kind of place that a division is.

    Parameters
    ----------
    kinds
        Kinds of place that stand for a division, in their order; at least one.
    """

    def __init__(self, kinds: Sequence[PlaceKind]) -> None:
        self._first = kinds[0]
        self._called: dict[str, PlaceKind] = {}
        self._ending: dict[str, PlaceKind] = {}
        for kind in kinds:
            for word in (kind.name_zh, *kind.synonyms):
                self._called.setdefault(word, kind)
            for term in kind.generic_terms:
                self._ending.setdefault(term, kind)

    def find(self, name: str, called: str) -> PlaceKind:
        """Return the kind: by what the office calls the division, else by the longest end of its name, else the first."""
        called = called.strip()
        if called and (kind := self._called.get(called)) is not None:
            return kind
        return next(
            (kind for start in range(len(name)) if (kind := self._ending.get(name[start:])) is not None),
            self._first,
        )


def make_places_for_new_divisions(
    *,
    chunks: Iterable[Sequence[int]],
    run: ImportRun | None = None,
    made: Callable[[Sequence[Name]], None] = lambda _names: None,
) -> None:
    """Make a place for every village-level one of divisions that are new and cannot have one yet. Must run in a transaction.

    Parameters
    ----------
    chunks
        Primary keys, some thousand at a time. The next ones are spelled while the last are stored.
    run
        The import that brought them, if one did.
    made
        Told of the names that are made.
    """
    kinds = list(PlaceKind.objects.filter(ground=PlaceKind.Ground.DIVISION).order_by("position", "code"))
    if not kinds:
        return
    finder, lexicon = KindFinder(kinds), PlaceKind.objects.lexicon()
    ahead = SpelledAhead(run, lexicon) if run is not None else None
    before: list[Planned] = []
    for pks in chunks:
        with ahead_of_copies():
            planned = [_planned(village, finder) for village in _villages(pks)]
        if ahead is not None:
            ahead.expect((plan.name, plan.kind) for plan in planned)
        made(make_places(before, lexicon=lexicon))
        before = planned
    made(make_places(before, lexicon=lexicon))


def _villages(pks: Sequence[int]) -> list[_Village]:
    """Return the village-level ones of some divisions. Keys of one file follow one another: the whole range is asked for."""
    wanted = set(pks)
    rows = Division.objects.filter(level__in=LEVELS, pk__gte=min(wanted), pk__lte=max(wanted))
    if max(wanted) - min(wanted) > _SPREAD * len(wanted):
        rows = Division.objects.filter(level__in=LEVELS, pk__in=wanted)
    found = map(_Village._make, rows.order_by("pk").values_list(*_COLUMNS))
    return [village for village in found if village.pk in wanted]


@transaction.atomic
def ensure_places_for_divisions(*, division_ids: Iterable[int] | None = None) -> Ensured:
    """Make a place for every village-level division that has none, and follow divisions that were renamed.

    A place with a standard name in force is left alone: what was approved is not undone by a file. The number of queries does
    not grow with the divisions, save for batches of a thousand. Doing it again changes nothing.

    Parameters
    ----------
    division_ids
        Primary keys of divisions that were made or changed; without them, all.

    Returns
    -------
    Ensured
        What was done.
    """
    rows = Division.objects.filter(level__in=LEVELS)
    if division_ids is not None:
        rows = rows.filter(pk__in=list(division_ids))
    # A village's outline may be large, and is not asked for.
    divisions = list(rows.select_related("source").defer("boundary", "point").order_by("pk"))
    kinds = list(PlaceKind.objects.filter(ground=PlaceKind.Ground.DIVISION).order_by("position", "code"))
    done = Ensured()
    if not kinds:
        return done
    lexicon = PlaceKind.objects.lexicon()
    places = _places_of(divisions)
    finder = KindFinder(kinds)
    planned = [
        _planned(_Village(*(getattr(division, name) for name in _COLUMNS)), finder)
        for division in divisions
        if division.pk not in places
    ]
    there = [(division, places[division.pk]) for division in divisions if division.pk in places]
    names = make_places(planned, lexicon=lexicon)
    done.created = len(names)
    renamed = _follow_renamings(there, lexicon)
    done.renamed = len(renamed)
    _follow_sources(there)
    done.name_ids = [name.pk for name in (*names, *renamed)]
    return finish(done, renamed)


def _places_of(divisions: Iterable[Division]) -> dict[int, Place]:
    current = Name.objects.filter(valid_to__isnull=True)
    places = Place.objects.filter(named_division__in=[division.pk for division in divisions])
    places = places.select_related("kind", "source").prefetch_related(Prefetch("names", queryset=current))
    return {place.named_division_id: place for place in places if place.named_division_id is not None}


def _planned(division: _Village, finder: KindFinder) -> Planned:
    name = without_committee(division.name)
    return Planned(
        kind=finder.find(name, division.kind),
        name=name,
        division_id=division.parent_id or division.pk,
        named_division_id=division.pk,
        source_id=division.source_id,
    )


def _follow_renamings(there: Sequence[tuple[Division, Place]], lexicon: Lexicon) -> list[Name]:
    """Give places that go by a recorded name only the name that their division now has."""
    renamings = []
    for division, place in there:
        name = without_committee(division.name)
        held = list(place.names.all())
        recorded = [known for known in held if known.status == Name.Status.RECORDED]
        approved = any(known.status == Name.Status.STANDARD for known in held)
        if not approved and recorded and all(known.text != name for known in held):
            renamings.append((recorded[0], name))
    return rename_places(renamings, lexicon=lexicon)


def _follow_sources(there: Sequence[tuple[Division, Place]]) -> None:
    """A place that was invented with its division is real once the division is, unless somebody invented more about it."""
    taken_over = [
        place
        for division, place in there
        if place.is_demo
        and not division.is_demo
        and not place.source_ref
        and place.source_id != division.source_id
    ]
    for place in taken_over:
        place.source_id = next(division.source_id for division, other in there if other.pk == place.pk)
    Place.objects.bulk_update(taken_over, ["source"])
