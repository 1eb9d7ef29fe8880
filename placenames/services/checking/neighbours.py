"""Names that may be mistaken for a proposal, from the register: by the keys that names are searched by."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.db.models import Q

from geo_registry.territory.models import Division
from geo_registry.territory.prepared import Prepared
from geo_registry.territory.search_keys import Matches, TextSearchQuery
from geo_registry.text.normal import match_form
from placenames.naming import NameParts
from placenames.naming.checks import Candidate, Secret
from placenames.naming.checks.shape import anagrams, one_edit_patterns
from placenames.naming.checks.sound import plain_keys, readings_of

from .among import Among, in_divisions
from .index import ProposalIndex
from .known import KnownName, known_by_keys
from .likeness import like
from .scopes import Area
from .secrecy import secret_path, secrets_at
from .subject import Subject, distance_m, distances_m, middle, middles
from .whereabouts import whereabouts

# The nearest of so many are compared; a name with more look-alikes than that is in trouble anyway.
MOST_CANDIDATES = 400
# Places of a division that are named one by one.
MOST_PLACES = 10_000
# Names of so many places are read as quickly as their like are found in a large register.
MOST_READ = 3_000
# From so many proposals on the names are read through instead of asked for.
MANY = 5
_STREAMED = 5_000
# What the key of a proposal ends in once it was approved: it must be seen anew.
APPROVED = ":approved"


def sounds_and_shapes(parts: NameParts, readings: dict[int, str]) -> Q:
    """Return the condition that a name sounds or looks nearly like the parts given."""
    specific = parts.specific
    chosen = {index: reading for index, reading in readings.items() if index < len(specific)}
    beginnings = [
        "H" + match_form(specific),
        *("P" + key for key in plain_keys(readings_of(specific, chosen))),
    ]
    query = " | ".join(f"'{_escaped(key)}':*" for key in beginnings if len(key) > 1)
    wanted = Q(Matches("keys", TextSearchQuery(query))) if query else Q(pk__in=[])
    patterns = one_edit_patterns(specific)
    regex = (
        "^(" + "|".join("".join("." if c == "_" else _literal(c) for c in each) for each in patterns) + ")$"
    )
    # A name without a known generic term is its own specific part.
    for column, others in (("specific", Q()), ("text", Q(specific=""))):
        wanted |= Q(**{f"{column}__in": anagrams(specific)}) & others
        if patterns:
            wanted |= Q(**{f"{column}__regex": regex}) & others
    return wanted


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "''")


def _literal(character: str) -> str:
    return character if character.isalnum() else "\\" + character


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A proposal with what is worked out of it before the register is asked.

    Parameters
    ----------
    subject, parts, area, shape
        The proposal, its parts, its scope, and where it is in degrees (EPSG:4490).
    """

    subject: Subject
    parts: NameParts
    area: Area
    shape: shapely.Geometry | None

    @property
    def around(self) -> str:
        """The path of the division within which other names are looked for; empty: everywhere."""
        return self.area.around.path if self.area.around is not None else ""


def candidates(proposed: Sequence[Proposed], *, looks: bool = True) -> list[list[Candidate]]:
    """Return names in force, or still to come, of each subject's family around it, without those of its own place.

    Parameters
    ----------
    proposed
        From `MANY` on the names of the register are read through instead of asked for: the number of statements does not grow.
    looks
        Whether names that only look alike are wanted, too.
    """
    asked = [item for item in proposed if item.parts.specific]
    hits = (
        _by_reading(asked, looks=looks)
        if len(asked) >= MANY
        else [_by_asking(item, looks=looks) for item in asked]
    )
    every = {pk for pks in hits for pk in pks}
    known = {row.pk: row for row in known_by_keys(every)}
    homeless = {pk: row.shape for pk, row in known.items() if not row.where and row.shape is not None}
    drawn = whereabouts(homeless)
    spots = _spots(known.values())
    secrets = secrets_at(row.lies_in for row in known.values() if row.is_secret)
    divisions = _divisions(asked)
    found: list[list[Candidate]] = []
    others = iter(zip(hits, divisions, strict=True))
    for item in proposed:
        if not item.parts.specific:
            found.append([])
            continue
        pks, of_divisions = next(others)
        rows = [known[pk] for pk in pks]
        found.append(_candidates(item, rows, drawn, spots, secrets) + of_divisions)
    return found


def _by_asking(item: Proposed, *, looks: bool) -> list[int]:
    """Return the names that may be mistaken for one proposal, by the keys that names are searched by."""
    near = _places_in(item.area.around) if item.area.around is not None else None
    readings = {at: reading for at, reading in item.subject.readings.items() if at < len(item.parts.specific)}
    among, own = Among.of(item.subject), item.subject.place
    if near is None or len(near) > MOST_READ:
        found = like(
            among, item.parts.specific, readings, around=item.around, place=own.pk if own is not None else 0,
            looks=looks, most=MOST_CANDIDATES,
        )  # fmt: skip
        if found is not None:
            return found
    names = among.names()
    if near is not None:
        names = names.filter(place__in=near)
    elif item.around:
        names = names.filter(in_divisions([item.around]))
    if own is not None:
        names = names.exclude(place=own)
    names = names.filter(sounds_and_shapes(item.parts, readings))
    return list(names.order_by("pk").values_list("pk", flat=True)[:MOST_CANDIDATES])


def _places_in(around: Division) -> list[int] | None:
    """Return the places of a division, and those that lie in none; ``None`` where they are too many to be named one by one.

    The patterns of a name with one sign wrong have no index: looked for among all names of a large register they would cost a look
    at each. So the places come first.
    """
    # "/" is followed by "0": what begins so lies between the two.
    ((found,),) = _PLACES_IN.rows(path=around.path, after=around.path[:-1] + "0", most=MOST_PLACES)
    return list(found) if found is not None and len(found) <= MOST_PLACES else None


# Counted before they are read: of a province that is ten thousand for nothing.
_PLACES_IN: Final = Prepared.written(
    """
WITH inside AS MATERIALIZED (
    SELECT id FROM territory_division WHERE path ~>=~ %(path)s::text AND path ~<~ %(after)s::text LIMIT %(most)s::bigint + 1
), few AS MATERIALIZED (
    SELECT (SELECT count(*) FROM inside) <= %(most)s::bigint AND (
        SELECT count(*) FROM (
            SELECT FROM placenames_place WHERE division_id = ANY (ARRAY(SELECT id FROM inside)) LIMIT %(most)s::bigint + 1
        ) AS counted
    ) <= %(most)s::bigint AS enough
)
SELECT CASE WHEN enough THEN ARRAY(
    (SELECT id FROM placenames_place WHERE division_id = ANY (ARRAY(SELECT id FROM inside)))
    UNION ALL (SELECT id FROM placenames_place WHERE division_id IS NULL LIMIT %(most)s::bigint + 1)
) END FROM few
"""
)


def _by_reading(asked: Sequence[Proposed], *, looks: bool) -> list[list[int]]:
    """Return the names that may be mistaken for each of many proposals: one statement for each family of things."""
    hits: list[list[int]] = [[] for _item in asked]
    families: defaultdict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(asked):
        families[item.subject.family].append(number)
    for numbers in families.values():
        index = ProposalIndex(
            [(asked[number].parts.specific, asked[number].subject.readings) for number in numbers],
            looks=looks,
        )
        names = Among.of(asked[numbers[0]].subject).names()
        around = {asked[number].around for number in numbers}
        if "" not in around:
            names = names.filter(in_divisions(around))
        # Not in their order: PostgreSQL would read all names by their keys, to have the first few soon.
        rows = names.order_by().values_list("pk", "specific", "text", "place_id", "place__division__path")
        for pk, specific, text, place_pk, path in rows.iterator(chunk_size=_STREAMED):
            for position in index.near(specific or text):
                item, own = asked[numbers[position]], hits[numbers[position]]
                itself = item.subject.place is not None and item.subject.place.pk == place_pk
                if not itself and (path is None or path.startswith(item.around)):
                    own.append(pk)
                    if len(own) >= 2 * MOST_CANDIDATES:
                        own[:] = sorted(own)[:MOST_CANDIDATES]
    return [sorted(own)[:MOST_CANDIDATES] for own in hits]


def _spots(rows: Iterable[KnownName]) -> dict[int, tuple[float, float]]:
    shapes = {row.pk: row.shape for row in rows if row.shape is not None}
    return dict(zip(shapes, middles(list(shapes.values())), strict=True))


def _candidates(
    item: Proposed,
    rows: Sequence[KnownName],
    drawn: Mapping[int, str],
    spots: Mapping[int, tuple[float, float]],
    secrets: Mapping[str, Secret],
) -> list[Candidate]:
    placed = [row for row in rows if row.shape is not None] if item.shape is not None else []
    away = dict(
        zip(
            (row.pk for row in placed),
            distances_m(item.shape, [row.shape for row in placed if row.shape is not None]) if item.shape is not None else (),
            strict=True,
        )
    )  # fmt: skip
    return [
        Candidate(
            key=f"place:{row.place_pk}", text=row.text, specific=row.specific, generic=row.generic,
            family=item.subject.family, where=row.where or drawn.get(row.pk, ""), place_id=row.place_id,
            lon=spots[row.pk][0] if row.pk in spots else None, lat=spots[row.pk][1] if row.pk in spots else None,
            distance_m=away.get(row.pk), in_scope=item.area.holds(row.path, row.shape),
            secret=secrets[row.lies_in] if row.is_secret else None,
        )
        for row in rows
    ]  # fmt: skip


def _divisions(asked: Sequence[Proposed]) -> list[list[Candidate]]:
    """Return divisions of each proposal's level that sound the same: they have no place of their own here above villages."""
    found: list[list[Candidate]] = [[] for _item in asked]
    levels: defaultdict[int, list[int]] = defaultdict(list)
    for number, item in enumerate(asked):
        if item.subject.is_division and item.subject.division is not None:
            levels[item.subject.division.level + 1].append(number)
    for level, numbers in levels.items():
        # The specific part follows from the terms of the proposal's own kind.
        for terms, group in _by_terms(asked, numbers).items():
            index = ProposalIndex(
                [(asked[number].parts.specific, asked[number].subject.readings) for number in group]
            )
            rows = Division.objects.filter(valid_to__isnull=True, level=level)
            paths = {asked[number].around for number in group}
            if "" not in paths:
                rows = rows.filter(
                    functools.reduce(operator.or_, (Q(path__startswith=path) for path in paths))
                )
            for pk, name, path in rows.order_by("pk").values_list("pk", "name", "path"):
                generic = max((term for term in terms if name.endswith(term)), key=len, default="")
                specific = name[: len(name) - len(generic)]
                for position in index.near(specific):
                    number = group[position]
                    item = asked[number]
                    if name != item.subject.old_text and path.startswith(item.around):
                        found[number].append(
                            Candidate(
                                key=f"division:{pk}", text=name, specific=specific, generic=generic,
                                family=item.subject.family, where=name, in_scope=item.area.holds(path, None),
                            )
                        )  # fmt: skip
    return found


def _by_terms(asked: Sequence[Proposed], numbers: Sequence[int]) -> dict[tuple[str, ...], list[int]]:
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in numbers:
        groups[tuple(asked[number].subject.kind.generic_terms)].append(number)
    return groups


def proposals(
    rows: Iterable[tuple[str, Subject]],
    subject: Subject,
    area: Area,
    parts_of: Callable[[Subject], NameParts],
) -> list[Candidate]:
    """Return other cases' proposals as candidates: keys with their subjects."""
    shape = subject.shape()
    found = []
    others = list(rows)
    secrets = secrets_at(path for _key, other in others if (path := secret_path(other.place)) is not None)
    for key, other in others:
        own = other.shape()
        lon, lat = middle(own) if own is not None else (None, None)
        parts = parts_of(other)
        found.append(
            Candidate(
                key=key, text=other.text, specific=parts.specific, generic=parts.generic, family=other.family,
                where=(other.division.name if other.division else ""), lon=lon, lat=lat, pending=True,
                decided=key.endswith(APPROVED),
                distance_m=distance_m(shape, own) if shape is not None and own is not None else None,
                in_scope=area.holds(other.division.path if other.division else "", own),
                secret=secrets.get(path) if (path := secret_path(other.place)) is not None else None,
            )
        )  # fmt: skip
    return found
