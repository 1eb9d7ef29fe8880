"""Files of place names into the register: each row a place, with its names and its spelling."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.policy import Action
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.values import fold
from geo_registry.imports.registry import (
    Holding,
    Kind,
    register_holding,
    register_kind,
    register_words,
)
from geo_registry.imports.services.copy_queue import ahead_of_copies
from geo_registry.imports.services.divisions import DivisionFinder, at_least_as_near
from geo_registry.imports.services.matching import Known, Matcher, Near
from geo_registry.imports.services.rows import blanked
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.imports.services.seen import Numbers
from geo_registry.imports.services.upsert import Wanted, is_there, to_geos, write
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Road
from geo_registry.territory.services import ancestors_by_code
from geo_registry.text import normal_form
from placenames.importers import PLACE_NAMES
from placenames.importers.place_names import NAME_STATUSES

from ..models import Name, NameCase, Place, PlaceKind, Relation, Spelling
from ..models.survey import SURVEY_FIELDS
from .exports import NOT_WRITTEN, export_place_names
from .import_checks import ImportChecks
from .import_names import NameWriter, check_spelling
from .import_relations import RelationWriter
from .making import fresh_short_ids, link_roads
from .spelled_ahead import SpelledAhead

_NO_SUCH_KIND = gettext_noop(
    "“{value}” is no kind of place here. Use one of the kinds in the catalogue, or have it added there."
)
_KIND_NEEDED = gettext_noop("The row does not say what kind of place it is.")
_NO_SUCH_DIVISION = gettext_noop("No division has the code {code}, so the row cannot name it.")
_NO_SUCH_ROADS = gettext_noop("These roads are not in the registry: {refs}. Import the roads first.")
_NAMED_ALREADY = gettext_noop("The division {division} is another place already: {place}.")

_TELLING = ("place_code", "source_ref", "names_division")
# More than can wait to be copied.
_CHUNKS_WAITING = 5
_COLUMNS = (
    "place_code", "origin", "meaning", "history", "approved_by", "approved_on", "secrecy", "published", *SURVEY_FIELDS,
)  # fmt: skip
_NO_TEXT = {"approved_on", "registered_on", "sign_count"}
_BLANKED = {
    name: (name, None if name in _NO_TEXT else "")
    for name in ("origin", "meaning", "history", "approved_by", "approved_on", *SURVEY_FIELDS)
}
_BLANKS: dict[str, Any] = {
    "place_code": "",
    "geometry": None,
    "geometry_method": "",
    "origin": "",
    "meaning": "",
    "history": "",
    "approved_by": "",
    "approved_on": None,
    "published": False,
    **{name: None if name in _NO_TEXT else "" for name in SURVEY_FIELDS},
}


class _Ground:
    """What rows point at below: the divisions and roads that they name.

    Parameters
    ----------
    run : ImportRun
    records : sequence of Record
    """

    def __init__(self, run: ImportRun, records: Sequence[Record]) -> None:
        self.divisions = ancestors_by_code(
            {r.values["names_division"] for r in records if "names_division" in r.values}
        )
        self._roads: defaultdict[str, list[tuple[int, int | None]]] = defaultdict(list)
        refs = {ref for record in records for ref in record.values.get("names_road", ())}
        if refs:
            # A road of several lines is stored as several rows, numbered after a #.
            base = Func(
                F("source_ref"), Value("#"), Value(1), function="split_part", output_field=TextField()
            )
            rows = Road.objects.annotate(base=base).filter(base__in=refs).order_by("pk")
            for pk, ref, source_id in rows.values_list("pk", "base", "source_id"):
                self._roads[ref].append((pk, source_id))
        self._source_id = run.source.pk

    def roads(self, record: Record) -> list[int]:
        """Return the roads that a row names; numbers of its own source come first."""
        found: list[int] = []
        for ref in record.values.get("names_road", ()):
            own = [pk for pk, source_id in self._roads[ref] if source_id == self._source_id]
            found += own or [pk for pk, _source_id in self._roads[ref]]
        return found

    def missing_roads(self, record: Record) -> list[str]:
        """Return the numbers that no road has."""
        return [ref for ref in record.values.get("names_road", ()) if not self._roads[ref]]


class PlaceNameImporter:
    """Takes places and their names in."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)
        self.kinds = list(PlaceKind.objects.all())
        self._kinds = {kind.pk: kind for kind in self.kinds}
        self._by_word = {_key(word): kind for kind in self.kinds for word in kind.synonyms}
        self._by_word |= {_key(w): k for k in self.kinds for w in (k.name_en, k.name_zh, k.code) if w}
        self._by_category = {kind.category_code: kind for kind in self.kinds if kind.category_code}
        self.lexicon = PlaceKind.objects.lexicon()
        self.matcher = Matcher(run, Place, lambda near: known_places(run, near))
        self._claimed = Numbers()
        self._lately = _Lately()
        self._ahead = SpelledAhead(run, self.lexicon)
        self.checks = ImportChecks(run)
        self.relations = RelationWriter(run)

    def expect(self, records: Sequence[Record]) -> None:
        """Have the names of the next rows spelled while the ones before them are written."""
        self._ahead.expect(
            (normal_form(text), kind)
            for record in records
            if not record.values.get("pinyin_confirmed") and (kind := self._kind_said(record)) is not None
            for text in (record.values["name"], *record.values.get("former_names", ()))
        )

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        # What earlier rows of the file have made may still wait to be stored. Rows that cannot be about it need not wait for that.
        with ahead_of_copies() if self._lately.is_strange_to(records) else nullcontext():
            ground = _Ground(self.run, records)
            divisions = self.divisions.find(records)
            there = _Places(self.run, records, ground, divisions)
        geometries = to_geos([r.geometry if r.geometry is not None else r.point for r in records])
        wanted, roads = [], []
        fresh: list[tuple[Record, str, str]] = []
        for record, division, geometry in zip(records, divisions, geometries, strict=True):
            existing = there.of(record) or self._decided(record)
            if existing is not None:
                self._claimed.add(existing.pk)
                self.run.whereabouts.compare(record, existing.geometry, existing.geometry_method)
            values = self._values(record, existing, division, ground, there)
            if values is None:
                continue
            held = existing.geometry if existing is not None else None
            if geometry is not None and not is_there(self.run, existing, held, geometry):
                values |= {"geometry": geometry, "geometry_method": self.run.point_method()}
            if (
                existing is None
                and "names_division" not in record.values
                and "names_road" not in record.values
            ):
                fresh.append((record, record.values["name"], division.path if division is not None else ""))
            wanted.append(Wanted(record, values, existing))
            roads.append(ground.roads(record))
        self.matcher.propose(fresh, taken=self._claimed)
        short_ids = iter(fresh_short_ids(sum(item.existing is None for item in wanted)))
        for item in wanted:
            if item.existing is None:
                item.extra["short_id"] = next(short_ids)
        changes = write(Place, wanted)
        self._link(changes, roads)
        writer = NameWriter(self.run, changes, self.lexicon, self._kinds)
        writer.write()
        self.relations.write(changes)
        self.checks.look(changes, [*writer.fresh, *writer.changed], roads)
        self.run.remember(changes)
        return []

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Write relations to places of later rows, and say which checks were not made; keys and spellings follow on the places."""
        self.relations.finish()
        self.checks.finish()

    def _decided(self, record: Record) -> Place | None:
        """Return the place that a person said the row is about."""
        pk = self.run.decided(record)
        if pk is None:
            return None
        places = Place.objects.select_related("source", "division").defer("division__boundary")
        place = places.filter(pk=pk).first() if pk not in self._claimed else None
        if place is None:
            self.matcher.refuse_gone(record)
        return place

    # -- what a row says -----------------------------------------------------------------------

    def _values(
        self,
        record: Record,
        existing: Place | None,
        division: Division | None,
        ground: _Ground,
        there: _Places,
    ) -> dict[str, Any] | None:
        named = self._named_division(record, existing, ground, there)
        if missing := ground.missing_roads(record):
            message = Message(_NO_SUCH_ROADS, {"refs": "、".join(missing)})
            record.refuse(message, column=self.run.header("names_road"))
        check_spelling(record, self.run.header("pinyin"))
        kind = self._kind(record, existing)
        there_now = existing.division if existing is not None else None
        division = at_least_as_near(record, division, there_now)
        if record.refused or not self.run.may_touch(record, division or named, there_now):
            return None
        values = self.run.provenance(record, existing, blanks=_BLANKS)
        if values is None:
            return None
        values |= {name: record.values[name] for name in _COLUMNS if name in record.values}
        values |= blanked(record, _BLANKED) if existing is not None else {}
        self.run.leave_publishing(record, existing, values)
        if kind is not None:
            values["kind_id"] = kind.id
        if named is not None:
            values["named_division_id"] = named.pk
        if division is not None:
            values["division_id"] = division.id
        elif existing is None and named is not None:
            values["division_id"] = named.parent_id or named.pk
        return values

    def _named_division(
        self, record: Record, existing: Place | None, ground: _Ground, there: _Places
    ) -> Division | None:
        code = record.values.get("names_division")
        if code is None:
            return None
        named = ground.divisions.get(code)
        column = self.run.header("names_division")
        if named is None:
            record.refuse(Message(_NO_SUCH_DIVISION, {"code": code}), column=column, value=code)
            return None
        holder = there.by_division.get(named.pk)
        if holder is not None and existing is not None and holder.pk != existing.pk:
            params = {"division": named.name, "place": holder.short_id}
            record.refuse(Message(_NAMED_ALREADY, params), column=column, value=code)
        return named

    def _kind(self, record: Record, existing: Place | None) -> PlaceKind | None:
        """Return the kind that a row names; ``None`` where an existing place keeps its own."""
        kind = self._kind_said(record)
        word = record.values.get("kind")
        if kind is None and word is not None:
            message = Message(_NO_SUCH_KIND, {"value": word})
            record.refuse(message, column=self.run.header("kind"), value=word)
        elif kind is None and existing is None:
            record.refuse(Message(_KIND_NEEDED), column=self.run.header("kind"))
        return kind

    def _kind_said(self, record: Record) -> PlaceKind | None:
        """Return the kind that a row names, by a word or by its category."""
        word = record.values.get("kind")
        if word is None:
            return self._by_category.get(record.values.get("category_code") or "")
        if word not in self._by_word:
            found = self._by_word.get(_key(word))
            if found is None:
                return None
            self._by_word[word] = found
        return self._by_word[word]

    # -- roads ---------------------------------------------------------------------------------

    def _link(self, changes: Sequence[Change], roads: Sequence[list[int]]) -> None:
        """Link places to the roads they are; take those roads from places that were made by themselves."""
        through = Place.roads.through
        wanted = {
            (c.instance.pk, road_id): c for c, ids in zip(changes, roads, strict=True) for road_id in ids
        }
        if not wanted:
            return
        road_ids = {road_id for _place_id, road_id in wanted}
        held = list(through.objects.filter(road__in=road_ids).values_list("pk", "place_id", "road_id"))
        present = {(place_id, road_id) for _pk, place_id, road_id in held}
        for pair, change in wanted.items():
            if pair not in present:
                change.after.setdefault("roads", []).append(pair[1])
        link_roads(pair for pair in wanted if pair not in present)
        strangers = {place_id for _pk, place_id, road_id in held if (place_id, road_id) not in wanted}
        made = set(_made_by_themselves(strangers))
        gone = [
            pk for pk, place_id, road_id in held if place_id in made and (place_id, road_id) not in wanted
        ]
        through.objects.filter(pk__in=gone).delete()
        # The same road twice would be a double on the officer's list; nobody has written anything about
        # this one.
        Place.objects.filter(pk__in=made, roads__isnull=True).delete()


class _Lately:
    """By what the places are told that the last few thousand rows of a file were about."""

    def __init__(self) -> None:
        self._chunks: deque[set[tuple[object, ...]]] = deque(maxlen=_CHUNKS_WAITING)

    def is_strange_to(self, records: Sequence[Record]) -> bool:
        """Whether none of these rows can be about a place of those; they are added to them."""
        keys: set[tuple[object, ...]] = set()
        for record in records:
            values = record.values
            keys.update((name, values[name]) for name in _TELLING if name in values)
            keys.add(("name", values["name"], values.get("division_code")))
        known = any(not keys.isdisjoint(chunk) for chunk in self._chunks)
        self._chunks.append(keys)
        return not known and not any("names_road" in record.values for record in records)


class _Places:
    """The places that rows may be about, by everything that tells them.

    Parameters
    ----------
    run : ImportRun
    records : sequence of Record
    ground : _Ground
    divisions : sequence of Division or None
        The one that each row lies in.
    """

    def __init__(
        self,
        run: ImportRun,
        records: Sequence[Record],
        ground: _Ground,
        divisions: Sequence[Division | None],
    ) -> None:
        self.run = run
        self.ground = ground
        road_ids = {road_id for record in records for road_id in ground.roads(record)}
        links = Place.roads.through.objects.filter(road__in=road_ids).values_list("road_id", "place_id")
        self._by_road: defaultdict[int, list[int]] = defaultdict(list)
        for road_id, place_id in links if road_ids else ():
            self._by_road[road_id].append(place_id)
        # A name is common: only where the rows lie, and on the roads they name, does it tell a place.
        here = {division.pk for division in divisions if division is not None}
        on_roads = {pk for pks in self._by_road.values() for pk in pks}
        names = Name.objects.filter(
            Q(place__division__in=here) | Q(place__in=on_roads) if on_roads else Q(place__division__in=here),
            text__in={r.values["name"] for r in records},
            valid_to__isnull=True,
        )
        self._by_name: defaultdict[str, set[int]] = defaultdict(set)
        for text, place_id in names.exclude(status=Name.Status.FORMER).values_list("text", "place_id"):
            self._by_name[text].add(place_id)
        self._load(records)

    def _load(self, records: Sequence[Record]) -> None:
        codes = {r.values["place_code"] for r in records if "place_code" in r.values}
        refs = {r.values["source_ref"] for r in records if "source_ref" in r.values}
        keys = {pk for pks in self._by_road.values() for pk in pks} | {
            pk for pks in self._by_name.values() for pk in pks
        }
        divisions = [division.pk for division in self.ground.divisions.values()]
        # One statement for each way to tell a place: of all ways in one, PostgreSQL reads the whole register.
        ways = (
            (codes - {""}, Q(place_code__in=codes - {""})),
            (refs, Q(source=self.run.source, source_ref__in=refs)),
            (divisions, Q(named_division__in=divisions)),
            (keys, Q(pk__in=keys)),
        )
        self.places = {
            place.pk: place for wanted, way in ways if wanted for place in Place.objects.filter(way)
        }
        self._attach(self.places.values())
        own = [place for place in self.places.values() if place.source_id == self.run.source.pk]
        self.by_ref = {place.source_ref: place for place in own if place.source_ref}
        self.by_code = {place.place_code: place for place in self.places.values() if place.place_code}
        self.by_division = {
            p.named_division_id: p for p in self.places.values() if p.named_division_id is not None
        }

    def _attach(self, places: Iterable[Place]) -> None:
        """Give places their sources and divisions, of which there are few."""
        sources = Source.objects.in_bulk({p.source_id for p in places if p.source_id is not None})
        division_ids = {p.division_id for p in places if p.division_id is not None}
        divisions = Division.objects.defer("boundary").in_bulk(division_ids)
        for place in places:
            place.source = sources[place.source_id] if place.source_id is not None else None
            place.division = divisions[place.division_id] if place.division_id is not None else None

    def of(self, record: Record) -> Place | None:
        """Return the place a row is about: by its number, its code, what it names on the ground, or its name there."""
        values = record.values
        place = self.by_ref.get(values.get("source_ref", "")) or self.by_code.get(
            values.get("place_code", "")
        )
        if place is not None:
            return place
        if named := self.ground.divisions.get(values.get("names_division", "")):
            return self.by_division.get(named.pk)
        if roads := self.ground.roads(record):
            return self._of_roads(record, roads)
        return self._of_name(record)

    def _of_roads(self, record: Record, roads: Sequence[int]) -> Place | None:
        """Return the place that has most of the roads, one of the same name first, none that is another's number."""
        held = Counter(pk for road_id in roads for pk in self._by_road[road_id])
        named = self._by_name[record.values["name"]]
        free = [pk for pk in held if self._is_free(self.places[pk], record)]
        best = max(free, key=lambda pk: (pk in named, held[pk], -pk), default=None)
        return self.places[best] if best is not None else None

    def _of_name(self, record: Record) -> Place | None:
        """Return the only place of this name in the division that the row names."""
        code = record.values.get("division_code")
        found = [
            place
            for pk in self._by_name[record.values["name"]]
            if (place := self.places[pk]).division is not None
            and place.division.code == code
            and place.named_division_id is None
            and self._is_free(place, record)
        ]
        return found[0] if len(found) == 1 else None

    def _is_free(self, place: Place, record: Record) -> bool:
        """Whether a place may be the row's: not one that its own source calls by another number."""
        ref = record.values.get("source_ref", "")
        return not (place.source_id == self.run.source.pk and place.source_ref not in {"", ref})


def known_places(run: ImportRun, near: Near) -> Iterable[Known]:
    """Yield the names in force, near some rows, of places that a person may keep, as far as a row can be compared with them."""
    names = Name.objects.filter(valid_to__isnull=True).exclude(status=Name.Status.FORMER)
    names = near.narrow(names, pk="place_id", division="place__division")
    if run.scope is not None or run.home is not None:
        scope = run.scope or run.home
        assert scope is not None  # noqa: S101 - one of the two is there
        names = names.filter(place__division__path__startswith=scope.path)
    rows = names.order_by("pk").values_list(
        "place_id", "text", "place__short_id", "place__division__path", "place__division__name"
    )
    for pk, text, short_id, path, where in rows.iterator(chunk_size=5_000):
        yield Known(pk=pk, name=text, number=short_id, path=path or "", where=where or "")


def _made_by_themselves(place_ids: Iterable[int]) -> Iterable[int]:
    """Return those places that nobody wrote anything about: no number, geometry, standard name, confirmed spelling."""
    rows = Place.objects.filter(pk__in=place_ids, source_ref="", place_code="", geometry__isnull=True)
    rows = rows.exclude(names__status=Name.Status.STANDARD)
    return rows.exclude(names__spellings__status=Spelling.Status.CONFIRMED).values_list("pk", flat=True)


def _key(word: str) -> str:
    return fold(word).casefold().replace(" ", "")


def _related(relation: Relation, _parts: Sequence[str]) -> tuple[str | Promise, Callable[[Any], str]]:
    return relation.label, _plain


def _plain(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value or "")


def register() -> None:
    """Make this app's kind of file known, and what of its rows goes when a source goes."""
    register_kind(
        Kind(
            declaration=PLACE_NAMES,
            label=_("place names"),
            importer=PlaceNameImporter,
            action=Action.EDIT_NAMES,
            at_once=Action.CONFIRM_SPELLING,
            approval=Action.CONFIRM_SPELLING,
            words={"name_status": NAME_STATUSES},
            catalogue={
                "kind": lambda: list(
                    PlaceKind.objects.order_by("position", "code").values_list("name_zh", flat=True)
                )
            },
            example={
                "place_code": "{home}00000000000001",
                "name": "某某庄",
                "kind": "自然村",
                "division_code": "{home}101001",
            },
            export=export_place_names,
            not_exported=NOT_WRITTEN,
        )
    )
    register_words(Place, "name", lambda _parts: (_("standard name"), _plain))
    register_words(Place, "former_names", lambda _parts: (_("former names"), _plain))
    register_words(Place, "aliases", lambda _parts: (_("aliases"), _plain))
    register_words(Place, "short_names", lambda _parts: (_("short forms"), _plain))
    register_words(Place, "minority_writing", lambda _parts: (_("in a minority language"), _plain))
    for relation in Relation:
        register_words(Place, relation.value, partial(_related, relation))
    register_words(Place, "pinyin", lambda _parts: (_("confirmed spelling"), _plain))
    register_words(
        Place, "roads", lambda _parts: (_("stretches of road"), lambda value: str(len(value or [])))
    )
    register_holding(Holding(order=25, label=_("name cases"), rows=_demo_cases))
    register_holding(
        Holding(order=30, label=_("places"), rows=lambda sources: Place.objects.filter(source__in=sources))
    )


def _demo_cases(sources: Sequence[Source]) -> QuerySet[NameCase]:
    """Return the invented cases, where what goes is the demo: a real case keeps what it is about."""
    if not any(source.is_demo for source in sources):
        return NameCase.objects.none()
    return NameCase.objects.filter(is_demo=True)
