"""A composed map in the reader's words: legend, tables, what its data are and from when. Page, paper and files take them here."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from facilities.models import Kind
from geo_registry.territory.models import AgeGroup, Installation
from placenames.models import PlaceKind

from ..exports.palette import FAR
from ..models import MapVersion
from ..services import coverage_page as page
from ..services.coverage_public import HIDDEN as MARK
from ..services.coverage_public import hidden_note
from .composition import Composition, read
from .content import Content
from .coverage import HIDDEN, SHARE_STEPS, choice_of

NAMED: Final = "named"
"""The step of a place name's dot: it is no time."""
NAMED_COLOUR: Final = "#5d6b72"


@dataclass(frozen=True, kw_only=True)
class LegendLine:
    """One line of a legend: a colour (``None``: the hatch), or a symbol's shape and glyph."""

    key: int | str
    label: str
    colour: str | None = None
    shape: str = ""
    glyph: str = ""


@dataclass(frozen=True, kw_only=True)
class LegendGroup:
    """The legend of one layer. ``form`` is ``fill``, ``dot`` or ``symbol``."""

    layer: str
    form: str
    title: str
    lines: Sequence[LegendLine]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table; ``url`` leads on."""

    text: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a layer shows, as a table: the map's equal."""

    layer: str
    caption: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    method: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """All words of a version."""

    title: str
    paragraphs: Sequence[str]
    mark: str
    data: str
    day: str
    legend: Sequence[LegendGroup]
    tables: Sequence[Table]
    notes: Sequence[str]
    source: str
    demo: str


def told(version: MapVersion, content: Content) -> Told:
    """Return the words of a version with its data."""
    composition = read(version.composition)
    office = Installation.current().office_name
    return Told(
        title=version.title,
        paragraphs=[part.strip() for part in version.text.split("\n") if part.strip()],
        mark=mark_of(version),
        data=data_words(version, content),
        day=_("Data as of %(day)s") % {"day": page.day_words(datetime.date.fromisoformat(content["day"]))},
        legend=legend_of(composition, version, content),
        tables=tables_of(composition, version, content),
        notes=_notes(version),
        source=_("Map: %(office)s") % {"office": office} if office else "",
        demo=_("Demo data: openly invented, not for use") if content["demo"] else "",
    )


def mark_of(version: MapVersion) -> str:
    """Return the mark that a map must carry: its review number, or that it is for internal use."""
    if version.is_internal or not version.review_number:
        return _("Internal use only")
    return _("Map review number %(number)s") % {"number": version.review_number}


def data_words(version: MapVersion, content: Content) -> str:
    """Say from which day the data are, and whether they change."""
    day = page.day_words(datetime.date.fromisoformat(content["day"]))
    if version.is_frozen and version.content is not None:
        return _("Data as of %(day)s; they stay as they were then.") % {"day": day}
    if version.is_frozen:
        return _(
            "Data of today, %(day)s; they are kept as they are when the map is handed in for review."
        ) % {"day": day}
    return _("Data of today, %(day)s; they follow the registry.") % {"day": day}


def legend_of(composition: Composition, version: MapVersion, content: Content) -> list[LegendGroup]:
    """Return the legend, layer by layer, of what is on the map."""
    groups = []
    if content["coverage"] and version.run is not None and composition.coverage is not None:
        groups.append(
            LegendGroup(
                layer="coverage", form="fill", title=_("Share of people within reach"), lines=share_legend()
            )
        )
        if composition.coverage.with_villages:
            lines = [
                LegendLine(key=line.key, colour=line.colour, label=line.label)
                for line in page.legend(version.run)
            ]
            groups.append(
                LegendGroup(layer="coverage", form="dot", title=_("Time to the nearest"), lines=lines)
            )
    if content["places"]:
        line = LegendLine(key=NAMED, colour=NAMED_COLOUR, label=_("a place with a name"))
        groups.append(LegendGroup(layer="places", form="dot", title=_("Place names"), lines=[line]))
    if content["facilities"]:
        groups.append(
            LegendGroup(
                layer="facilities", form="symbol", title=_("Facilities in operation"), lines=_kind_lines(content)
            )
        )  # fmt: skip
    return groups


def share_legend() -> list[LegendLine]:
    """Return the steps of shares, best first, and what is not published."""
    bounds = [f"{round(100 * share)}%" for share in SHARE_STEPS]
    labels = [
        _("%(least)s and more") % {"least": bounds[0]},
        *(
            _("%(least)s to below %(most)s") % {"least": least, "most": most}
            for most, least in itertools.pairwise(bounds)
        ),
        _("below %(most)s") % {"most": bounds[-1]},
    ]
    lines = [
        LegendLine(key=step, colour=colour, label=label)
        for step, (colour, label) in enumerate(zip(FAR, labels, strict=True))
    ]
    return [*lines, LegendLine(key=HIDDEN, colour=None, label=_("not published, or nobody counted"))]


def _kind_lines(content: Content) -> list[LegendLine]:
    counts: dict[str, int] = {}
    for row in content["facilities"]:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    kinds = Kind.objects.filter(code__in=counts).order_by("tier__network__position", "position", "code")
    return [
        LegendLine(key=kind.code, label=f"{kind.name} {counts[kind.code]}", shape=kind.shape, glyph=kind.glyph)
        for kind in kinds
    ]  # fmt: skip


def tables_of(composition: Composition, version: MapVersion, content: Content) -> list[Table]:
    """Return what is on the map as tables."""
    found = []
    if content["coverage"] and version.run is not None and composition.coverage is not None:
        found.append(_coverage_table(composition, version, content))
    if content["facilities"]:
        found.append(_facility_table(content))
    if content["places"]:
        found.append(_place_table(content))
    if composition.levels and content["divisions"] and not content["coverage"]:
        found.append(_division_table(content))
    return found


def _coverage_table(composition: Composition, version: MapVersion, content: Content) -> Table:
    if version.run is None or composition.coverage is None:
        raise ValueError(version.pk)
    choice = choice_of(version.run, composition.coverage)
    rows = [
        [
            Cell(text=_("All together") if row["whole"] else row["name"]),
            Cell(text=_count(row["people"]), is_number=True),
            Cell(text=_count(row["covered"]), is_number=True),
            Cell(text=_percent(row["share"]), is_number=True),
        ]
        for row in content["coverage"]["rows"]
    ]
    has_hidden = any(row["share"] is None or row["people"] is None for row in content["coverage"]["rows"])
    return Table(
        layer="coverage",
        caption=_("%(network)s: who is within reach") % {"network": version.run.network.name},
        head=[
            Cell(text=_("Division")),
            Cell(text=str(AgeGroup(choice.group).label), is_number=True),
            Cell(text=_("within %(minutes)s min") % {"minutes": page.minutes(choice.limit_s)}, is_number=True),
            Cell(text=_("Share"), is_number=True),
        ],
        rows=rows,
        notes=[page.sentence(choice), *([hidden_note()] if has_hidden else [])],
        method="coverage",
    )  # fmt: skip


def _facility_table(content: Content) -> Table:
    codes = {row["kind"] for row in content["facilities"]}
    names = {kind.code: kind.name for kind in Kind.objects.filter(code__in=codes)}
    rows = [
        [
            Cell(text=row["name"], url=reverse("maps:facility", args=[row["number"]])),
            Cell(text=names.get(row["kind"], "")),
            Cell(text=" ".join(dict.fromkeys(part for part in (row["township"], row["division"]) if part))),
            Cell(text=row["phone"], url=f"tel:{row['phone']}" if row["phone"] else ""),
        ]
        for row in content["facilities"]
    ]
    notes = []
    without = sum(row["lon"] is None for row in content["facilities"])
    if without:
        notes.append(_("%(count)s of them have no place on the map yet.") % {"count": without})
    return Table(
        layer="facilities",
        caption=_("Facilities on the map: %(count)s") % {"count": len(rows)},
        head=[Cell(text=_("Name")), Cell(text=_("Kind")), Cell(text=_("Where")), Cell(text=_("Telephone"))],
        rows=rows,
        notes=notes,
    )


def _place_table(content: Content) -> Table:
    codes = {row["kind"] for row in content["places"]}
    names = {kind.code: kind.name for kind in PlaceKind.objects.filter(code__in=codes)}
    rows = [
        [
            Cell(text=row["name"], url=reverse("placenames:place", args=[row["id"]])),
            Cell(text=names.get(row["kind"], "")),
            Cell(text=row["division"]),
        ]
        for row in content["places"]
    ]
    return Table(
        layer="places",
        caption=_("Place names on the map: %(count)s") % {"count": len(rows)},
        head=[Cell(text=_("Name")), Cell(text=_("Kind")), Cell(text=_("Where"))],
        rows=rows,
    )


def _division_table(content: Content) -> Table:
    rows = [[Cell(text=row["name"]), Cell(text=row["code"], is_number=True)] for row in content["divisions"]]
    return Table(
        layer="divisions",
        caption=_("Divisions on the map: %(count)s") % {"count": len(rows)},
        head=[Cell(text=_("Name")), Cell(text=pgettext("of a division", "Code"), is_number=True)],
        rows=rows,
    )


def _notes(version: MapVersion) -> list[str]:
    notes = [_("Datum CGCS2000 (EPSG:4490). Base: roads and divisions of this registry.")]
    if version.is_frozen and version.content is not None:
        notes.append(_("What has meanwhile been taken from the public is no longer shown here either."))
    return notes


def _count(value: int | None) -> str:
    return MARK if value is None else number_format(value, force_grouping=True)


def _percent(share: float | None) -> str:
    return MARK if share is None else f"{page.decimals(100 * share, 1)}%"
