"""Which names sound or look like a proposal, in a register that is too large to be read for it.

The keys of `index`, by which a thousand proposals are held against all names, are kept for each name as numbers with an index: a
proposal's own are looked up in it. The worker keeps them up by the history's numbers; what has changed since is read as it is. A
number may stand for two keys, so what is found is looked at once more.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import BooleanField, Func, Q
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.stamps import changed_since, newest_events, settled_events
from geo_registry.jobs.recurring import register_recurring
from geo_registry.territory.prepared import Given, Prepared, array_of
from geo_registry.territory.search_keys import OneOf
from placenames.models import LikenessKept, Name, NameLikeness, NameQuerySet

from .among import Among
from .index import ProposalIndex, heard, looked_for, looks_of, sounds_of

LARGE: Final = 20_000
"""Names: in a smaller register those of a county are read as quickly."""
MOST_CHANGES: Final = 1_000
MOST_LOOKS: Final = 100
"""So many names that only look alike are told of a large register: there may be ten thousand that differ by one character."""
_CHUNK: Final = 5_000
_SIGNED: Final = 1 << 31


def number(key: str) -> int:
    """Return the number that stands for a key: 32 bits with a sign, as the column has them."""
    value = zlib.crc32(key.encode())
    return value - 2 * _SIGNED if value >= _SIGNED else value


def numbers_of(specific: str) -> list[int]:
    """Return the numbers of a name's sounds and shapes, each once."""
    return sorted({number(key) for key in (*heard(specific), *looks_of(specific))})


def like(
    among: Among,
    specific: str,
    readings: Mapping[int, str],
    *,
    around: str,
    place: int,
    looks: bool,
    most: int,
) -> list[int] | None:
    """Return which names sound or look like a proposal, those that sound so first; ``None`` where nothing is kept.

    Parameters
    ----------
    among, around, place
        Among these, in a division with this path ("" is everywhere), without those of a place.
    specific, readings
        The proposal's specific part, and the readings chosen by position.
    looks
        Whether those that only look like it are wanted, too.
    most
        No more than so many. Which, where there are more, is not said.
    """
    changed = _changed()
    if changed is None:
        return None
    given = {"paths": [around], "place": place, "specific": specific, "most": most}
    sounds = {number(key) for key in (sounds_of(specific, readings) if readings else heard(specific))}
    rows = _having(among, within=bool(around)).rows(numbers=array_of(sounds), **given)
    if looks:
        shapes = {number(key) for key in looked_for(specific)}
        others = given | {"most": min(MOST_LOOKS, most)}
        rows += _having(among, within=bool(around), others=True).rows(numbers=array_of(shapes), **others)
    if changed:
        rows += _these(among, within=bool(around)).rows(names=array_of(changed), **given)
    index = ProposalIndex([(specific, readings)], looks=looks)
    found = dict.fromkeys(pk for pk, part, text in rows if index.near(part or text))
    return list(found)[:most]


@lru_cache(maxsize=64)
def _having(among: Among, *, within: bool, others: bool = False) -> Prepared:
    """Return the statement that finds names with one of some ``numbers``; ``others``: whose specific part is another.

    The numbers come first, whatever the planner thinks of the kinds of places.
    """
    kept = NameLikeness.objects.filter(_Shares("keys", Given("numbers", "int[]")))
    names = among.given(within=within).filter(Q(OneOf("pk", ArraySubquery(kept.values("pk")))))
    if others:
        names = names.exclude(specific=Given("specific"))
    return _columns(names)


@lru_cache(maxsize=32)
def _these(among: Among, *, within: bool) -> Prepared:
    return _columns(among.given(within=within).filter(Q(OneOf("pk", Given("names", "bigint[]")))))


def _columns(names: NameQuerySet) -> Prepared:
    return Prepared.of(names.order_by().values_list("pk", "specific", "text"), most="most")


class _Shares(Func):
    """Whether an array has a member in common with some numbers."""

    template = "(%(expressions)s)"
    arg_joiner = " && "
    output_field = BooleanField()


def _changed() -> list[int] | None:
    """Return names that have changed since their likenesses were kept; ``None``: too many, or none are kept. One query."""
    kept, found = next(iter(_CHANGED.rows(most=MOST_CHANGES + 1)), (None, []))
    return list(found) if kept is not None and len(found) <= MOST_CHANGES else None


_CHANGED: Final = Prepared.written(
    f"""
WITH kept AS MATERIALIZED (SELECT max(names_event) AS last FROM placenames_likenesskept)
SELECT last, ARRAY(
    SELECT DISTINCT pgh_obj_id FROM {changed_since(Name, since="SELECT last FROM kept")} AS event
) FROM kept
"""  # noqa: S608 - no input
)


def keep_likenesses() -> int | None:
    """Keep what names sound and look like, as far as they have changed; return how many were written.

    The first time these are all names, if they are many. While somebody else writes names nothing is done, and ``None`` returned.
    """
    with transaction.atomic():
        settled = settled_events([Name])
        if settled is None:
            return None
        kept = LikenessKept.objects.first()
        names = Name.objects.order_by("pk")
        if kept is None:
            if len(names.values_list("pk")[: LARGE + 1]) <= LARGE:
                return 0
            NameLikeness.objects.all().delete()
        else:
            changed = _changed_ids(kept.names_event)
            NameLikeness.objects.filter(pk__in=changed).delete()
            names = names.filter(pk__in=changed)
        written = _write(names)
        kept = kept or LikenessKept()
        kept.names_event = settled[0]
        kept.save()
    return written


def _changed_ids(since: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT pgh_obj_id FROM placenames_nameevent WHERE pgh_id > %s", [since])
        return [row[0] for row in cursor.fetchall()]


def _write(names: NameQuerySet) -> int:
    written = 0
    chunk: list[str] = []
    for pk, specific, text in names.values_list("pk", "specific", "text").iterator(chunk_size=_CHUNK):
        chunk.append(f"{pk}\t{{{','.join(map(str, numbers_of(specific or text)))}}}\n")
        if len(chunk) == _CHUNK:
            written += _copy(chunk)
            chunk = []
    return written + _copy(chunk)


def _copy(lines: Sequence[str]) -> int:
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.cursor.copy_expert(
            "COPY placenames_namelikeness (name_id, keys) FROM STDIN", BytesIO("".join(lines).encode())
        )
    return len(lines)


def refresh_likenesses() -> None:
    """Keep them up; the worker calls it again and again."""
    kept = LikenessKept.objects.first()
    if kept is None or newest_events([Name])[0] != kept.names_event:
        keep_likenesses()


def register() -> None:
    """Have the worker keep them."""
    register_recurring(
        "placenames-likenesses",
        title=_("What names sound and look like, for the checks of a large register"),
        every=datetime.timedelta(minutes=10),
        body=refresh_likenesses,
    )
