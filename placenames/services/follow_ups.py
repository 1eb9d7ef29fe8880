"""What follows on imports: every village and every named road gets its place, every name its keys and a proposed spelling."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from geo_registry.imports.registry import Touched, register_follow_up, register_leave, register_undo_hook
from geo_registry.territory.models import Division, Road

from ..models import Name, NameReview, Place
from .checked_follow_ups import NewNames
from .division_places import ensure_places_for_divisions, make_places_for_new_divisions
from .index import refresh_keys
from .road_places import apart, ensure_places_for_roads, release_roads
from .spellings import propose_spellings

# So many rows at a time are held in memory.
CHUNK_ROWS = 5_000


def after_divisions(touched: Touched) -> None:
    """Divisions were made or changed."""
    names = NewNames(touched)
    make_places_for_new_divisions(
        chunks=_some(touched, touched.created),
        run=touched.run,
        made=lambda made: names.add(name.pk for name in made),
    )
    for division_ids in _some(touched, touched.changed):
        names.add(ensure_places_for_divisions(division_ids=division_ids).name_ids)
    names.check()


def after_roads(touched: Touched) -> None:
    """Roads were made or changed."""
    road_ids = array("q", [*touched.created, *touched.changed])
    names, done = NewNames(touched), 0
    for group in apart(road_ids):
        names.add(ensure_places_for_roads(road_ids=group).name_ids)
        done += len(group)
        touched.tell(done, len(road_ids))
    names.check()


def after_names(touched: Touched) -> None:
    """Names were written in bulk."""
    for name_ids in _some(touched, [*touched.created, *touched.changed]):
        _see_to(name_ids)


def after_places(touched: Touched) -> None:
    """Places were written in bulk. Names that were written with their keys are spelled already; others are seen to here."""
    for place_ids in _some(touched, touched.created):
        _see_to(_without_keys(place_ids))
    for place_ids in _some(touched, touched.changed):
        _see_to(list(Name.objects.filter(place__in=place_ids).order_by().values_list("pk", flat=True)))


def _see_to(name_ids: Sequence[int]) -> None:
    """Have names spelled and found, and have somebody look at them, anew."""
    if name_ids:
        propose_spellings(name_ids=name_ids)
        refresh_keys(name_ids=name_ids)
        NameReview.objects.filter(name__in=name_ids).delete()


def _without_keys(place_ids: Sequence[int]) -> list[int]:
    """Return the names of some places that nobody can find yet. New places follow one another: a range of keys is read at once."""
    wanted = set(place_ids)
    names = Name.objects.filter(
        keys__isnull=True, place_id__gte=min(wanted), place_id__lte=max(wanted)
    ).order_by()
    return [pk for pk, place_id in names.values_list("pk", "place_id") if place_id in wanted]


def _some(touched: Touched, pks: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield primary keys some thousand at a time, and tell how far the work is."""
    for start in range(0, len(pks), CHUNK_ROWS):
        yield list(pks[start : start + CHUNK_ROWS])
        touched.tell(min(start + CHUNK_ROWS, len(pks)), len(pks))


def register() -> None:
    """Have all this done in the transaction of the import."""
    register_follow_up(Division, after_divisions)
    register_follow_up(Road, after_roads)
    register_follow_up(Place, after_places)
    register_follow_up(Name, after_names)
    register_leave(Road, release_roads)
    # Search keys are no part of history.
    register_undo_hook(Name, lambda name_ids: refresh_keys(name_ids=list(name_ids)))
