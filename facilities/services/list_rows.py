"""The rows of a list of facilities: a page at a time, what is read with each, and their totals.

Whatever is shown goes through ``policy.limit`` first: nobody's list reaches beyond the person's scope.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Prefetch, Q, Sum

from geo_registry.accounts import policy
from geo_registry.territory.models import Division

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityQuerySet,
    Kind,
    Status,
)
from .list_columns import COLUMNS, Column, Value
from .list_filters import matching
from .list_order import Key, comes_after, cursor, in_order, keys_of, read_cursor, with_looked_up
from .list_query import ListQuery

PAGE_SIZE: Final = 50
_READ_AT_ONCE: Final = 1000
_RELATIONS: Final = ("kind__tier__network", "division__parent", "source")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list. ``earlier`` and ``later`` are cursors, empty at the ends."""

    rows: Sequence[Facility]
    total: int
    earlier: str = ""
    later: str = ""
    totals: dict[str, Value] = field(default_factory=dict)


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
    keys = keys_of(query)
    values = None if last else read_cursor(keys, before or after)
    backwards = last or (bool(before) and values is not None)
    found = _read_keys(query, rows, keys, values, backwards=backwards, size=size)
    if not found and total:
        # Beyond the end, as when the last rows went meanwhile; or nonsense: begin again.
        values, backwards = None, False
        found = _read_keys(query, rows, keys, None, backwards=False, size=size)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_earlier = more if backwards else values is not None
    has_later = (values is not None and not last) if backwards else more
    return Page(
        rows=_read_rows(query, [row[-1] for row in found]),
        total=total,
        earlier=cursor(found[0]) if found and has_earlier else "",
        later=cursor(found[-1]) if found and has_later else "",
        totals=totals(query, rows),
    )


def _read_keys(
    query: ListQuery,
    rows: FacilityQuerySet,
    keys: Sequence[Key],
    values: Sequence[Any] | None,
    *,
    backwards: bool,
    size: int,
) -> list[tuple[Any, ...]]:
    """Read what the rows of a page are sorted by, and of one row more, which says whether there is another.

    The keys alone: fifty thousand rows are sorted without carrying along what only fifty of them will show.
    """
    ordered = in_order(query, rows, backwards=backwards)
    if values is not None:
        try:
            ordered = ordered.filter(comes_after(keys, values, backwards=backwards))
        except (ValueError, TypeError):  # values that no such column has
            return []
    return list(ordered.values_list(*(key.name for key in keys))[: size + 1])


def _read_rows(query: ListQuery, pks: Sequence[int]) -> list[Facility]:
    """Read the rows of a page in the order of their keys."""
    rows = Facility.objects.filter(pk__in=pks).order_by()
    rows = with_looked_up(query, rows, _needs(query), only=pks)
    by_pk = {row.pk: row for row in _with_details(query, rows.select_related(*_RELATIONS))}
    # Whoever deleted one of them between the two queries has taken it off the page.
    found = [by_pk[pk] for pk in pks if pk in by_pk]
    attach_details(query, found)
    return found


# What is read of each row


def _needs(query: ListQuery) -> set[str]:
    return {COLUMNS[code].needs for code in query.columns} | {COLUMNS[query.sort_column].needs}


def _with_details(query: ListQuery, rows: FacilityQuerySet) -> FacilityQuerySet:
    """Read with each row what its columns show. A fixed number of queries, whatever the number of rows."""
    needs = _needs(query)
    unread = [] if "note" in needs else ["note"]
    if not {"lon", "lat"} & set(query.columns):
        unread.append("location")
    if rows.query.select_related:
        unread += ["division__boundary", "division__parent__boundary"]
    rows = rows.defer(*unread)
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
    rows = with_looked_up(query, in_order(query, matching(query, user=user)), _needs(query))
    # Thousands of rows share some kinds and divisions: those are read once for each batch, and not once a row.
    bare = Division.objects.defer("boundary")
    rows = _with_details(query, rows).prefetch_related(
        Prefetch("kind", queryset=Kind.objects.select_related("tier__network")),
        Prefetch("division", queryset=bare),
        Prefetch("division__parent", queryset=bare),
        "source",
    )
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
