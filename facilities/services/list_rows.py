"""The rows of a list of facilities: which, in which order, a page at a time, and their totals.

Pages are found by the last row of the page before (keyset), not by counting rows from the beginning: the last page of fifty
thousand is as quick as the first, and a row that is added meanwhile shifts nothing. Whatever is shown goes through
``policy.limit`` first: nobody's list reaches beyond the person's scope.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Exists, F, FloatField, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Cast

from geo_registry.accounts import policy
from geo_registry.territory.models import Division

from ..models import (
    Assessment,
    CapacityReading,
    Confirmation,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityQuerySet,
    FacilityStatus,
    Status,
    Verification,
)
from . import list_search
from .list_columns import COLUMNS, Column, Value
from .list_query import NO_STATUS, ListQuery

PAGE_SIZE: Final = 50
_READ_AT_ONCE: Final = 1000
_LARGEST_KEY: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list. ``earlier`` and ``later`` are cursors, empty at the ends."""

    rows: Sequence[Facility]
    total: int
    earlier: str = ""
    later: str = ""
    totals: dict[str, Value] = field(default_factory=dict)


def matching(query: ListQuery, *, user: policy.Person) -> FacilityQuerySet:
    """Return the facilities that a query asks for, in the person's scope, in no order."""
    rows: FacilityQuerySet = policy.limit(Facility.objects.standing(), user).order_by()  # type: ignore[assignment]
    if query.division:
        paths = list(Division.objects.filter(code=query.division).values_list("path", flat=True))
        inside = Q()
        for path in paths:
            inside |= Q(division__path__startswith=path)
        rows = rows.filter(inside) if paths else rows.none()
    if query.network:
        rows = rows.filter(kind__tier__network__code=query.network)
    if query.level is not None:
        rows = rows.filter(kind__tier__level=query.level)
    if query.kind:
        rows = rows.filter(kind__code=query.kind)
    if query.function:
        declared = FacilityFunction.objects.on(query.on).filter(function__code=query.function)
        rows = rows.filter(pk__in=declared.values("facility_id"))
    if query.published is not None:
        rows = rows.filter(published=query.published)
    if query.statuses:
        rows = rows.filter(_in_status(query.statuses, query.on))
    for what in query.missing:
        rows = rows.filter(_lacks(what, query.on))
    found = list_search.fits(query.text)
    return rows if found is None else rows.filter(found)


def _in_status(statuses: Sequence[str], day: datetime.date) -> Q:
    """Facilities with such a status that no later one up to the day has followed: two hashed passes over the dated rows."""
    known = FacilityStatus.objects.filter(valid_from__lte=day).order_by()
    wanted = [status for status in statuses if status != NO_STATUS]
    condition = Q()
    if wanted:
        # There is one status a day (a constraint), so the latest is the one that none follows.
        later = known.filter(facility=OuterRef("facility"), valid_from__gt=OuterRef("valid_from"))
        chosen = known.filter(~Exists(later), status__in=wanted)
        condition |= Q(pk__in=chosen.values("facility_id"))
    if NO_STATUS in statuses:
        condition |= _lacks("status", day)
    return condition


def _lacks(what: str, day: datetime.date) -> Q:
    facility = OuterRef("pk")
    conditions: dict[str, Q] = {
        "location": Q(location__isnull=True),
        "status": Q(~Exists(FacilityStatus.objects.filter(facility=facility, valid_from__lte=day))),
        "address": Q(address=""),
        "hours": Q(opening_hours=""),
        "phone": Q(public_phone=""),
        "contact": Q(contact_role=""),
        "operator": Q(~Exists(FacilityOperator.objects.on(day).filter(facility=facility))),
        "functions": Q(~Exists(FacilityFunction.objects.on(day).filter(facility=facility))),
        "capacity": Q(~Exists(CapacityReading.objects.filter(facility=facility, as_of__lte=day))),
        "code": Q(social_credit_code="", social_credit_code_absent=""),
        "category": Q(ownership=""),
        "confirmation": Q(Exists(Confirmation.objects.overdue(day).filter(facility=facility))),
    }
    return conditions[what]


# Order and pages


@dataclass(frozen=True)
class _Key:
    """One expression that rows are sorted by; the annotation that holds its value, and whether the last comes first."""

    name: str
    expression: Combinable
    descending: bool
    may_be_empty: bool = False


def _keys(query: ListQuery) -> list[_Key]:
    expressions = [F(part) if isinstance(part, str) else part for part in COLUMNS[query.sort_column].order]
    empty = COLUMNS[query.sort_column].may_be_empty
    keys = [_Key(f"key_{i}", part, query.descending, empty) for i, part in enumerate(expressions)]
    return [*keys, _Key("pk", F("pk"), query.descending)]


def in_order(query: ListQuery, rows: FacilityQuerySet, *, backwards: bool = False) -> FacilityQuerySet:
    """Return rows in a query's order, those without a value last; backwards for the page before."""
    keys = _keys(query)
    column = COLUMNS[query.sort_column]
    rows = _annotated(query, rows, {column.needs})
    if column.measure is not None:
        measure, part = column.measure
        figures = CapacityReading.objects.filter(
            facility=OuterRef("pk"), measure=measure, as_of__lte=query.on
        )
        rows = rows.annotate(figure=Subquery(figures.order_by("-as_of").values(part)[:1]))
    rows = rows.annotate(**{key.name: key.expression for key in keys if key.name != "pk"})
    return rows.order_by(*(_ordering(key, backwards=backwards) for key in keys))


def _annotated(query: ListQuery, rows: FacilityQuerySet, needs: set[str]) -> FacilityQuerySet:
    """Read with each row what is looked up beside it, unless it is there already."""
    there = rows.query.annotations
    if "status" in needs and "status" not in there:
        rows = rows.with_status(query.on)
    if "score" in needs and "latest_score" not in there:
        scored = Assessment.objects.confirmed().filter(facility=OuterRef("pk"), day__lte=query.on)
        latest = scored.order_by("-day", "-pk").annotate(points=Cast("score", FloatField()))
        rows = rows.annotate(
            latest_score=Subquery(latest.values("points")[:1]), scored_on=Subquery(latest.values("day")[:1])
        )
    if "verified" in needs and "verified_on" not in there:
        verified = Verification.objects.filter(facility=OuterRef("pk")).order_by("-as_of")
        rows = rows.annotate(verified_on=Subquery(verified.values("as_of")[:1]))
    return rows


def _ordering(key: _Key, *, backwards: bool) -> OrderBy:
    """Return one part of an order. Where every row has a value it says nothing of those without: an index serves it then."""
    nulls = {("nulls_first" if backwards else "nulls_last"): True} if key.may_be_empty else {}
    upwards = key.descending == backwards
    return F(key.name).asc(**nulls) if upwards else F(key.name).desc(**nulls)


def _after(keys: Sequence[_Key], values: Sequence[Any], *, backwards: bool) -> Q:
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


def _cursor(keys: Sequence[_Key], row: Facility) -> str:
    values = [getattr(row, key.name) for key in keys]
    text = json.dumps(values, cls=_DayAwareEncoder, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(keys: Sequence[_Key], text: str) -> list[Any] | None:
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


def page(
    query: ListQuery,
    *,
    user: policy.Person,
    after: str = "",
    before: str = "",
    last: bool = False,
    size: int = PAGE_SIZE,
) -> Page:
    """Return a page of a list.

    Parameters
    ----------
    query
        What is asked for.
    user
        Who asks; the rows are narrowed to the person's scope.
    after, before
        The cursor of the page before or after; without either, the first page.
    last
        The last page instead.
    size
        Rows on a page.
    """
    rows = matching(query, user=user)
    total = rows.count()
    keys = _keys(query)
    values = None if last else _read_cursor(keys, before or after)
    backwards = last or (bool(before) and values is not None)
    found = _read_page(query, rows, keys, values, backwards=backwards, size=size)
    if not found and total:
        # Beyond the end, as when the last rows went meanwhile; or nonsense: begin again.
        values, backwards = None, False
        found = _read_page(query, rows, keys, None, backwards=False, size=size)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    attach_details(query, found)
    has_earlier = more if backwards else values is not None
    has_later = (values is not None and not last) if backwards else more
    return Page(
        rows=found,
        total=total,
        earlier=_cursor(keys, found[0]) if found and has_earlier else "",
        later=_cursor(keys, found[-1]) if found and has_later else "",
        totals=totals(query, rows),
    )


def _read_page(
    query: ListQuery,
    rows: FacilityQuerySet,
    keys: Sequence[_Key],
    values: Sequence[Any] | None,
    *,
    backwards: bool,
    size: int,
) -> list[Facility]:
    """Read a page and one row more, which says whether there is another."""
    ordered = in_order(query, rows, backwards=backwards)
    if values is not None:
        try:
            ordered = ordered.filter(_after(keys, values, backwards=backwards))
        except (ValueError, TypeError):  # values that no such column has
            return []
    return list(with_details(query, ordered)[: size + 1])


# What is read of each row


def _needs(query: ListQuery) -> set[str]:
    return {COLUMNS[code].needs for code in query.columns} | {COLUMNS[query.sort_column].needs}


def with_details(query: ListQuery, rows: FacilityQuerySet) -> FacilityQuerySet:
    """Read with each row what its columns show. A fixed number of queries, whatever the number of rows."""
    needs = _needs(query)
    rows = _annotated(query, rows, needs)
    unread = ["division__boundary", "division__parent__boundary"]
    if "note" not in needs:
        unread.append("note")
    if not {"lon", "lat"} & set(query.columns):
        unread.append("location")
    rows = rows.select_related("kind__tier__network", "division__parent", "source").defer(*unread)
    if "operators" in needs:
        held = FacilityOperator.objects.on(query.on).order_by("pk")
        rows = rows.prefetch_related(Prefetch("operators", queryset=held, to_attr="operators_on_day"))
    if "functions" in needs:
        declared = FacilityFunction.objects.on(query.on).select_related("function")
        declared = declared.order_by("function__position", "pk")
        rows = rows.prefetch_related(Prefetch("functions", queryset=declared, to_attr="functions_on_day"))
    return rows


def attach_details(query: ListQuery, rows: Iterable[Facility]) -> None:
    """Give each row its latest reading of each measure, if any column shows one."""
    if "readings" not in _needs(query):
        return
    by_pk = {row.pk: row for row in rows}
    for row in by_pk.values():
        row.latest_readings = {}  # type: ignore[attr-defined]
    latest = _latest_readings(query.on).filter(facility__in=list(by_pk))
    for reading in latest:
        by_pk[reading.facility_id].latest_readings[reading.measure] = reading  # type: ignore[attr-defined]


def _latest_readings(day: datetime.date) -> Any:
    rows = CapacityReading.objects.filter(as_of__lte=day)
    return rows.order_by("facility_id", "measure", "-as_of").distinct("facility_id", "measure")


def everything(query: ListQuery, *, user: policy.Person, most: int | None = None) -> Iterator[Facility]:
    """Yield all rows of a query in its order, some hundred at a time: for paper and for files."""
    rows = with_details(query, in_order(query, matching(query, user=user)))
    if most is not None:
        rows = rows[:most]
    batch: list[Facility] = []
    for row in rows.iterator(chunk_size=_READ_AT_ONCE):
        batch.append(row)
        if len(batch) == _READ_AT_ONCE:
            attach_details(query, batch)
            yield from batch
            batch = []
    attach_details(query, batch)
    yield from batch


def totals(query: ListQuery, rows: FacilityQuerySet) -> dict[str, Value]:
    """Return the sums of those columns shown that can be summed, over all rows and not only those of a page."""
    shown = [COLUMNS[code] for code in query.columns if COLUMNS[code].total]
    if not shown:
        return {}
    sums: dict[str, Value] = {}
    if any(column.code == "area" for column in shown):
        sums["area"] = rows.aggregate(area=Sum("floor_area_m2"))["area"]
    measured = [column for column in shown if column.measure is not None]
    if measured:
        latest = CapacityReading.objects.filter(pk__in=_latest_readings(query.on).values("pk"))
        latest = latest.filter(facility__in=rows.values("pk"))
        found = latest.aggregate(**{column.code: _sum_of(column) for column in measured})
        sums |= found
    return sums


def _sum_of(column: Column) -> Sum:
    assert column.measure is not None  # noqa: S101 - for the type checker: only such columns are asked for
    measure, part = column.measure
    return Sum(part, filter=Q(measure=measure))


def cells(query: ListQuery, row: Facility) -> list[tuple[Column, Value]]:
    """Return a row's cells, column by column."""
    return [(COLUMNS[code], COLUMNS[code].value(row)) for code in query.columns]


def status_of(row: Facility) -> Status | None:
    """Return the status that a row was read with."""
    status = getattr(row, "status", None)
    return Status(status) if status else None
