"""A coverage run as a sheet of paper: the map, the answer, legend, table, the gap list's first rows, the numbered facilities.

The page is HTML with the map as SVG in it; WeasyPrint sets it. Nothing is fetched from anywhere while it does: neither the
network nor this machine's files can be named by a text that stands on the sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Final

from . import marks
from .coverage_html import LegendStep
from .layers import Layers
from .map_svg import MapStyle, circle_radius, crowding, draw_map, largest_radius, step_colours
from .plane import View, view_of
from .sheet_style import stylesheet

# At most so many rows of the gap list stand beside the map; the rest follows on the next page.
_GAPS_BESIDE: Final = 12


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A size of paper, lying; all in millimetres."""

    name: str
    width: float
    height: float
    margin: float
    side: float
    text: float
    columns: int
    style: MapStyle


A3: Final = Paper(
    name="A3", width=420, height=297, margin=11, side=104, text=3.05, columns=3,
    style=MapStyle(symbol=3.7, largest_circle=3.4, smallest_circle=0.55, township=4.0, village=2.15, small=1.95),
)  # fmt: skip
A4: Final = Paper(
    name="A4", width=297, height=210, margin=9, side=76, text=2.4, columns=2,
    style=MapStyle(symbol=2.9, largest_circle=2.5, smallest_circle=0.42, township=3.0, village=1.7, small=1.6),
)  # fmt: skip
PAPERS: Final[Mapping[str, Paper]] = {"a3": A3, "a4": A4}


@dataclass(frozen=True, kw_only=True)
class KindLine:
    """A kind of facility in the legend."""

    shape: str
    glyph: str
    label: str


@dataclass(frozen=True, kw_only=True)
class FacilityLine:
    """A facility in the list, under the number that stands beside its symbol."""

    number: int
    shape: str
    glyph: str
    name: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table in words and figures as they are to be read; ``words`` are the columns that are set from the left."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})


@dataclass(frozen=True, kw_only=True)
class SheetWords:
    """The words of the map's frame and of the legend."""

    north: str
    scale: str
    metres: str
    kilometres: str
    people: str
    facilities: str
    base: str
    roads: Mapping[str, str]
    boundaries: Mapping[int, str]
    town_map: str
    circle: str
    more: str


@dataclass(frozen=True, kw_only=True)
class MapSheet:
    """All that stands on the sheet, in words already translated."""

    language: str
    title: str
    sentence: str
    answer: str
    answer_words: str
    facts: Sequence[tuple[str, str]]
    legend: Sequence[LegendStep]
    kinds: Sequence[KindLine]
    table: Table
    gaps: Table
    facilities: Sequence[FacilityLine]
    notes: Sequence[str]
    demo_mark: str | None
    review_mark: str
    made: str
    words: SheetWords
    layers: Layers
    circle_sizes: Sequence[tuple[float, str]] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How the maps share the paper: one, or one with the crowded part beside it, or that part on a page of its own."""

    main: View
    beside: View | None = None
    own_page: View | None = None


_GUTTER_MM: Final = 4.0
# From such a share of symbols upon others on is the crowded part drawn again; it must come out so much larger to be worth it.
_CROWDED: Final = 0.2
_LARGER: Final = 1.6


def _plan(layers: Layers, paper: Paper) -> _Plan:
    width = paper.width - 2 * paper.margin - paper.side - 5
    height = paper.height - 2 * paper.margin - 8 * paper.text
    bounds = layers.bounds()
    main = view_of(bounds, width_mm=width, height_mm=height)
    if crowding(layers, main, paper.style) < _CROWDED:
        return _Plan(main=main)
    crowded = densest(layers, share=0.3)
    needed = main.extent_mm(bounds)[0] + 12
    left = width - needed - _GUTTER_MM
    if left >= 0.28 * width:
        beside = view_of(crowded, width_mm=left, height_mm=height - 6 * paper.text)
        if beside.denominator * _LARGER <= main.denominator:
            return _Plan(main=replace(main, width_mm=needed), beside=beside)
    page = view_of(
        crowded,
        width_mm=paper.width - 2 * paper.margin,
        height_mm=paper.height - 2 * paper.margin - 6 * paper.text,
    )
    return _Plan(main=main, own_page=page if page.denominator * _LARGER <= main.denominator else None)


def page_text(sheet: MapSheet, paper: Paper, *, set_in: Callable[[str], str] = str) -> str:
    """Return the sheet as one HTML page with its maps in it.

    Parameters
    ----------
    set_in
        How a map's SVG is set into the page: as it is, or by a reference to it.

    Raises
    ------
    ValueError
        If there is nothing to show on the map.
    """
    plan = _plan(sheet.layers, paper)
    larger = plan.beside or plan.own_page
    colours = step_colours([(step.key, step.colour) for step in sheet.legend])
    drawn = draw_map(
        sheet.layers, plan.main, paper.style, colours=colours,
        elsewhere=plan.main.box_of(larger) if larger is not None else None,
    )  # fmt: skip
    style = stylesheet(paper.width, paper.height, paper.margin, paper.side, paper.text, paper.columns)
    return (
        f'<!DOCTYPE html><html lang="{escape(sheet.language)}"><head><meta charset="utf-8">'
        f"<title>{escape(sheet.title)}</title><style>{style}</style></head><body>"
        f'{_running(sheet)}<section class="first">{_title(sheet)}<div class="frame">{set_in(drawn)}</div>'
        f"{_beside(sheet, paper, plan, colours, set_in)}"
        f'<div class="side">{_side(sheet, paper, plan.main)}</div></section>'
        f"{_town_page(sheet, paper, plan.own_page, colours, set_in)}{_lists(sheet, paper)}</body></html>"
    )


def pdf(sheet: MapSheet, paper: Paper) -> bytes:
    """Return the sheet as PDF; lines stay lines, and every character used is in the file.

    Raises
    ------
    ValueError
        If there is nothing to show on the map.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    drawn: dict[str, str] = {}

    def hold(svg: str) -> str:
        # A map has thousands of shapes: read as a drawing of its own they pass neither the parser of pages nor the page's style.
        address = f"drawing:{len(drawn)}"
        drawn[address] = svg
        return f'<img src="{address}">'

    class Drawings(URLFetcher):  # type: ignore[misc]
        """Hands out the maps that were drawn here. Whatever a name or a note may say, nothing else is read or asked for."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in drawn:
                return super().fetch(url, headers)
            return URLFetcherResponse(
                url, body=drawn[url].encode(), headers={"Content-Type": "image/svg+xml"}
            )

    # No protocol is allowed.
    text = page_text(sheet, paper, set_in=hold)
    written: bytes = HTML(string=text, url_fetcher=Drawings(allowed_protocols=())).write_pdf()
    return written


def _running(sheet: MapSheet) -> str:
    """What stands at the foot of every page: whose map, what mark, what run."""
    demo = f'<span class="demo">{escape(sheet.demo_mark)}</span>' if sheet.demo_mark else ""
    return (
        f'<div class="foot"><b>{escape(sheet.review_mark)}</b>　{escape(sheet.made)}</div>'
        f'<div class="foot-mark">{demo}</div>'
    )


def _title(sheet: MapSheet) -> str:
    mark = f'<p class="demo">{escape(sheet.demo_mark)}</p>' if sheet.demo_mark else ""
    return f'<header>{mark}<h1>{escape(sheet.title)}</h1><p class="sentence">{escape(sheet.sentence)}</p></header>'


def _side(sheet: MapSheet, paper: Paper, view: View) -> str:
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in sheet.facts
    )
    table_rows, gap_rows = rows_beside(sheet, paper)
    table = replace(sheet.table, rows=sheet.table.rows[:table_rows])
    gaps = replace(sheet.gaps, rows=sheet.gaps.rows[:gap_rows])
    is_cut = table_rows < len(sheet.table.rows) or gap_rows < len(sheet.gaps.rows)
    more = f'<p class="more">{escape(sheet.words.more)}</p>' if is_cut else ""
    return (
        f'<div class="answer"><p class="big">{escape(sheet.answer)}</p><p>{escape(sheet.answer_words)}</p>'
        f'<table class="facts">{facts}</table></div>'
        f"{_legend(sheet, paper, view)}{_scale(sheet, view)}{_table(table)}{_table(gaps) if gap_rows else ''}{more}"
    )


def rows_beside(sheet: MapSheet, paper: Paper) -> tuple[int, int]:
    """Return how many rows of the table and of the gap list there is room for below the legend.

    The table is there whole or with its total alone, the gap list with three rows at least or not at all.
    """
    text = paper.text
    pairs = -(-len(sheet.kinds) // 2) + -(-(len(sheet.words.roads) + len(sheet.words.boundaries)) // 2)
    answer = (5.2 + 1.45 * len(sheet.facts)) * text
    legend = (3 * 2.4 + (len(sheet.legend) + pairs + 1) * 1.55) * text
    scale = 14 + 1.2 * text
    row = 1.32 * 0.92 * text + 0.65
    heads = 2.6 * text
    room = paper.height - 2 * paper.margin - 7.2 * text - answer - legend - scale
    table_rows = len(sheet.table.rows)
    if table_rows > 1 and heads + table_rows * row > room:
        table_rows = 1
    left = int((room - heads - table_rows * row - heads - 2 * text) / row)
    gap_rows = min(left, _GAPS_BESIDE, len(sheet.gaps.rows))
    return table_rows, gap_rows if left >= 3 else 0


def _legend(sheet: MapSheet, paper: Paper, view: View) -> str:
    box = 1.36 * paper.text
    steps = "".join(
        f"<li>{marks.drawing(box, box, marks.circle(box / 2, box / 2, 0.42 * box, step.colour))}{escape(step.label)}</li>"
        for step in sheet.legend
    )
    sizes = "".join(
        "<li>"
        + marks.drawing(2 * r + 0.4, 2 * r + 0.4, marks.circle(r + 0.2, r + 0.2, r, "#ffffff"))
        + f"{escape(label)}</li>"
        for r, label in circle_samples(sheet, paper, view)
    )
    kinds = "".join(
        f"<li>{_symbol(kind.shape, kind.glyph, box)}{escape(kind.label)}</li>" for kind in sheet.kinds
    )
    base = "".join(
        f"<li>{marks.boundary_sample(level)}{escape(label)}</li>"
        for level, label in sheet.words.boundaries.items()
    ) + "".join(
        f"<li>{marks.road_sample(name)}{escape(label)}</li>" for name, label in sheet.words.roads.items()
    )
    return (
        f'<div class="legend"><h2>{escape(sheet.words.people)}</h2><ul>{steps}</ul>'
        + (
            f'<ul class="sizes">{sizes}</ul>'
            if sizes
            else f'<p class="more">{escape(sheet.words.circle)}</p>'
        )
        + f'<h2>{escape(sheet.words.facilities)}</h2><ul class="two">{kinds}</ul>'
        f'<h2>{escape(sheet.words.base)}</h2><ul class="two">{base}</ul></div>'
    )


def _symbol(shape: str, glyph: str, box: float) -> str:
    return marks.drawing(box, box, marks.symbol(box / 2, box / 2, 0.96 * box, shape=shape, glyph=glyph))


def circle_samples(sheet: MapSheet, paper: Paper, view: View) -> list[tuple[float, str]]:
    """Return radii and words of the circles that the legend shows: some round numbers of people, or none without counts."""
    people = sheet.layers.places["people"].dropna().astype(float)
    if not len(people) or people.max() <= 0:
        return []
    largest = largest_radius(people, view, paper.style)
    return [
        (circle_radius(value, float(people.max()), largest, paper.style), label)
        for value, label in sheet.circle_sizes
    ]


def _scale(sheet: MapSheet, view: View) -> str:
    metres, length = view.scale_bar(longest_mm=52)
    ends = ("0", _distance(metres, sheet.words))
    ratio = sheet.words.scale.format(denominator=f"{round(view.denominator):,}")
    return (
        f'<div class="scale">{marks.north_arrow(sheet.words.north)}'
        f"<div>{marks.scale_bar(length, ends)}<p>{escape(ratio)}</p></div></div>"
    )


def _table(table: Table) -> str:
    def cells(row: Sequence[str], name: str) -> str:
        return "".join(
            f"<{name}{' class=word' if column in table.words else ''}>{escape(cell)}</{name}>"
            for column, cell in enumerate(row)
        )

    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in table.rows)
    return (
        f'<table class="figures"><caption>{escape(table.caption)}</caption><thead><tr>{cells(table.head, "th")}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _beside(
    sheet: MapSheet,
    paper: Paper,
    plan: _Plan,
    colours: Mapping[int | str, str | None],
    set_in: Callable[[str], str],
) -> str:
    """Where there is room beside the map, its crowded part again, larger."""
    if plan.beside is None:
        return ""
    return (
        f'<div class="beside" style="left: {plan.main.width_mm + _GUTTER_MM:.2f}mm; width: {plan.beside.width_mm:.2f}mm">'
        f"{_town(sheet, paper, plan.beside, colours, set_in)}</div>"
    )


def _town_page(
    sheet: MapSheet,
    paper: Paper,
    view: View | None,
    colours: Mapping[int | str, str | None],
    set_in: Callable[[str], str],
) -> str:
    if view is None:
        return ""
    return f'<section class="town">{_town(sheet, paper, view, colours, set_in)}</section>'


def _town(
    sheet: MapSheet,
    paper: Paper,
    view: View,
    colours: Mapping[int | str, str | None],
    set_in: Callable[[str], str],
) -> str:
    metres, length = view.scale_bar(longest_mm=40)
    ratio = sheet.words.scale.format(denominator=f"{round(view.denominator):,}")
    return (
        f"<h2>{escape(sheet.words.town_map)}<span>{escape(ratio)}</span></h2>"
        f'<div class="town-map">{set_in(draw_map(sheet.layers, view, paper.style, colours=colours))}</div>'
        f'<div class="town-scale">{marks.scale_bar(length, ("0", _distance(metres, sheet.words)))}</div>'
    )


def _distance(metres: float, words: SheetWords) -> str:
    return f"{metres / 1000:g} {words.kilometres}" if metres >= 1000 else f"{metres:g} {words.metres}"


def densest(layers: Layers, *, share: float) -> tuple[float, float, float, float]:
    """Return the bounds around the facility whose nearest neighbours, ``share`` of all, lie closest: the town."""
    import numpy as np
    import shapely

    points = shapely.get_coordinates(layers.facilities.geometry.to_numpy())
    shrink = np.cos(np.radians(points[:, 1].mean()))
    apart = np.hypot(
        (points[:, None, 0] - points[None, :, 0]) * shrink, points[:, None, 1] - points[None, :, 1]
    )
    count = min(max(3, round(len(points) * share)), len(points))
    middle = int(np.argmin(np.sort(apart, axis=1)[:, count - 1]))
    near = points[np.argsort(apart[middle])[:count]]
    west, south = near.min(axis=0)
    east, north = near.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _lists(sheet: MapSheet, paper: Paper) -> str:
    """The whole table where it did not fit, more of the gap list, and the facilities under their numbers."""
    table_rows, gap_rows = rows_beside(sheet, paper)
    parts = [
        _table(table)
        for table, beside in ((sheet.table, table_rows), (sheet.gaps, gap_rows))
        if len(table.rows) > beside
    ]
    entries = "".join(
        f"<li><b>{line.number}</b>{_symbol(line.shape, line.glyph, 3)}"
        f"<span>{escape(line.name)}</span> <i>{escape(line.where)}</i></li>"
        for line in sheet.facilities
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.notes)
    tables = f'<div class="tables">{"".join(parts)}</div>' if parts else ""
    listed = (
        f'<h2>{escape(sheet.words.facilities)}</h2><ul class="facilities">{entries}</ul>' if entries else ""
    )
    return f'<section class="lists">{tables}{listed}<div class="notes">{notes}</div></section>'
