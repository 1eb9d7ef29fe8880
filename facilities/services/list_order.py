"""The order of a list's rows, and the cursors by which its pages are found.

Pages are found by the last row of the page before (keyset), not by counting rows from the beginning: the last page of fifty
thousand is as quick as the first, and a row that is added meanwhile shifts nothing.

What rows are sorted by may be looked up beside them: the status of a day, a figure, a score. Looking it up row by row costs fifty
thousand look-ups for a page of fifty. Here the latest row of every facility is found in one pass along an index, and joined.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, F, FilteredRelation, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Cast

from ..models import Assessment, CapacityReading, FacilityQuerySet, FacilityStatus, Verification
from .list_columns import COLUMNS
from .list_query import ListQuery

_LARGEST_KEY: Final = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """One expression that rows are sorted by; the annotation that holds its value, and whether the last comes first."""

    name: str
    expression: Combinable
    descending: bool
    may_be_empty: bool = False


def keys_of(query: ListQuery) -> list[Key]:
    """Return what a query's rows are sorted by; the last is the row's own key, so that no two are equal."""
    expressions = [F(part) if isinstance(part, str) else part for part in COLUMNS[query.sort_column].order]
    empty = COLUMNS[query.sort_column].may_be_empty
    keys = [Key(f"key_{i}", part, query.descending, empty) for i, part in enumerate(expressions)]
    return [*keys, Key("pk", F("pk"), query.descending)]


def in_order(query: ListQuery, rows: FacilityQuerySet, *, backwards: bool = False) -> FacilityQuerySet:
    """Return rows in a query's order, those without a value last; backwards for the page before."""
    keys = keys_of(query)
    column = COLUMNS[query.sort_column]
    rows = with_looked_up(query, rows, {column.needs})
    if column.measure is not None:
        measure, part = column.measure
        rows = _joined(
            rows,
            "readings",
            CapacityReading.objects.filter(measure=measure, as_of__lte=query.on),
            "as_of",
            None,
            figure=F(f"latest_readings__{part}"),
        )
    rows = rows.annotate(**{key.name: key.expression for key in keys if key.name != "pk"})
    return rows.order_by(*(_ordering(key, backwards=backwards) for key in keys))


def with_looked_up(
    query: ListQuery, rows: FacilityQuerySet, needs: set[str], *, only: Collection[int] | None = None
) -> FacilityQuerySet:
    """Read with each row what is looked up beside it (status, score, last confirmation), unless it is there already.

    Parameters
    ----------
    query
        Says the day.
    rows
        The facilities.
    needs
        What to look up, as columns say it.
    only
        The keys of the facilities, if they are few: nothing is looked up for others then.
    """
    there = rows.query.annotations
    if "status" in needs and "status" not in there:
        rows = _joined(
            rows,
            "statuses",
            FacilityStatus.objects.filter(valid_from__lte=query.on),
            "valid_from",
            only,
            status=F("latest_statuses__status"),
            status_since=F("latest_statuses__valid_from"),
        )
    if "score" in needs and "latest_score" not in there:
        scored = Assessment.objects.confirmed().filter(day__lte=query.on)
        rows = _joined(
            rows,
            "assessments",
            scored,
            "day",
            only,
            latest_score=Cast("latest_assessments__score", FloatField()),
            scored_on=F("latest_assessments__day"),
        )
    if "verified" in needs and "verified_on" not in there:
        rows = _joined(
            rows,
            "verifications",
            Verification.objects.all(),
            "as_of",
            only,
            verified_on=F("latest_verifications__as_of"),
        )
    return rows


def _joined(
    rows: FacilityQuerySet,
    relation: str,
    dated: QuerySet[Any],
    day: str,
    only: Collection[int] | None,
    **annotations: Combinable,
) -> FacilityQuerySet:
    """Join to each facility the newest of its dated rows, and annotate what they say.

    The newest is the one that none follows: two passes over the dated rows that are joined by hashing. There is one for each
    facility, so the join multiplies nothing.
    """
    if only is not None:
        dated = dated.filter(facility_id__in=only)
    dated = dated.order_by()
    later = Q(**{f"{day}__gt": OuterRef(day)}) | Q(**{day: OuterRef(day), "pk__gt": OuterRef("pk")})
    newest = dated.filter(~Exists(dated.filter(later, facility=OuterRef("facility"))))
    name = f"latest_{relation}"
    condition = Q(**{f"{relation}__pk__in": Subquery(newest.values("pk"))})
    return rows.annotate(**{name: FilteredRelation(relation, condition=condition)}).annotate(**annotations)


def _ordering(key: Key, *, backwards: bool) -> OrderBy:
    """Return one part of an order. Where every row has a value it says nothing of those without: an index serves it then."""
    nulls = {("nulls_first" if backwards else "nulls_last"): True} if key.may_be_empty else {}
    upwards = key.descending == backwards
    return F(key.name).asc(**nulls) if upwards else F(key.name).desc(**nulls)


def comes_after(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool) -> Q:
    """Return the condition that a row comes after another: equal in the first keys, beyond in the next."""
    condition = Q()
    equal = Q()
    for key, value in zip(keys, values, strict=True):
        upwards = key.descending == backwards
        if value is None:
            # Those without a value are last: beyond them is nothing, before them is whoever has one.
            beyond = Q(**{f"{key.name}__isnull": False}) if backwards else None
            same = Q(**{f"{key.name}__isnull": True})
        else:
            beyond = Q(**{f"{key.name}__{'gt' if upwards else 'lt'}": value})
            if not backwards and key.may_be_empty:
                beyond |= Q(**{f"{key.name}__isnull": True})
            same = Q(**{key.name: value})
        if beyond is not None:
            condition |= equal & beyond
        equal &= same
    return condition


class _DayAwareEncoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, datetime.datetime | datetime.date):
            return {"t": o.isoformat()}
        return super().default(o)


def _as_time(value: dict[str, Any]) -> Any:
    text = value.get("t", "")
    return datetime.datetime.fromisoformat(text) if "T" in text else datetime.date.fromisoformat(text)


def cursor(values: Sequence[Any]) -> str:
    """Return what leads to the page before or after a row, by the values of its keys."""
    text = json.dumps(list(values), cls=_DayAwareEncoder, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(keys: Sequence[Key], text: str) -> list[Any] | None:
    """Read a cursor; ``None`` where it does not fit the order (somebody changed the address by hand)."""
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()), object_hook=_as_time)
    except (binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(values, list) or len(values) != len(keys):
        return None
    if not isinstance(values[-1], int) or abs(values[-1]) > _LARGEST_KEY:
        return None
    return (
        values
        if all(isinstance(v, str | int | float | bool | datetime.date | None) for v in values)
        else None
    )
