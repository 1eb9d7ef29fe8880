"""A composed map on paper and as a picture: the map with its legend, scale and mark; its tables on the pages that follow.

The map itself is drawn by `map_svg`, as on the sheets of a run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

from . import marks
from .layers import Layers
from .map_svg import MapStyle, draw_map, hatched
from .plane import View, view_of
from .sheet import Paper
from .sheet_style import stylesheet

Bounds = tuple[float, float, float, float]
# A page of words and figures: so many columns of lists stand beside each other.
_SIDE_MM: Final = 58.0
_PICTURE_STYLE: Final = MapStyle(
    symbol=3.4, largest_circle=2.0, smallest_circle=0.62, township=3.6, village=2.3, small=2.1
)


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """One line of the legend: a fill, a dot (colour ``None``: hatched) or a facility's symbol."""

    form: str
    label: str
    colour: str | None = None
    shape: str = ""
    glyph: str = ""


@dataclass(frozen=True, kw_only=True)
class ListedTable:
    """A table in words and figures as they are to be read; ``numbers`` says which columns are figures."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool]
    notes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One step of a story: its words, and the part of the map that it is about with the layers it shows."""

    title: str
    paragraphs: Sequence[str]
    bounds: Bounds
    layers: Layers
    fills: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class ComposedSheet:
    """All that stands on the paper, in words already translated.

    ``fills`` colours divisions by their code (``None``: hatched), ``colours`` dots by their step.
    """

    language: str
    title: str
    paragraphs: Sequence[str]
    mark: str
    data: str
    source: str
    demo: str
    north: str
    scale: str
    metres: str
    kilometres: str
    address: str
    legend: Sequence[tuple[str, Sequence[Swatch]]]
    tables: Sequence[ListedTable]
    notes: Sequence[str]
    layers: Layers
    bounds: Bounds
    fills: Mapping[str, str | None]
    colours: Mapping[int | str, str | None]
    chapters: Sequence[Chapter] = ()


def picture(
    layers: Layers,
    bounds: Bounds,
    *,
    fills: Mapping[str, str | None],
    colours: Mapping[int | str, str | None],
    width_mm: float = 180,
    height_mm: float = 135,
    marked: Sequence[Any] = (),
) -> str:
    """Return the map alone as one SVG file; ``marked`` lines and areas stand out.

    Raises
    ------
    ValueError
        If the bounds are not finite.
    """
    view = view_of(bounds, width_mm=width_mm, height_mm=height_mm, margin_mm=2)
    drawn = draw_map(layers, view, _PICTURE_STYLE, colours=colours, fills=fills, marked=marked)
    return drawn.replace("<svg ", '<svg role="img" ', 1)


def pdf(sheet: ComposedSheet, paper: Paper) -> bytes:
    """Return the paper as PDF.

    Raises
    ------
    ValueError
        If the bounds are not finite.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # No protocol is allowed: whatever a name or a text may say, nothing is read or asked for.
    fetcher = URLFetcher(allowed_protocols=())
    written: bytes = HTML(string=page_text(sheet, paper), url_fetcher=fetcher).write_pdf()
    return written


def page_text(sheet: ComposedSheet, paper: Paper) -> str:
    """Return the paper as one HTML page with its maps in it."""
    width = paper.width - 2 * paper.margin - _SIDE_MM - 5
    height = paper.height - 2 * paper.margin - 8 * paper.text
    view = view_of(sheet.bounds, width_mm=width, height_mm=height, margin_mm=3)
    drawn = draw_map(sheet.layers, view, paper.style, colours=sheet.colours, fills=sheet.fills)
    style = stylesheet(paper.width, paper.height, paper.margin, _SIDE_MM, paper.text, paper.columns)
    return (
        f'<!DOCTYPE html><html lang="{escape(sheet.language)}"><head><meta charset="utf-8">'
        f"<title>{escape(sheet.title)}</title><style>{style}{_MORE_STYLE}</style></head><body>{_running(sheet)}"
        f'<section class="first">{_title(sheet)}<div class="frame">{drawn}</div>'
        f'<div class="side">{_side(sheet, paper, view)}</div></section>'
        f"{''.join(_chapter(sheet, one, paper) for one in sheet.chapters)}{_lists(sheet)}</body></html>"
    )


def _running(sheet: ComposedSheet) -> str:
    demo = f'<span class="demo">{escape(sheet.demo)}</span>' if sheet.demo else ""
    rest = "　".join(escape(part) for part in (sheet.source, sheet.data, sheet.address) if part)
    return f'<div class="foot"><b>{escape(sheet.mark)}</b>　{rest}</div><div class="foot-mark">{demo}</div>'


def _title(sheet: ComposedSheet) -> str:
    demo = f'<p class="demo">{escape(sheet.demo)}</p>' if sheet.demo else ""
    return (
        f'<header>{demo}<h1>{escape(sheet.title)}</h1><p class="sentence">{escape(sheet.data)}</p></header>'
    )


def _side(sheet: ComposedSheet, paper: Paper, view: View) -> str:
    text = "".join(f"<p>{escape(part)}</p>" for part in sheet.paragraphs)
    box = 1.36 * paper.text
    legend = "".join(
        f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{_swatch(one, box)}{escape(one.label)}</li>' for one in lines)}</ul>"
        for title, lines in sheet.legend
    )
    return f'<div class="words">{text}</div><div class="legend">{legend}</div>{_scale(sheet, view)}'


def _swatch(one: Swatch, box: float) -> str:
    if one.form == "symbol":
        return marks.drawing(
            box, box, marks.symbol(box / 2, box / 2, 0.96 * box, shape=one.shape, glyph=one.glyph)
        )
    if one.form == "dot":
        return marks.drawing(box, box, marks.circle(box / 2, box / 2, 0.42 * box, one.colour))
    frame = (
        f'<rect x="0.2" y="0.2" width="{marks.number(box * 1.4)}" height="{marks.number(box - 0.4)}" '
        f'fill="{one.colour or "#ffffff"}" stroke="#5f5b52" stroke-width="0.15"/>'
    )
    lines = hatched((0.2, 0.2, 0.2 + box * 1.4, box - 0.2)) if one.colour is None else ""
    return marks.drawing(box * 1.4 + 0.4, box, frame + lines)


def _scale(sheet: ComposedSheet, view: View) -> str:
    metres, length = view.scale_bar(longest_mm=36)
    words = f"{metres / 1000:g} {sheet.kilometres}" if metres >= 1000 else f"{metres:g} {sheet.metres}"
    ratio = sheet.scale.format(denominator=f"{round(view.denominator):,}")
    return (
        f'<div class="scale">{marks.north_arrow(sheet.north)}'
        f"<div>{marks.scale_bar(length, ('0', words))}<p>{escape(ratio)}</p></div></div>"
    )


def _chapter(sheet: ComposedSheet, chapter: Chapter, paper: Paper) -> str:
    """One step of a story: its words above its own map."""
    words = "".join(f"<p>{escape(part)}</p>" for part in chapter.paragraphs)
    characters = sum(len(part) for part in chapter.paragraphs)
    lines = math.ceil(characters * paper.text / (paper.width - 2 * paper.margin)) + len(chapter.paragraphs)
    height = paper.height - 2 * paper.margin - (6 + 1.6 * lines) * paper.text
    view = view_of(
        chapter.bounds,
        width_mm=paper.width - 2 * paper.margin,
        height_mm=max(height, 60.0),
        margin_mm=3,
    )
    drawn = draw_map(chapter.layers, view, paper.style, colours=sheet.colours, fills=chapter.fills)
    return f'<section class="chapter"><h2>{escape(chapter.title)}</h2>{words}<div class="town-map">{drawn}</div></section>'


def _lists(sheet: ComposedSheet) -> str:
    tables = "".join(_table(one) for one in sheet.tables)
    notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.notes)
    return f'<section class="lists">{tables}<div class="notes">{notes}</div></section>'


def _table(table: ListedTable) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{'' if is_number else ' class=word'}>{escape(cell)}</{tag}>"
            for cell, is_number in zip(row, table.numbers, strict=True)
        )

    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in table.rows)
    notes = "".join(f'<p class="more">{escape(note)}</p>' for note in table.notes)
    return (
        f'<table class="figures"><caption>{escape(table.caption)}</caption><thead><tr>{cells(table.head, "th")}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{notes}"
    )


def only(layers: Layers, *, shown: Sequence[str]) -> Layers:
    """Return the layers that a step of a story shows, by their names; the base stays."""
    places = layers.places
    wanted = [name for name in ("coverage", "places") if name in shown]
    return replace(
        layers,
        places=places[places["state"].isin(wanted)] if len(places) else places,
        facilities=layers.facilities if "facilities" in shown else layers.facilities.iloc[:0],
    )


_MORE_STYLE: Final = """
.words p { margin-bottom: 1mm; }
.chapter { break-before: page; }
.chapter h2 { font-size: 5mm; margin: 0 0 1mm; }
.chapter p { margin-bottom: 1mm; }
.lists .figures { margin-bottom: 4mm; }
.figures th.word, .figures td.word { text-align: left; padding-left: 0; padding-right: 1.2mm; }
"""
