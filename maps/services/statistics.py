"""The registry in figures, for the curious: how many, where, how covered, how complete.

Everything is counted from what is public. People are counted only in coverage, whose small counts are hidden first (`disclosure`);
how many facilities or names there are anybody could count in the lists.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.formats import number_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from facilities.models import CapacityReading, Facility, FacilityQuerySet, Verification
from facilities.services.freshness import freshness
from facilities.services.rounds.settings import months_before
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import Division, Level
from placenames.services import public as names

from . import charts, coverage_page
from .coverage_public import HIDDEN, hidden_note
from .public_coverage import ToldRun, told_runs

SHOW_COVERAGE: Final = "public-statistics-coverage"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A question with its answer as a chart, and as the table behind it."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart: charts.Chart
    method: str = ""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """All that the page tells."""

    day: datetime.date
    facilities: int
    names: int
    figures: Sequence[Figure]
    has_demo_data: bool


def statistics(*, day: datetime.date) -> Statistics:
    """Count what is public on a day."""
    rows = Facility.objects.public().open_on(day)
    total = rows.count()
    found = [_kinds(rows), _where(rows), *_covered(), _complete(rows, total, day), _names()]
    return Statistics(
        day=day,
        facilities=total,
        names=names.named_places().order_by().count(),
        figures=[figure for figure in found if figure is not None and figure.rows],
        has_demo_data=rows.filter(source__is_demo=True).exists() or names.demo_data_present(),
    )


def _kinds(rows: FacilityQuerySet) -> Figure:
    counted = (
        rows.order_by()
        .values("kind__name_zh", "kind__name_en", "kind__tier__network__position", "kind__position")
        .annotate(count=Count("pk"))
        .order_by("kind__tier__network__position", "kind__position")
    )
    told = [(_named(row, "kind__"), row["count"]) for row in counted]
    return _plain(
        _("How many facilities, by kind"),
        _("Facilities in operation that the public is told of."),
        _("Kind"),
        told,
    )


def _where(rows: FacilityQuerySet) -> Figure:
    towns = list(Division.objects.public().at_level(Level.TOWNSHIP).order_by("code").only("name", "path"))
    paths = [path for path in rows.values_list("division__path", flat=True) if path]
    told = [(town.name, sum(path.startswith(town.path) for path in paths)) for town in towns]
    elsewhere = len(paths) - sum(count for _name, count in told)
    if elsewhere > 0:
        told.append((_("of the whole county, or without a township"), elsewhere))
    return _plain(
        _("Where facilities are, by township"),
        _("Facilities in operation that the public is told of."),
        _("Township"),
        told,
    )


def _named(row: dict[str, str], prefix: str) -> str:
    english = (get_language() or "").startswith("en") and row[f"{prefix}name_en"]
    return row[f"{prefix}name_en"] if english else row[f"{prefix}name_zh"]


def _plain(title: str, note: str, what: str, told: Sequence[tuple[str, int]]) -> Figure:
    return Figure(
        title=title,
        note=note,
        head=[what, pgettext("how many", "Number")],
        rows=[[name, _count(count)] for name, count in told],
        chart=charts.bars([(name, count, _count(count)) for name, count in told]),
    )


def _covered() -> list[Figure]:
    """Return for each public network who is within reach, from its newest run, if the office shows that."""
    try:
        if not effective_value(SHOW_COVERAGE):
            return []
    except ReferenceMissing:
        return []
    return [_coverage(told) for told in told_runs()]


def _coverage(told: ToldRun) -> Figure:
    choice = told.choice
    note = coverage_page.sentence(choice)
    if any(row.share is None for row in told.rows):
        note += " " + hidden_note()
    return Figure(
        title=_("%(network)s: who is within reach") % {"network": choice.run.network.name},
        note=note,
        head=[
            _("Division"),
            str(choice.group.label),
            _("within %(minutes)s min") % {"minutes": coverage_page.minutes(choice.limit_s)},
            pgettext("figures", "Share"),
        ],
        rows=[[row.name, _count(row.people), _count(row.covered), _percent(row.share)] for row in told.rows],
        chart=charts.bars([(row.name, row.share, _percent(row.share)) for row in told.rows], whole=1.0),
        method="coverage",
    )


def _complete(rows: FacilityQuerySet, total: int, day: datetime.date) -> Figure:
    parts: list[tuple[str, Q]] = [
        (_("with a place on the map"), Q(location__isnull=False)),
        (_("with a telephone"), ~Q(public_phone="")),
        (_("with opening hours"), ~Q(opening_hours="")),
        (_("with an address"), ~Q(address="")),
        (
            _("with a figure of room or capacity"),
            Q(Exists(CapacityReading.objects.filter(facility=OuterRef("pk")))),
        ),
        (_("with a telephone verified lately"), Q(pk__in=_verified_lately(rows, day))),
    ]
    told = [(label, rows.filter(which).count()) for label, which in parts]
    return _parts(
        _("How complete the entries are"),
        _("Of %(count)s facilities in operation that the public is told of.") % {"count": _count(total)},
        told,
        total,
    )


def _verified_lately(rows: FacilityQuerySet, day: datetime.date) -> list[int]:
    """Return the facilities whose telephone, as it is now, somebody has verified and not too long ago."""
    months = freshness(day).months
    told = Verification.objects.filter(code="public_phone")
    if months is not None:
        told = told.filter(as_of__gte=months_before(day, months))
    phones = dict(rows.exclude(public_phone="").values_list("pk", "public_phone"))
    return [pk for pk, value in told.values_list("facility_id", "value") if phones.get(pk) == value]


def _names() -> Figure:
    rows = names.named_places().order_by()
    counted = rows.values("kind__name_zh", "kind__name_en", "kind__position").annotate(count=Count("pk"))
    told = [(_named(row, "kind__"), row["count"]) for row in counted.order_by("kind__position")]
    return _plain(
        _("How many place names, by kind"), _("Names in force that the public is told of."), _("Kind"), told
    )


def _parts(title: str, note: str, told: Sequence[tuple[str, int]], total: int) -> Figure:
    shares = [(name, count, count / total if total else None) for name, count in told]
    return Figure(
        title=title,
        note=note,
        head=[_("What"), pgettext("how many", "Number"), pgettext("figures", "Share")],
        rows=[[name, _count(count), _percent(share)] for name, count, share in shares] if total else [],
        chart=charts.bars(
            [(name, share, f"{_percent(share)} ({_count(count)})") for name, count, share in shares],
            whole=1.0,
        ),
    )


def _count(value: int | None) -> str:
    return HIDDEN if value is None else number_format(value, force_grouping=True)


def _percent(share: float | None) -> str:
    return HIDDEN if share is None else f"{coverage_page.decimals(100 * share, 1)}%"
