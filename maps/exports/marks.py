"""The signs of a sheet's map and of its legend: one drawing each, so that the two cannot differ. Units are millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from geo_registry.symbols import definition

from .palette import OUTLINE

INK: Final = "#1b2226"
SYMBOL: Final = "#174b66"
FONT: Final = "'Noto Sans CJK SC', 'Source Han Sans SC', 'WenQuanYi Zen Hei', sans-serif"


@dataclass(frozen=True)
class RoadStyle:
    """Casing and roadway: colour and width; a road without a casing is one grey line."""

    casing: str
    casing_mm: float
    fill: str = ""
    fill_mm: float = 0.0
    centre_line: bool = False


# Larger roads last: they are drawn above the smaller ones.
ROADS: Final[dict[str, RoadStyle]] = {
    "residential": RoadStyle("#c3bfb2", 0.18),
    "unclassified": RoadStyle("#c9c5b9", 0.2),
    "tertiary": RoadStyle("#aaa79c", 0.5, "#ffffff", 0.3),
    "secondary": RoadStyle("#9b988d", 0.66, "#ffffff", 0.42),
    "primary": RoadStyle("#85837a", 0.85, "#ffffff", 0.55),
    "trunk": RoadStyle("#6f6d66", 1.0, "#ffffff", 0.64),
    "motorway": RoadStyle("#5d5c57", 1.2, "#ffffff", 0.76, centre_line=True),
}
# Boundaries: dash and dot, the higher the level the stronger.
BOUNDARIES: Final[dict[int, tuple[float, str]]] = {
    3: (0.5, "3.2 0.9 0.5 0.9"),
    4: (0.3, "2.2 0.7 0.35 0.7"),
    5: (0.16, "1.2 0.5 0.2 0.5"),
}
BOUNDARY_COLOUR: Final = "#5f5b52"


def number(value: float) -> str:
    """Return a length for SVG: hundredths of a millimetre are finer than any printer."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def circle(x: float, y: float, radius: float, colour: str | None) -> str:
    """Return people at a place: a step's colour, or the hatch of the unknown."""
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    if colour is not None:
        return f'<circle {place} fill="{colour}" stroke="{OUTLINE}" stroke-width="0.12"/>'
    return (
        f'<circle {place} fill="#ffffff"/><path d="{_hatch(x, y, radius)}" stroke="#4a4a4a" stroke-width="0.13"/>'
        f'<circle {place} fill="none" stroke="#333333" stroke-width="0.2" stroke-dasharray="0.5 0.35"/>'
    )


def _hatch(x: float, y: float, radius: float, spacing: float = 0.55) -> str:
    """Return chords of a circle that rise to the right. A small circle has one through its middle."""
    count = int(radius / spacing)
    chords = []
    for i in range(-count, count + 1):
        offset = i * spacing
        half = math.sqrt(max(radius**2 - offset**2, 0.0))
        # Along (1, -1)/√2, shifted along (1, 1)/√2.
        cx, cy = x + offset / math.sqrt(2), y + offset / math.sqrt(2)
        dx = half / math.sqrt(2)
        chords.append(f"M{number(cx - dx)} {number(cy + dx)}L{number(cx + dx)} {number(cy - dx)}")
    return "".join(chords)


def symbol(x: float, y: float, size: float, *, shape: str, glyph: str) -> str:
    """Return a facility's symbol, its middle at (x, y), ``size`` wide: the product's own shape and character."""
    form = definition().get(shape) or definition()["circle"]
    scale = size / 32
    sign = (
        f'<text x="16" y="{form["baseline"]}" font-size="{form["size"]}" text-anchor="middle" fill="#ffffff" '
        f'font-family="{FONT}" font-weight="700">{escape(glyph)}</text>'
        if glyph
        else ""
    )
    return (
        f'<g transform="translate({number(x - size / 2)} {number(y - size / 2)}) scale({scale:.5f})">'
        f'<path d="{form["path"]}" fill="{SYMBOL}" stroke="#ffffff" stroke-width="2.4"/>{sign}</g>'
    )


def words(
    text: str, x: float, y: float, size: float, *, colour: str = INK, bold: bool = False, halo: float = 0.0
) -> str:
    """Return a text whose middle is at (x, y), with a halo of so many millimetres around it."""
    weight = 700 if bold else 400
    common = (
        f'x="{number(x)}" y="{number(y + size * 0.36)}" font-size="{number(size)}" text-anchor="middle" '
        f'font-family="{FONT}" font-weight="{weight}"'
    )
    under = (
        f'<text {common} fill="#ffffff" stroke="#ffffff" stroke-width="{number(2 * halo)}" stroke-linejoin="round">'
        f"{escape(text)}</text>"
        if halo
        else ""
    )
    return f'{under}<text {common} fill="{colour}">{escape(text)}</text>'


def drawing(width: float, height: float, body: str, *, css_class: str = "") -> str:
    """Return a drawing of so many millimetres as SVG to stand in a page."""
    named = f' class="{css_class}"' if css_class else ""
    return (
        f'<svg{named} xmlns="http://www.w3.org/2000/svg" width="{number(width)}mm" height="{number(height)}mm" '
        f'viewBox="0 0 {number(width)} {number(height)}">{body}</svg>'
    )


def road_sample(road_class: str, *, width: float = 11.0, height: float = 2.6) -> str:
    """Return a piece of road for the legend."""
    path = f"M0 {number(height / 2)}H{number(width)}"
    return drawing(width, height, "".join(road_paths(ROADS[road_class], path)))


def road_paths(style: RoadStyle, path: str) -> tuple[str, str]:
    """Return casing and roadway of a path; the second is empty for a road without a casing."""
    line = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    casing = f'<path d="{path}" {line} stroke="{style.casing}" stroke-width="{style.casing_mm}"/>'
    if not style.fill:
        return casing, ""
    fill = f'<path d="{path}" {line} stroke="{style.fill}" stroke-width="{style.fill_mm}"/>'
    if style.centre_line:
        fill += f'<path d="{path}" {line} stroke="{style.casing}" stroke-width="0.14"/>'
    return casing, fill


def boundary_path(path: str, level: int) -> str:
    """Return a boundary, on a pale band that keeps it apart from roads."""
    width, dashes = BOUNDARIES.get(level, BOUNDARIES[4])
    return (
        f'<path d="{path}" fill="none" stroke="#efe6d8" stroke-width="{number(width * 3.2)}" stroke-linejoin="round"/>'
        f'<path d="{path}" fill="none" stroke="{BOUNDARY_COLOUR}" stroke-width="{width}" stroke-dasharray="{dashes}"/>'
    )


def boundary_sample(level: int, *, width: float = 11.0, height: float = 2.6) -> str:
    """Return a piece of boundary for the legend."""
    return drawing(width, height, boundary_path(f"M0 {number(height / 2)}H{number(width)}", level))


def scale_bar(length: float, words_of_ends: tuple[str, str]) -> str:
    """Return a scale bar in four parts, with the words at its two ends."""
    quarter = length / 4
    parts = "".join(
        f'<rect x="{number(4 + i * quarter)}" y="4" width="{number(quarter)}" height="1.2" '
        f'fill="{INK if i % 2 == 0 else "#ffffff"}" stroke="{INK}" stroke-width="0.15"/>'
        for i in range(4)
    )
    ends = words(words_of_ends[0], 4, 2.2, 2.5) + words(words_of_ends[1], 4 + length, 2.2, 2.5)
    return drawing(length + 16, 6, parts + ends)


def north_arrow(word: str) -> str:
    """Return an arrow to the north: half dark, half light, so that it survives any print."""
    arrow = (
        f'<path d="M4 4.2L1.4 12L4 10.3Z" fill="{INK}"/>'
        f'<path d="M4 4.2L6.6 12L4 10.3Z" fill="#ffffff" stroke="{INK}" stroke-width="0.2"/>'
    )
    return drawing(8, 13, words(word, 4, 2.2, 3, bold=True) + arrow)
