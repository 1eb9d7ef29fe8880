"""What a run says beside its shares, for the divisions that the table shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from facilities.models import CoverageCapacity, CoverageEquity, CoverageOwn, CoverageRun
from facilities.services.coverage_figures import access_label
from geo_registry.territory.models import AgeGroup

from .coverage_page import Choice, TableRow, decimals


@dataclass(frozen=True, kw_only=True)
class Evenness:
    """How evenly something is shared out, as a page says it."""

    subject: str
    method: str
    mean: str
    nine_in_ten: str
    gini: str
    good_enough: str
    worst: str
    beyond: int


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Everything beside the shares; an empty list is not shown."""

    group: str
    own: Sequence[CoverageOwn]
    capacity: Sequence[CoverageCapacity]
    equity: Sequence[Evenness]
    room: int | None
    capacity_unknown: int


def beside(choice: Choice, rows: Sequence[TableRow]) -> Beside:
    """Return the figures of the chosen set and limit for the divisions of the table. Three queries."""
    shown = [row.division.pk for row in rows if row.division]
    where = Q(division__in=shown)
    if any(row.division is None for row in rows):
        where |= Q(division__isnull=True)
    # Figures of a division come in the table's order: the whole first.
    order = ("division__level", "division__code")
    own: QuerySet[CoverageOwn] = choice.set.coverageown_rows.filter(where, threshold_s=choice.limit_s)
    room: QuerySet[CoverageCapacity] = choice.set.coveragecapacity_rows.filter(
        where, threshold_s=choice.limit_s
    )
    even: QuerySet[CoverageEquity] = choice.set.coverageequity_rows.filter(
        division=rows[0].division if rows else None
    )
    group = AgeGroup(choice.run.parameters.get("group", choice.group.value))
    return Beside(
        group=str(group.label),
        own=list(own.select_related("division").order_by(*order)),
        capacity=list(room.select_related("division").order_by(*order)),
        equity=[_evenness(row, choice.run) for row in even.select_related("worst").order_by("-subject")],
        room=choice.set.notes.get("room"),
        capacity_unknown=choice.set.notes.get("capacity_unknown", 0),
    )


def _evenness(row: CoverageEquity, run: CoverageRun) -> Evenness:
    if row.subject == CoverageEquity.Subject.TIME:
        unit, places = _("%(value)s min"), 1
        subject, method = _("Time to the nearest"), "equity"
    else:
        unit, places = "%(value)s", 4
        subject, method = access_label(run), "accessibility"

    def value(number: float | None, *, plain: bool = False) -> str:
        if number is None:
            return "—"
        return decimals(number, 3) if plain else unit % {"value": decimals(number, places)}

    return Evenness(
        subject=subject,
        method=method,
        mean=value(row.mean),
        nine_in_ten=value(row.p90),
        gini=value(row.gini, plain=True),
        good_enough="—" if row.good_enough is None else f"{decimals(100 * row.good_enough, 1)}%",
        worst=row.worst.name if row.worst else "—",
        beyond=row.beyond,
    )
