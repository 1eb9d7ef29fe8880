"""Relations of places from files: renamed from, part of, named after; and how a cell names the place at the other end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.text import normal_form

from ..models import Name, Place, PlaceRelation, Relation

COLUMNS: Final = {relation.value: relation.value for relation in Relation}
"""Columns of files → the relation that each is."""
MARK: Final = "#"
_MOST_WORDS: Final = 120

_SEVERAL = gettext_noop(
    "“{text}” is the name of {count} places. Write {text}#… with the permanent address of the one that is meant, or its place code."
)
_IN_WORDS = gettext_noop("No place of the registry is called “{text}”; it is kept in words.")
_ITSELF = gettext_noop("A place has no relation to itself: “{text}” was left out.")
_RING = gettext_noop(
    "“{text}” is on record the other way round already: it would go round in a ring, and was left out."
)


def written(place: Place, name: str) -> str:
    """Return how a cell names a place: its name, and what tells it from others of that name."""
    return f"{name}{MARK}{place.short_id}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a cell says: of which place, which relation, to what."""

    place_pk: int
    relation: str
    text: str
    row: int

    @property
    def words(self) -> str:
        """What is kept where there is no such place."""
        return (self.text.rpartition(MARK)[0] or self.text).strip()[:_MOST_WORDS]

    @property
    def name(self) -> str:
        """What a place would be called."""
        return normal_form(self.words)

    @property
    def key(self) -> str:
        """What stands after the mark: a permanent address, or a place code."""
        return self.text.rpartition(MARK)[2].strip() if MARK in self.text else self.text.strip()


class RelationWriter:
    """Writes the relations that rows tell of. One whose other end the file brings only later is written at the end.

    Parameters
    ----------
    run : ImportRun
    """

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._later: list[_Wanted] = []

    def write(self, changes: Sequence[Change]) -> None:
        """Write the relations of a chunk of rows, and note them with the rows."""
        wanted = list(self._wanted(changes))
        if not wanted:
            return
        by_pk = {change.instance.pk: change for change in changes}
        made, unknown = self._relate(wanted, in_words=False)
        self._later += unknown
        for one in made:
            by_pk[one.place_pk].after.setdefault(one.relation, []).append(one.name)

    def finish(self) -> None:
        """Write what was left: to places of later rows, or else in words."""
        if not self._later:
            return
        self._relate(self._later, in_words=True)

    @staticmethod
    def _wanted(changes: Sequence[Change]) -> Iterator[_Wanted]:
        for change in changes:
            for column, relation in COLUMNS.items():
                for text in change.record.values.get(column, ()):
                    yield _Wanted(change.instance.pk, relation, text, change.record.number)

    def _relate(self, wanted: Sequence[_Wanted], *, in_words: bool) -> tuple[list[_Wanted], list[_Wanted]]:
        """Return what was written, and what no place is known for; with ``in_words`` that is written as it stands."""
        ends = _Ends(self.run, wanted)
        held = _Held({one.place_pk for one in wanted} | ends.pks, {one.relation for one in wanted})
        fresh: list[PlaceRelation] = []
        made: list[_Wanted] = []
        unknown: list[_Wanted] = []
        for one in wanted:
            found = ends.of(one)
            if len(found) > 1:
                self._say(one, _SEVERAL, Severity.WARNING, text=one.name, count=len(found))
            elif found and found[0] == one.place_pk:
                self._say(one, _ITSELF, Severity.WARNING, text=one.name)
            elif found and held.would_close(one, found[0]):
                self._say(one, _RING, Severity.WARNING, text=one.name)
            elif found and held.add(one, found[0]):
                fresh.append(
                    PlaceRelation(
                        place_id=one.place_pk, relation=one.relation, other_id=found[0], created_by=self.run.user
                    )
                )  # fmt: skip
                made.append(one)
            elif not found and not in_words:
                unknown.append(one)
            elif not found and held.add_words(one):
                self._say(one, _IN_WORDS, Severity.NOTE, text=one.words)
                fresh.append(
                    PlaceRelation(
                        place_id=one.place_pk, relation=one.relation, other_text=one.words, created_by=self.run.user
                    )
                )  # fmt: skip
                made.append(one)
        PlaceRelation.objects.bulk_create(fresh)
        return made, unknown

    def _say(self, one: _Wanted, template: str, severity: Severity, **params: object) -> None:
        column = self.run.header(one.relation)
        self.run.issues.append(RowIssue(one.row, column, severity, Message(template, params)))


class _Ends:
    """The places that cells may mean: by permanent address, by code, by name. A name tells one only where it is the only one."""

    def __init__(self, run: ImportRun, wanted: Iterable[_Wanted]) -> None:
        keys = {one.key for one in wanted}
        names = {one.name for one in wanted}
        public = Place.objects.public().order_by().values("pk")
        scope = run.scope or run.home
        reach = Q(division__path__startswith=scope.path) | Q(pk__in=public) if scope is not None else Q()
        places = Place.objects.filter(reach)
        self._by_key = dict(places.filter(short_id__in=keys).values_list("short_id", "pk"))
        coded = places.filter(place_code__in=keys - {""}).values_list("place_code", "pk")
        self._by_key |= dict(coded)
        self._by_name: defaultdict[str, set[int]] = defaultdict(set)
        rows = Name.objects.filter(
            text__in=names, valid_to__isnull=True, place__in=places.order_by().values("pk")
        )
        for text, pk in rows.exclude(status=Name.Status.FORMER).values_list("text", "place_id"):
            self._by_name[text].add(pk)

    @property
    def pks(self) -> set[int]:
        """All places that are meant."""
        return set(self._by_key.values()) | {pk for pks in self._by_name.values() for pk in pks}

    def of(self, one: _Wanted) -> list[int]:
        """Return the places that a cell may mean."""
        if one.key in self._by_key:
            return [self._by_key[one.key]]
        return sorted(self._by_name.get(one.name, ()))


class _Held:
    """The relations on record, of the kinds that are written: so that none is written twice, or closes a ring."""

    def __init__(self, place_pks: Iterable[int], relations: Iterable[str]) -> None:
        self._rings = set(relations) - {Relation.NAMED_AFTER.value}
        rows = PlaceRelation.objects.filter(Q(place__in=set(place_pks)) | Q(relation__in=self._rings))
        self._others: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
        self._words: set[tuple[int, str, str]] = set()
        for place_pk, relation, other_pk, text in rows.values_list(
            "place_id", "relation", "other_id", "other_text"
        ):
            # Either the one or the other is there (a constraint of the table).
            if text:
                self._words.add((place_pk, relation, text))
            else:
                self._others[place_pk, relation].add(other_pk)

    def add(self, one: _Wanted, other_pk: int) -> bool:
        """Take a relation in; whether it is new."""
        known = self._others[one.place_pk, one.relation]
        if other_pk in known:
            return False
        known.add(other_pk)
        return True

    def add_words(self, one: _Wanted) -> bool:
        """Take a relation to something outside the register in; whether it is new."""
        key = (one.place_pk, one.relation, one.words)
        if key in self._words:
            return False
        self._words.add(key)
        return True

    def would_close(self, one: _Wanted, other_pk: int) -> bool:
        """Whether the other end leads back to the place by relations of the same kind."""
        if one.relation not in self._rings:
            return False
        seen: set[int] = set()
        front = {other_pk}
        while front and one.place_pk not in front:
            seen |= front
            front = {far for pk in front for far in self._others.get((pk, one.relation), ())} - seen
        return bool(front)


def in_cells(relations: Iterable[PlaceRelation], names: Mapping[int, str]) -> dict[str, list[str]]:
    """Return what the columns of a place's relations hold, so that they can be read back.

    Parameters
    ----------
    relations
        With their other ends.
    names
        The name that each other end goes by, by its primary key.
    """
    cells: defaultdict[str, list[str]] = defaultdict(list)
    for row in relations:
        if row.other is None:
            cells[row.relation].append(row.other_text)
        else:
            cells[row.relation].append(written(row.other, names.get(row.other.pk, "")))
    return cells
