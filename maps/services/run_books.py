"""A run as a workbook (the annex to the map) and as a table for the statistical yearbook. Figures are the run's own."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from facilities.models import CoverageShare, Kind
from geo_registry.territory.models import AgeGroup, Level

from ..exports.workbook import COUNT, MINUTES, PERCENT, BookSheet, Column, Value, workbook
from . import coverage_page as page
from .coverage_public import HIDDEN, public_records
from .run_tables import DivisionRow, NumberedFacility, RunTables
from .run_words import RunWords, words_of


def annex(tables: RunTables) -> bytes:
    """Return the annex: what it is, by township, by village, the gap list, the facilities by number, and every figure as data."""
    words = words_of(tables)
    sheets = [_about(tables, words), _by_township(tables, words)]
    if not tables.is_public:
        sheets += [_by_village(tables, words), _gaps(tables, words)]
    sheets += [_facilities(tables, words), _everything(tables, words)]
    return workbook(sheets, title=words.title, about=f"{words.sentence} {words.made}")


def yearbook(tables: RunTables) -> bytes:
    """Return one table in the manner of a statistical yearbook: a line a township, figures under joined headings."""
    words = words_of(tables)
    sheet = _yearbook_sheet(tables, words)
    return workbook([sheet], title=words.title, about=f"{words.sentence} {words.made}")


def _hidden(value: Value, tables: RunTables) -> Value:
    """In what is for the public, a figure that is missing is one that must not be published."""
    return HIDDEN if value is None and tables.is_public else value


def _above(words: RunWords) -> list[str]:
    return [
        words.sentence,
        words.made,
        " · ".join([words.review_mark, *([words.demo_mark] if words.demo_mark else [])]),
    ]


def _about(tables: RunTables, words: RunWords) -> BookSheet:
    run = tables.choice.run
    versions = run.input_versions if isinstance(run.input_versions, dict) else {}
    rows: list[list[Value]] = [
        [_("Run"), str(run.pk)],
        [_("Question"), words.sentence],
        [_("Computed"), words.made],
        [_("Mark"), words.review_mark],
        [_("Network"), run.network.name],
        [_("Travel"), str(run.profile)],
        [_("Limits, minutes"), "、".join(page.minutes(limit) for limit in run.thresholds_s)],
        [_("Facilities that count"), tables.choice.set.label],
        [pgettext("sheet", "Facilities"), tables.choice.set.facility_count],
    ]
    if words.demo_mark:
        rows.insert(4, [_("Demo data"), words.demo_mark])
    inputs: list[list[Value]] = [
        [_("Input “%(name)s”") % {"name": name}, _version(value)] for name, value in sorted(versions.items())
    ]
    rows += inputs
    notes: list[list[Value]] = [[_("Note"), note] for note in words.notes]
    rows += notes
    columns = [Column(title=_("What")), Column(title=_("Says"), form=COUNT)]
    return BookSheet(name=pgettext("sheet", "About"), title=words.title, columns=columns, rows=rows)


def _version(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return str(value)


def _figure_columns(tables: RunTables, first: Sequence[Column]) -> list[Column]:
    choice = tables.choice
    limits = [
        (limit, _("%(minutes)s min") % {"minutes": page.minutes(limit)}) for limit in choice.run.thresholds_s
    ]
    return [
        *first,
        Column(title=str(choice.group.label), form=COUNT),
        *(
            Column(title=label, form=COUNT, group=pgettext("of people", "within the limit"))
            for _limit, label in limits
        ),
        *(
            Column(title=label, form=PERCENT, group=pgettext("of people", "share"))
            for _limit, label in limits
        ),
        *(
            Column(title=label, form=COUNT, group=pgettext("of people", "beyond the limit"))
            for _limit, label in limits
        ),
        Column(title=_("unknown"), form=COUNT),
    ]


def _figures(row: DivisionRow, tables: RunTables) -> list[Value]:
    limits = tables.choice.run.thresholds_s
    values: list[Value] = [
        row.people,
        *(row.by_limit[limit].covered for limit in limits),
        *(row.by_limit[limit].share for limit in limits),
        *(row.by_limit[limit].uncovered for limit in limits),
        row.unknown,
    ]
    return [_hidden(value, tables) for value in values]


def _by_township(tables: RunTables, words: RunWords) -> BookSheet:
    return BookSheet(
        name=pgettext("table", "By township"),
        title=words.title,
        above=_above(words),
        unit=_("Unit: people, %"),
        columns=_figure_columns(tables, [Column(title=_("Code")), Column(title=_("Division"))]),
        rows=[
            [row.division.code if row.division else "", row.name, *_figures(row, tables)]
            for row in tables.upper
        ],
        strong=(0,),
    )


def _by_village(tables: RunTables, words: RunWords) -> BookSheet:
    lowest = tables.lowest
    return BookSheet(
        name=_("By village"),
        title=words.title,
        above=_above(words),
        unit=_("Unit: people, %"),
        columns=_figure_columns(
            tables, [Column(title=_("Code")), Column(title=_("Township")), Column(title=_("Division"))]
        ),
        rows=[
            ["", "", tables.rows[0].name, *_figures(tables.rows[0], tables)],
            *(
                [row.division.code if row.division else "", row.township, row.name, *_figures(row, tables)]
                for row in lowest
                if row.depth > 0
            ),
        ]
        if tables.rows
        else [],
        strong=(0,),
    )


def _gaps(tables: RunTables, words: RunWords) -> BookSheet:
    return BookSheet(
        name=_("Gap list"),
        title=_("Most people out of reach of %(minutes)s minutes")
        % {"minutes": page.minutes(tables.choice.limit_s)},
        above=_above(words),
        columns=[
            Column(title=_("Rank"), form=COUNT),
            Column(title=_("Division")),
            Column(title=_("Township")),
            Column(title=pgettext("of people", "out of reach"), form=COUNT),
            Column(title=pgettext("of people", "within reach, but full"), form=COUNT),
            Column(title=_("unknown"), form=COUNT),
            Column(title=_("nearest facility of its largest place")),
            Column(title=_("minutes to it")),
            Column(title=_("reason")),
        ],
        rows=[
            [
                row.rank,
                row.name,
                row.township,
                row.uncovered,
                row.full,
                row.unknown,
                row.nearest,
                row.minutes,
                row.reason,
            ]
            for row in tables.gaps
        ],
    )


def _facilities(tables: RunTables, words: RunWords) -> BookSheet:
    return BookSheet(
        name=pgettext("sheet", "Facilities"),
        title=_("Facilities in operation, by their number on the map"),
        above=_above(words),
        columns=[
            Column(title=pgettext("table", "No. on the map"), form=COUNT),
            Column(title=_("Facility number")),
            Column(title=_("Name")),
            Column(title=_("Kind")),
            Column(title=_("Township")),
            Column(title=_("Division")),
        ],
        rows=[
            [one.number, one.facility.number, one.facility.name, one.facility.kind.name, one.township, one.facility.division.name]
            for one in tables.facilities
        ],
    )  # fmt: skip


def _everything(tables: RunTables, words: RunWords) -> BookSheet:
    """Return every figure of the run's chosen set: each group, each limit, each division of the annex."""
    choice = tables.choice
    rows: list[list[Value]] = []
    records = public_records(choice) if tables.is_public else None
    order = {row.division.pk if row.division else 0: row for row in tables.rows if not row.is_rest}
    shares = CoverageShare.objects.filter(set=choice.set).order_by("division__path", "group", "threshold_s")
    labels = {group.value: str(group.label) for group in AgeGroup}
    for share in shares:
        key = share.division_id or 0
        row = order.get(key)
        if row is None:
            continue
        one = records[key, share.group, share.threshold_s] if records is not None else None
        people, covered, uncovered, unknown, part = (
            (one.people, one.covered, one.uncovered, one.unknown, one.share)
            if one is not None
            else (share.people, share.covered, share.uncovered, share.unknown, share.share)
        )
        rows.append(
            [
                row.division.code if row.division else "",
                row.name,
                str(Level(row.division.level).label) if row.division else "",
                labels[share.group],
                share.threshold_s / 60,
                *(_hidden(value, tables) for value in (people, covered, uncovered, unknown, part)),
            ]
        )
    columns = [
        Column(title=_("Code")), Column(title=_("Division")), Column(title=_("Level")),
        Column(title=pgettext("of people", "group")), Column(title=_("Limit, minutes"), form=MINUTES),
        Column(title=_("people"), form=COUNT), Column(title=pgettext("of people", "within the limit"), form=COUNT),
        Column(title=pgettext("of people", "beyond the limit"), form=COUNT), Column(title=_("unknown"), form=COUNT),
        Column(title=pgettext("of people", "share"), form=PERCENT),
    ]  # fmt: skip
    return BookSheet(
        name=_("All figures"), title=words.title, above=_above(words), columns=columns, rows=rows
    )


def _yearbook_sheet(tables: RunTables, words: RunWords) -> BookSheet:
    choice = tables.choice
    kinds = sorted(
        {one.facility.kind for one in tables.facilities}, key=lambda kind: (kind.position, kind.code)
    )
    groups = (
        [group for group in page.groups_of(choice.run) if group in tables.rows[0].groups]
        if tables.rows
        else []
    )
    limits = choice.run.thresholds_s
    columns = [
        Column(title=_("Township")),
        Column(title=_("in all"), form=COUNT, group=pgettext("sheet", "Facilities")),
        *(Column(title=kind.name, form=COUNT, group=pgettext("sheet", "Facilities")) for kind in kinds),
        *(Column(title=str(group.label), form=COUNT, group=_("Population")) for group in groups),
        *_reach_columns(limits, choice.group),
    ]
    rows = [_yearbook_row(row, tables, kinds, groups) for row in tables.upper]
    return BookSheet(
        name=_("Yearbook table"),
        title=_("%(network)s: facilities and people in reach, by township (%(year)s)")
        % {"network": choice.run.network.name, "year": choice.run.day.year},
        columns=columns,
        rows=rows,
        unit=_("Unit: facilities, people, %"),
        strong=(0,),
        below=[
            _(
                "Note: %(sentence)s. Share = people within the limit ÷ all people of the group, those unknown included."
            )
            % {"sentence": words.sentence},
            *words.notes[: 1 if tables.is_public else 0],
            _("Source: %(made)s") % {"made": words.made},
            " · ".join([words.review_mark, *([words.demo_mark] if words.demo_mark else [])]),
        ],
    )


def _reach_columns(limits: Sequence[int], group: AgeGroup) -> list[Column]:
    label = str(group.label)
    within = _("%(group)s within the limit") % {"group": label}
    found = []
    for limit in limits:
        minutes = page.minutes(limit)
        found.append(Column(title=_("%(minutes)s min") % {"minutes": minutes}, form=COUNT, group=within))
    for limit in limits:
        minutes = page.minutes(limit)
        found.append(
            Column(
                title=_("%(minutes)s min") % {"minutes": minutes}, form=PERCENT, group=_("their share (%)")
            )
        )
    return [*found, Column(title=_("farther"), form=COUNT), Column(title=_("unknown"), form=COUNT)]


def _yearbook_row(
    row: DivisionRow, tables: RunTables, kinds: Sequence[Kind], groups: Sequence[AgeGroup]
) -> list[Value]:
    mine = _standing_in(row, tables)
    limits = tables.choice.run.thresholds_s
    figures: list[Value] = [
        *(row.groups.get(group) for group in groups),
        *(row.by_limit[limit].covered for limit in limits),
        *(row.by_limit[limit].share for limit in limits),
        row.by_limit[max(limits)].uncovered,
        row.unknown,
    ]
    return [
        _("Total") if row.depth == 0 else row.name,
        len(mine),
        *(sum(one.facility.kind_id == kind.pk for one in mine) for kind in kinds),
        *(_hidden(value, tables) for value in figures),
    ]


def _standing_in(row: DivisionRow, tables: RunTables) -> list[NumberedFacility]:
    if row.depth == 0:
        return list(tables.facilities)
    return [
        one for one in tables.facilities if (one.top == row.division if row.division else one.top is None)
    ]
