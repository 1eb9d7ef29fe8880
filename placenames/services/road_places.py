"""Every named road has its place: stretches of one name that continue one another are one road."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from geo_registry.reference.models import ReferenceValue
from geo_registry.territory.models import Division, Road
from geo_registry.text import normal_form
from placenames.naming.continuity import common_path, continuous_groups

from ..models import Name, Place, PlaceKind
from .making import Ensured, Planned, finish, link_roads, make_places, rename_places

GAP_KEY = "same-name-road-gap-m"
_AT_A_TIME, _BATCH = 10_000, 5_000


@dataclass
class _Stretch:
    """A named road row as this service needs it."""

    pk: int
    name: str
    path: str
    line: shapely.Geometry
    source_id: int | None
    restricted: bool


@dataclass
class _Linked:
    """A place that is some roads, with what it is called and by whose word."""

    place: Place
    names: list[Name]
    # Primary keys of its roads, each with that of the link.
    links: dict[int, int] = field(default_factory=dict)

    @property
    def approved(self) -> bool:
        return any(name.status == Name.Status.STANDARD for name in self.names)

    @property
    def recorded(self) -> Name | None:
        return next((name for name in self.names if name.status == Name.Status.RECORDED), None)

    def is_called(self, name: str) -> bool:
        return any(known.text == name for known in self.names)

    def houses(self, name: str) -> bool:
        """Whether a road of this name needs no other place: this is its own, or an approved road's."""
        return self.is_called(name) or (self.approved and self.place.kind.ground == PlaceKind.Ground.ROAD)


@transaction.atomic
def ensure_places_for_roads(*, road_ids: Iterable[int] | None = None) -> Ensured:
    """Give every named road its place, and follow roads that were renamed, joined or cut.

    Stretches of the same name are one place if they are no wider apart than the reference value ``same-name-road-gap-m`` and
    their divisions lie on one line of the tree, or if they touch. A place with a standard name in force keeps its roads: what was
    approved is not undone by a file. The number of queries does not grow with the roads. Doing it again changes nothing.

    Parameters
    ----------
    road_ids
        Primary keys of roads that were made or changed; without them, all.

    Returns
    -------
    Ensured
        What was done.
    """
    kinds = list(PlaceKind.objects.filter(ground=PlaceKind.Ground.ROAD).order_by("position", "code"))
    done = Ensured()
    if not kinds:
        return done
    lexicon = PlaceKind.objects.lexicon()
    seeds = None if road_ids is None else _namesakes(set(road_ids))
    linked = _linked_places(seeds)
    stretches = _stretches(seeds, linked)
    by_id = {stretch.pk: stretch for stretch in stretches}
    renamed = rename_places(_renamings(linked, by_id), lexicon=lexicon)
    done.renamed = len(renamed)
    done.unlinked = _let_go(linked, by_id)
    places_of: dict[int, list[_Linked]] = defaultdict(list)
    for holder in linked:
        for road_id in holder.links:
            places_of[road_id].append(holder)
    planned, links = _plan(stretches, places_of, kinds)
    names = make_places(planned, lexicon=lexicon)
    done.created = len(names)
    done.linked = link_roads(links)
    done.withdrawn = _withdraw_empty(linked)
    done.name_ids = [name.pk for name in (*names, *renamed)]
    return finish(done, renamed)


def apart(road_ids: Sequence[int], *, most: int = _AT_A_TIME) -> Iterator[list[int]]:
    """Yield roads in groups that `ensure_places_for_roads` may see to one after another, with the same outcome as all at once.

    A road has to do with its namesakes, and with whatever its place holds besides: these are never parted. So the lines of a
    whole network need not be held in memory together.

    Parameters
    ----------
    road_ids
        Primary keys.
    most
        About how many roads a group has, with namesakes that are not asked for; one name may have more.
    """
    named: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    held: set[tuple[int, str]] = set()
    links = Place.roads.through.objects
    for start in range(0, len(road_ids), _BATCH):
        some = list(road_ids[start : start + _BATCH])
        # What has no name, and is no place's, needs nothing.
        rows = Road.objects.filter(~Q(name="") | Q(places__isnull=False), pk__in=some).order_by("pk")
        for pk, name in rows.values_list("pk", "name").distinct():
            named[name].append(pk)
        places = links.filter(road__in=some).values("place_id")
        held.update(links.filter(place__in=places).values_list("place_id", "road__name").distinct())
    group = array("q")
    for names in _never_parted(named, held):
        count = sum(len(named[name]) for name in names)
        if group and len(group) + count > most:
            yield group.tolist()
            group = array("q")
        for name in names:
            group.extend(named[name])
    if group:
        yield group.tolist()


def _never_parted(names: Iterable[str], held: Iterable[tuple[int, str]]) -> Iterable[list[str]]:
    """Return names in groups: those whose roads belong to one place stand together.

    Parameters
    ----------
    names
        Those that count.
    held
        Places, and a name of a road of each.
    """
    before = {name: name for name in names}

    def first(name: str) -> str:
        while before[name] != name:
            before[name] = name = before[before[name]]
        return name

    of_place: dict[int, str] = {}
    for place_id, name in sorted(held):
        if name in before:
            before[first(name)] = first(of_place.setdefault(place_id, name))
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in before:
        groups[first(name)].append(name)
    return groups.values()


@transaction.atomic
def release_roads(road_ids: Sequence[int]) -> None:
    """Let go of roads that are about to be taken away; a place of which nothing is left on the map is hidden."""
    through = Place.roads.through.objects.filter(road__in=road_ids)
    linked = _linked_places(set(road_ids))
    through.delete()
    for holder in linked:
        for road_id in road_ids:
            holder.links.pop(road_id, None)
    _withdraw_empty(linked)


def _namesakes(touched: set[int]) -> set[int]:
    """Return the touched roads and every road that has the name of one: it may be the same road."""
    names = Road.objects.filter(pk__in=touched).exclude(name="").order_by().values("name").distinct()
    return touched | set(Road.objects.filter(name__in=names).values_list("pk", flat=True))


def _linked_places(seeds: set[int] | None) -> list[_Linked]:
    """Return the places that roads belong to, each with all its roads and the names it goes by."""
    through = Place.roads.through.objects.all()
    if seeds is not None:
        through = through.filter(place__in=through.filter(road__in=seeds).values("place_id"))
    triples = list(through.values_list("pk", "place_id", "road_id"))
    places = Place.objects.select_related("kind").in_bulk({place_id for _pk, place_id, _road_id in triples})
    linked = {pk: _Linked(place=place, names=[]) for pk, place in sorted(places.items())}
    for name in Name.objects.filter(place__in=places, valid_to__isnull=True).order_by("pk"):
        name.place = places[name.place_id]
        linked[name.place_id].names.append(name)
    for link_id, place_id, road_id in triples:
        linked[place_id].links[road_id] = link_id
    return list(linked.values())


def _stretches(seeds: set[int] | None, linked: Sequence[_Linked]) -> list[_Stretch]:
    """Return the named ones of the roads in question, and of those that their places hold."""
    roads = Road.objects.exclude(name="").order_by("pk")
    if seeds is not None:
        roads = roads.filter(pk__in=seeds.union(*(holder.links for holder in linked)))
    columns = ("pk", "name", "division__path", "wkb", "source_id", "restricted")
    rows = list(roads.annotate(wkb=AsWKB("geometry")).values_list(*columns))
    lines = shapely.from_wkb(np.array([bytes(row[3]) for row in rows], dtype=object))
    texts = {name: normal_form(name) for name in {row[1] for row in rows}}
    return [
        _Stretch(pk, texts[name], path or "", line, source_id, restricted)
        for (pk, name, path, _wkb, source_id, restricted), line in zip(rows, lines, strict=True)
    ]


def _renamings(linked: Sequence[_Linked], by_id: dict[int, _Stretch]) -> list[tuple[Name, str]]:
    """Return places all of whose roads now have one other name: the road was renamed, not another one drawn."""
    renamings = []
    for holder in linked:
        texts = {by_id[road_id].name if road_id in by_id else "" for road_id in holder.links}
        old = holder.recorded
        if old is None or holder.approved or len(texts) != 1:
            continue
        text = texts.pop()
        if text and not holder.is_called(text):
            renamings.append((old, text))
            holder.names = [Name(place=holder.place, text=text, status=Name.Status.RECORDED)]
    return renamings


def _let_go(linked: Sequence[_Linked], by_id: dict[int, _Stretch]) -> int:
    """Take roads that are called otherwise from places that nobody approved."""
    gone: list[int] = []
    for holder in linked:
        if holder.approved or holder.recorded is None:
            continue
        strangers = [pk for pk in holder.links if pk not in by_id or not holder.is_called(by_id[pk].name)]
        gone.extend(holder.links.pop(road_id) for road_id in strangers)
    Place.roads.through.objects.filter(pk__in=gone).delete()
    return len(gone)


def _plan(
    stretches: Sequence[_Stretch], places_of: dict[int, list[_Linked]], kinds: Sequence[PlaceKind]
) -> tuple[list[Planned], list[tuple[int, int]]]:
    """Return places to make, and roads to add to places that are there."""
    labels = continuous_groups(
        [stretch.name for stretch in stretches],
        [stretch.line for stretch in stretches],
        [stretch.path for stretch in stretches],
        gap_m=widest_gap_m(),
    )
    groups: dict[int, list[_Stretch]] = defaultdict(list)
    for label, stretch in zip(labels.tolist(), stretches, strict=True):
        groups[label].append(stretch)
    divisions = _divisions_by_path(
        {common_path([stretch.path for stretch in group]) for group in groups.values()}
    )
    planned: list[Planned] = []
    links: list[tuple[int, int]] = []
    for group in groups.values():
        namesakes = [
            holder for stretch in group for holder in places_of[stretch.pk] if holder.is_called(stretch.name)
        ]
        homeless = [
            stretch
            for stretch in group
            if not any(holder.houses(stretch.name) for holder in places_of[stretch.pk])
        ]
        if not homeless:
            continue
        holders = Counter(holder.place.pk for holder in namesakes)
        if holders:
            chosen = min(holders, key=lambda pk: (-holders[pk], pk))
            links.extend((chosen, stretch.pk) for stretch in homeless)
        else:
            planned.append(_planned(homeless, divisions, kinds))
    return planned, links


def _planned(group: Sequence[_Stretch], divisions: dict[str, int], kinds: Sequence[PlaceKind]) -> Planned:
    sources = [stretch.source_id for stretch in group]
    return Planned(
        kind=kind_of_road(group[0].name, kinds),
        name=group[0].name,
        division_id=divisions.get(common_path([stretch.path for stretch in group])),
        source_id=max(set(sources), key=sources.count),
        road_ids=[stretch.pk for stretch in group],
        published=not all(stretch.restricted for stretch in group),
    )


def kind_of_road(name: str, kinds: Sequence[PlaceKind]) -> PlaceKind:
    """Return the kind of place that a road is, by the generic term of its name; the first kind if it has none."""
    best, longest = kinds[0], 0
    for kind in kinds:
        length = max((len(term) for term in kind.generic_terms if name.endswith(term)), default=0)
        if length > longest:
            best, longest = kind, length
    return best


def _divisions_by_path(paths: Iterable[str]) -> dict[str, int]:
    rows = Division.objects.filter(path__in=[path for path in paths if path]).order_by("pk")
    return dict(rows.values_list("path", "pk"))


def widest_gap_m() -> float:
    """Return the widest gap within one road, in metres; without a reference value, only what touches is one."""
    value = ReferenceValue.objects.effective(GAP_KEY, on=timezone.localdate())
    return float(value.value) if value is not None else 0.0


def _withdraw_empty(linked: Sequence[_Linked]) -> int:
    """Hide places that were made by themselves and of which nothing is left on the map; nobody wrote anything about them."""
    empty = [
        holder.place.pk
        for holder in linked
        if not holder.links
        and not holder.approved
        and not holder.place.source_ref
        and holder.place.geometry is None
    ]
    return Place.objects.filter(pk__in=empty, published=True).update(published=False)
