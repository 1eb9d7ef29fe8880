"""Which names a search looks at: never all that hold what is in very many names.

An index lists the names that have a key. Of what is rare that is a few names, quickly ranked. Of what is common (`beginnings`) the
names that come first are kept; and where something common is wanted together with something rare, the index lists the rare, and the
common is looked up in those few rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from geo_registry.territory.prepared import Prepared
from geo_registry.text.search import Token, Wanted, query_text

from .beginnings import Kept, changed_since, kept_for

Tokens = tuple[Token, ...]

MOST_LOOSELY: Final = 60_000
"""So many names are listed by the index for what is found loosely: a few milliseconds. Beyond them kept names are enough."""
# What it takes to look something up in a row, by what it takes to list one.
_A_ROW: Final = 8


class Indexed(NamedTuple):
    """What the index is asked for, and what is then looked up in the rows it lists; each the text of a ``tsquery``, or empty."""

    query: str
    also: str = ""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """The names to look at: those that the index lists for any of some questions, and of some others those that have all.

    Parameters
    ----------
    indexed
        The questions to the index.
    others
        Names that are looked at one by one.
    kept
        The names kept of each beginning that other names have, too. What comes before any of the kept is among the names; of what
        comes after all of them, something may be missing.
    """

    indexed: Sequence[Indexed]
    others: Collection[int] = ()
    kept: Sequence[Collection[int]] = field(default_factory=tuple)


def narrowed(wanted: Wanted, *, public: bool, loosely: bool = False) -> Narrowed | None:
    """Return which names to look at; ``None`` where too much has changed for what is kept to serve.

    Parameters
    ----------
    wanted
        What names must have.
    public
        Whether the public asks; else somebody who sees every name.
    loosely
        Whether it is enough to find some: then of what is very common in every part only kept names are looked at.
    """
    common = kept_for({key for tokens in wanted for keys in tokens for key in keys}, public=public)
    if not common:
        return Narrowed(indexed=[Indexed(query_text(wanted))])
    indexed: list[Indexed] = []
    used: dict[str, Kept] = {}
    left = MOST_LOOSELY
    for tokens in sorted(wanted, key=lambda tokens: _cheapest(tokens, common).cost) if loosely else wanted:
        rare = tuple(keys for keys in tokens if not any(key in common for key in keys))
        often = tuple(keys for keys in tokens if keys not in rare)
        if rare or (len(tokens) > 1 and not loosely):
            indexed.append(_indexed(rare or tokens, often if rare else ()))
            continue
        way = _cheapest(tokens, common)
        if len(tokens) > 1 and way.cost <= left:
            left -= way.cost
            indexed.append(way.indexed)
            continue
        keys = min(often, key=lambda keys: _count(keys, common))
        used |= {key: common[key] for key in keys if key in common}
        if rarer := tuple(key for key in keys if key not in common):
            indexed.append(_indexed((rarer,), tuple(other for other in often if other is not keys)))
    if not used:
        return Narrowed(indexed=indexed)
    changed = changed_since()
    if changed is None:
        return None
    others = {pk for kept in used.values() for pk in kept.names}.union(changed)
    return Narrowed(indexed=indexed, others=others, kept=_open_ended(used))


class _Way(NamedTuple):
    """How the names are found that have several common tokens, and about what that costs, in names that the index lists."""

    cost: int
    indexed: Indexed


def _cheapest(tokens: Tokens, common: Mapping[str, Kept]) -> _Way:
    """Return it: the index asked for all tokens at once, or for the rarest one, in whose rows the others are looked up."""
    together = _Way(sum(_count(keys, common) for keys in tokens), _indexed(tokens, ()))
    rarest = min(tokens, key=lambda keys: _count(keys, common))
    others = tuple(keys for keys in tokens if keys is not rarest)
    by_row = _Way(_A_ROW * _count(rarest, common), _indexed((rarest,), others))
    return min(together, by_row, key=lambda way: way.cost)


def _count(keys: Token, common: Mapping[str, Kept]) -> int:
    return sum(common[key].count for key in keys if key in common)


def _open_ended(used: Mapping[str, Kept]) -> list[frozenset[int]]:
    return [frozenset(kept.names) for kept in used.values() if not kept.is_all]


def _indexed(tokens: Tokens, also: Tokens) -> Indexed:
    """Return the question for names that have some tokens, by the index, and others, which are looked up in their rows."""
    return Indexed(query_text((tokens,)), query_text((also,)) if also else "")


def places_under(paths: Sequence[str], *, most: int) -> list[int] | None:
    """Return the places that lie in some divisions or are one of them; ``None`` where they are more than so many. One query.

    Parameters
    ----------
    paths
        Of the divisions, each ending in a stroke as all do.
    """
    # "/" is followed by "0": what begins so lies between the two.
    after = [path[:-1] + "0" for path in paths]
    found = _PLACES_UNDER.rows(paths=list(paths), after=after, most=2 * most + 1)
    places = {pk for (pk,) in found}
    return list(places) if len(found) <= 2 * most and len(places) <= most else None


_PLACES_UNDER: Final = Prepared.written(
    """
WITH inside AS MATERIALIZED (
    SELECT division.id FROM unnest(%(paths)s::text[], %(after)s::text[]) AS given (path, after)
    JOIN territory_division AS division ON division.path ~>=~ given.path AND division.path ~<~ given.after
)
(SELECT id FROM placenames_place WHERE division_id IN (SELECT id FROM inside) LIMIT %(most)s::bigint)
UNION ALL
(SELECT id FROM placenames_place WHERE named_division_id IN (SELECT id FROM inside) LIMIT %(most)s::bigint)
"""
)
