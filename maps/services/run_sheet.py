"""A run as a sheet of paper: its figures and the register's ground put into the words that ``maps.exports.sheet`` sets."""

from __future__ import annotations

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from geo_registry.territory.models import Level, RoadClass

from ..exports.coverage_html import LegendStep
from ..exports.sheet import FacilityLine, KindLine, MapSheet, SheetWords, Table
from . import coverage_page as page
from .run_layers import DRAWN_AS, layers_of
from .run_tables import DivisionRow, NumberedFacility, RunTables
from .run_words import count, percent, words_of

_GAP_ROWS = 30


def sheet_of(tables: RunTables) -> MapSheet:
    """Return everything that stands on the sheet of a run."""
    choice = tables.choice
    words = words_of(tables)
    layers = layers_of(tables)
    whole = tables.rows[0] if tables.rows else None
    figure = whole.by_limit[choice.limit_s] if whole else None
    return MapSheet(
        language=(get_language() or "zh-hans").replace("hans", "Hans"),
        title=words.title,
        sentence=words.sentence,
        answer=percent(figure.share) if figure else "—",
        answer_words=_("of %(group)s reach one within %(minutes)s minutes")
        % {"group": choice.group.label, "minutes": page.minutes(choice.limit_s)},
        facts=_facts(tables, whole),
        legend=[LegendStep(key=line.key, colour=line.colour, label=line.label) for line in page.legend(choice.run)],
        kinds=_kinds(tables),
        table=_table(tables),
        gaps=_gaps(tables),
        facilities=[_line(one) for one in tables.on_map],
        notes=words.notes,
        demo_mark=words.demo_mark,
        review_mark=words.review_mark,
        made=words.made,
        words=_words(set(layers.roads["road_class"]), {int(level) for level in layers.divisions["level"]}),
        layers=layers,
        circle_sizes=[] if tables.is_public else _sizes(tables),
    )  # fmt: skip


def _line(one: NumberedFacility) -> FacilityLine:
    facility = one.facility
    division = facility.division.name
    return FacilityLine(
        number=one.number or 0,
        shape=facility.kind.shape,
        glyph=facility.kind.glyph,
        name=facility.name,
        where=division if one.township in ("", division) else f"{one.township} {division}",
    )


def _facts(tables: RunTables, whole: DivisionRow | None) -> list[tuple[str, str]]:
    if whole is None:
        return []
    figure = whole.by_limit[tables.choice.limit_s]
    return [
        (str(tables.choice.group.label), count(whole.people)),
        (pgettext("of people", "within the limit"), count(figure.covered)),
        (_("out of reach"), count(figure.uncovered)),
        (_("unknown"), count(whole.unknown)),
        (pgettext("how many", "facilities"), count(len(tables.facilities))),
    ]


def _kinds(tables: RunTables) -> list[KindLine]:
    kinds = {one.facility.kind.pk: one.facility.kind for one in tables.facilities}
    counts = {pk: sum(one.facility.kind_id == pk for one in tables.facilities) for pk in kinds}
    ordered = sorted(kinds.values(), key=lambda kind: (kind.position, kind.code))
    return [
        KindLine(shape=kind.shape, glyph=kind.glyph, label=f"{kind.name} {counts[kind.pk]}")
        for kind in ordered
    ]


def _table(tables: RunTables) -> Table:
    choice = tables.choice
    limits = choice.run.thresholds_s
    return Table(
        caption=_("%(group)s within each limit") % {"group": choice.group.label},
        head=[
            _("Division"),
            _("people"),
            *(_("%(minutes)s min") % {"minutes": page.minutes(limit)} for limit in limits),
            _("share"),
        ],
        rows=[
            [
                row.name,
                count(row.people),
                *(count(row.by_limit[limit].covered) for limit in limits),
                percent(row.by_limit[choice.limit_s].share),
            ]
            for row in tables.upper
        ],
    )


def _gaps(tables: RunTables) -> Table:
    rows = tables.gaps[:_GAP_ROWS]
    with_town = any(row.township for row in rows)
    return Table(
        caption=_("Most people out of reach of %(minutes)s minutes")
        % {"minutes": page.minutes(tables.choice.limit_s)},
        head=[
            _("Rank"), _("Division"), *([_("Township")] if with_town else []), _("people"), _("to the nearest, min"), _("reason"),
        ],
        words=frozenset({1, 2, 5} if with_town else {1, 4}),
        rows=[
            [
                str(row.rank),
                row.name,
                *([row.township] if with_town else []),
                count(row.uncovered + row.full + row.unknown),
                row.minutes or "—",
                row.reason,
            ]
            for row in rows
        ],
    )  # fmt: skip


def _words(road_classes: set[str], levels: set[int]) -> SheetWords:
    roads = {
        name: str(RoadClass(name).label) for name in dict.fromkeys(DRAWN_AS.values()) if name in road_classes
    }
    return SheetWords(
        north=pgettext("on a map", "N"),
        scale=_("Scale 1:{denominator}"),
        metres=_("m"),
        kilometres=_("km"),
        people=_("Time to the nearest"),
        facilities=_("Facilities in operation"),
        base=_("Divisions and roads"),
        roads=roads,
        boundaries={
            level: _("boundary: %(level)s") % {"level": Level(level).label} for level in sorted(levels) if level in (3, 4, 5)
        },
        town_map=_("Where facilities stand close together"),
        circle=_("Circles are populated places; they say how far it is, not how many live there."),
        more=_("More on the following page."),
    )  # fmt: skip


def _sizes(tables: RunTables) -> list[tuple[float, str]]:
    """Return three round numbers of people that circles of the map stand for."""
    most = int(tables.reaches["people"].max()) if len(tables.reaches) else 0
    if most < 1:
        return []
    unit = 10 ** (len(str(most)) - 1)
    top = next(step * unit for step in (5, 2, 1) if step * unit <= most)
    values = sorted({top, max(top // 4, 1), max(top // 20, 1)}, reverse=True)
    return [(value, _("%(count)s people") % {"count": count(value)}) for value in values]
