"""The best answers to what is typed first, kept so that suggestions need not look at every tenth name of a large register.

"新", "xin" or "x" are in a hundred thousand of a million names, and ranking those takes far longer than somebody types on. Of each
beginning of search keys that more than `COMMON` names have, the names that come first are kept: exact ones, those that begin so,
those that hold it, each in the order of the search (`finding`). What a search then looks at, `narrowing` says. The history's
own numbers say what has changed since they were made: where that is so much that looking it through would take long, and in
registers where no beginning is common, all names are looked at. So no answer is stale.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import Case, Func, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts import stamps
from geo_registry.accounts.stamps import newest_events, settled_events
from geo_registry.jobs.recurring import register_recurring
from geo_registry.territory.prepared import Prepared
from geo_registry.text.search import INITIALS, PLAIN, TEXT, TONED

from ..models import BeginningsMade, CommonBeginning, Name, Place, Spelling

COMMON: Final = 1_000
"""Names: so many are ranked in a few milliseconds."""
KEPT: Final = 240
MOST_CHANGES: Final = 3_000
"""Changes since they were made: more are no longer looked through with each question."""
# So long beginnings are counted of every key. Of a longer one the beginning is common, too, which few keys that are long have.
_COUNTED_FIRST: Final = {TEXT: 3, PLAIN: 9, INITIALS: 4, TONED: 9}
_LONGEST: Final = {TEXT: 10, PLAIN: 30, INITIALS: 10, TONED: 30}
_IN_FORCE: Final = (Name.Status.STANDARD, Name.Status.RECORDED)
_CHUNK: Final = 5_000
_EVENTS: Final = ("names_event", "places_event", "spellings_event")
_TABLES: Final = (Name, Place, Spelling)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a common beginning: how many names have it, and the names that come first, the first of all first."""

    count: int
    names: Sequence[int]

    @property
    def is_all(self) -> bool:
        """Whether no other name has the beginning."""
        return len(self.names) < KEPT


def kept_for(keys: Iterable[str], *, public: bool) -> dict[str, Kept]:
    """Return what is kept of those beginnings that are common. One query.

    Parameters
    ----------
    keys
        As `geo_registry.text.search` has them. Of a single letter only names that begin with it are kept.
    public
        Whether the public asks; else somebody who sees every name.
    """
    wanted = {key: _as_kept(key) for key in keys}
    rows = (_KEPT_PUBLIC if public else _KEPT_FOR_ALL).rows(keys=list(set(wanted.values())))
    found = {key: Kept(count=count, names=names) for key, count, names in rows}
    return {key: found[kept] for key, kept in wanted.items() if kept in found}


def _as_kept(key: str) -> str:
    kind = key[0].lower()
    return kind + key[1 : 1 + _LONGEST.get(kind, 0)]


def changed_since() -> list[int] | None:
    """Return names that changed, or whose place or spelling did, since the beginnings were made; ``None``: too many. One query."""
    found = [pk for (pk,) in _CHANGED.rows(most=MOST_CHANGES + 1)]
    return found if len(found) <= MOST_CHANGES else None


_KEPT_PUBLIC: Final = Prepared.written(
    "SELECT key, names_count, public_names FROM placenames_commonbeginning WHERE key = ANY (%(keys)s::text[])"
)
_KEPT_FOR_ALL: Final = Prepared.written(
    "SELECT key, names_count, all_names FROM placenames_commonbeginning WHERE key = ANY (%(keys)s::text[])"
)
_CHANGED: Final = Prepared.written(
    f"""
WITH made AS MATERIALIZED (
    SELECT coalesce(max(names_event), 0) AS n, coalesce(max(places_event), 0) AS p, coalesce(max(spellings_event), 0) AS s
    FROM placenames_beginningsmade
)
{stamps.changed_since(Name, since="SELECT n FROM made")}
UNION
(SELECT name.id FROM {stamps.changed_since(Place, since="SELECT p FROM made")} AS event
 JOIN placenames_name AS name ON name.place_id = event.pgh_obj_id)
UNION
{stamps.changed_since(Spelling, since="SELECT s FROM made", column="name_id")}
"""  # noqa: S608 - no input
)


def make_beginnings() -> int | None:
    """Find the common beginnings and their best names anew; return how many there are.

    Reads all names once, in the order of the search, and keeps the first of each beginning. While somebody else writes names
    nothing is made, and ``None`` returned: what is kept before that goes on serving.
    """
    with transaction.atomic():
        # What changes while this reads counts as changed since.
        last = settled_events(_TABLES)
        if last is None:
            return None
        common = _common()
        public, every = (_Best(common), _Best(common)) if common else (None, None)
        count = 0
        if public is not None and every is not None:
            for pk, is_public, keys in _names_in_order():
                count += 1
                every.take(pk, keys)
                if is_public:
                    public.take(pk, keys)
        CommonBeginning.objects.all().delete()
        BeginningsMade.objects.all().delete()
        if public is not None and every is not None:
            CommonBeginning.objects.bulk_create(
                [
                    CommonBeginning(
                        key=key, names_count=names, public_names=public.of(key), all_names=every.of(key)
                    )
                    for key, names in common.items()
                ],
                batch_size=500,
            )
        BeginningsMade.objects.create(names_count=count, **dict(zip(_EVENTS, last, strict=True)))
    return len(common)


def _common() -> dict[str, int]:
    """Return the beginnings that more than `COMMON` names have, with about how many have them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM placenames_name LIMIT %s) AS few", [COMMON + 1])
        if cursor.fetchone()[0] <= COMMON:
            return {}
        kinds = list(_LONGEST)
        values: dict[str, Any] = {
            "most": COMMON,
            "kinds": kinds,
            "first": [_COUNTED_FIRST[kind] for kind in kinds],
            "last": [_LONGEST[kind] for kind in kinds],
        }
        cursor.execute(_COUNTED, values)
        return {key: int(count) for key, count in cursor.fetchall()}


_COUNTED: Final = """
WITH words AS MATERIALIZED (
    SELECT word, ndoc, kind.first, kind.last FROM ts_stat('SELECT keys FROM placenames_name')
    JOIN unnest(%(kinds)s::text[], %(first)s::int[], %(last)s::int[]) AS kind (letter, first, last) ON left(word, 1) = kind.letter
), short AS MATERIALIZED (
    SELECT left(word, n + 1) AS key, sum(ndoc) AS names FROM words, generate_series(1, first) AS n WHERE length(word) > n
    GROUP BY 1 HAVING sum(ndoc) > %(most)s
)
SELECT key, names FROM short UNION ALL
SELECT left(word, n + 1), sum(ndoc) FROM words JOIN short ON short.key = left(word, first + 1),
generate_series(first + 1, last) AS n
WHERE length(word) > n GROUP BY 1 HAVING sum(ndoc) > %(most)s
"""


class _Best:
    """The first names of each beginning, by how they fit: exact, at the beginning, within."""

    def __init__(self, common: Iterable[str]) -> None:
        self._found: dict[str, tuple[list[int], list[int], list[int]]] = {key: ([], [], []) for key in common}

    def take(self, pk: int, keys: Iterable[str]) -> None:
        """Note a name; names must come in the order of the search."""
        found = self._found
        for key in keys:
            kind = key[0].lower()
            longest = _LONGEST.get(kind, 0)
            # A single letter is asked for at the beginning of a name only.
            first = 3 if key[0] == INITIALS else 2
            # With tones whole names only are keys.
            fit = 2 if key[0] == kind != TONED else 1
            for end in range(first, min(len(key), longest + 1) + 1):
                lists = found.get(kind + key[1:end])
                if lists is None:
                    # What is rarer than its own beginning is not common either.
                    break
                # Initials say nothing of how well a name fits: the search takes them for something within it.
                rank = 2 if kind == INITIALS else 0 if fit == 1 and end == len(key) else fit
                held = lists[rank]
                if len(held) < KEPT and (not held or held[-1] != pk):
                    held.append(pk)

    def of(self, key: str) -> list[int]:
        """Return the best names of a beginning, the best first."""
        exact, begin, within = self._found[key]
        return list(dict.fromkeys([*exact, *begin, *within]))[:KEPT]


def _names_in_order() -> Iterator[tuple[int, bool, list[str]]]:
    """Yield all names but drafts, in the order of the search apart from how they fit: key, whether public, search keys."""
    public = set(Place.objects.public().order_by().values_list("pk", flat=True).iterator(chunk_size=_CHUNK))
    today = timezone.localdate()
    in_force = Q(status__in=_IN_FORCE) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    rows = Name.objects.exclude(status=Name.Status.DRAFT).annotate(
        words=_Words("keys"),
        current=Case(When(in_force, then=Value(1)), default=Value(0), output_field=IntegerField()),
        approved=Case(When(status=Name.Status.STANDARD, then=Value(1)), default=Value(0), output_field=IntegerField()),
    )  # fmt: skip
    ordered = rows.order_by("-current", "-approved", Length("text"), "text", "pk")
    columns = ordered.values_list("pk", "place_id", "valid_from", "words")
    for pk, place, valid_from, words in columns.iterator(chunk_size=_CHUNK):
        told = valid_from is None or valid_from <= today
        yield pk, told and place in public, words or []


class _Words(Func):
    """The lexemes of a ``tsvector``."""

    function = "tsvector_to_array"
    output_field = ArrayField(TextField())


def refresh_beginnings() -> None:
    """Make the beginnings anew if enough has changed; the worker calls it again and again."""
    made = BeginningsMade.objects.first()
    if made is not None:
        last = zip(_EVENTS, newest_events(_TABLES), strict=True)
        changes = sum(number - getattr(made, field) for field, number in last)
        is_old = timezone.now() - made.made_at > datetime.timedelta(days=1)
        if not changes or (changes < MOST_CHANGES // 10 and not is_old):
            return
    make_beginnings()


def register() -> None:
    """Have the worker keep them."""
    register_recurring(
        "placenames-beginnings",
        title=_("Beginnings of names for suggestions while one types"),
        every=datetime.timedelta(minutes=10),
        body=refresh_beginnings,
    )
