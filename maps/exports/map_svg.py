"""The map of a sheet as SVG: base, divisions, people by reach, facilities with their numbers, names that do not collide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from . import marks
from .labels import BESIDE, CENTRED, Box, Placer, text_width
from .layers import Layers
from .marks import number
from .palette import UNKNOWN
from .plane import View

_LAND, _BEYOND, _BUILT = "#fffdf8", "#f1efe8", "#e9e5da"
# The smallest scale at which a class of road is drawn.
_FINEST: Final = {"residential": 90_000, "unclassified": 500_000, "tertiary": 1_200_000}
# So fine are lines drawn, in millimetres.
_SIMPLIFY_MM = 0.06


@dataclass(frozen=True, kw_only=True)
class MapStyle:
    """Sizes in millimetres that depend on the paper."""

    symbol: float
    largest_circle: float
    smallest_circle: float
    township: float
    village: float
    small: float


def draw_map(
    layers: Layers,
    view: View,
    style: MapStyle,
    *,
    colours: Mapping[int | str, str | None],
    elsewhere: Box | None = None,
    fills: Mapping[str, str | None] | None = None,
    marked: Sequence[Any] = (),
) -> str:
    """Return the map as one SVG drawing the size of the view's frame.

    Parameters
    ----------
    colours
        Colour of each step of the legend; ``None`` for the unknown, which is hatched.
    fills
        Colour of divisions by their code; ``None`` is hatched. Divisions that are not named there stay as paper.
    elsewhere
        A part of the frame, in millimetres, that another map shows larger: it is outlined, its facilities are small and without
        numbers, its villages without names.
    marked
        Lines and areas (EPSG:4490) that the map is about: drawn above the roads, areas by their outline.
    """
    area = shapely.box(0, 0, view.width_mm, view.height_mm)
    circles = _circles(layers, view, style)
    symbols = _symbols(layers, view, style, elsewhere)
    placer = Placer(view.width_mm, view.height_mm)
    placer.block(symbol.box for symbol in symbols)
    named = [one for one in circles if elsewhere is None or not _inside(elsewhere, one.x, one.y)]
    body = [
        f'<rect width="{number(view.width_mm)}" height="{number(view.height_mm)}" fill="{_BEYOND}"/>',
        *_ground(layers, view, area),
        *_fills(layers, view, area, fills or {}),
        *_roads(layers, view, area),
        *_boundaries(layers, view, area),
        *_marked(marked, view, area),
        *(marks.circle(one.x, one.y, one.radius, colours[one.step]) for one in circles),
        *(symbol.drawn() for symbol in symbols),
        *_names(layers, view, style, placer, named, symbols),
        *([_outline(elsewhere)] if elsewhere else []),
        _neat_line(view),
    ]
    return marks.drawing(view.width_mm, view.height_mm, "".join(body), css_class="map")


def _inside(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _outline(box: Box) -> str:
    x, y, width, height = (number(value) for value in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
    place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    return f'<rect {place} fill="none" stroke="{marks.INK}" stroke-width="0.25"/>'


def _neat_line(view: View) -> str:
    width, height = number(view.width_mm - 0.3), number(view.height_mm - 0.3)
    return f'<rect x="0.15" y="0.15" width="{width}" height="{height}" fill="none" stroke="{marks.INK}" stroke-width="0.3"/>'


# Circles cover at most this part of the frame together: more would hide the map and each other.
_MOST_COVERED: Final = 0.03


def largest_radius(people: Any, view: View, style: MapStyle) -> float:
    """Return the radius of the place with most people.

    Parameters
    ----------
    people
        The counts of all places, whole numbers.
    """
    counts = np.asarray(people, dtype=float)
    most = counts.max(initial=0.0)
    if most <= 0:
        return style.smallest_circle
    area = _MOST_COVERED * view.width_mm * view.height_mm
    fitting = math.sqrt(area * most / (math.pi * counts.sum()))
    return min(style.largest_circle, max(fitting, 2.2 * style.smallest_circle))


def circle_radius(people: float, most: float, largest: float, style: MapStyle) -> float:
    """Return a circle's radius: its area is in proportion to the people, but it never vanishes."""
    return (
        max(style.smallest_circle, largest * math.sqrt(people / most)) if most > 0 else style.smallest_circle
    )


def crowding(layers: Layers, view: View, style: MapStyle) -> float:
    """Return the share of facilities whose symbol would lie upon another one's."""
    if len(layers.facilities) < 2:
        return 0.0
    points = shapely.get_coordinates(view.to_paper(layers.facilities.geometry.to_numpy()))
    gap = points[:, None, :] - points[None, :, :]
    apart = np.hypot(gap[..., 0], gap[..., 1])
    np.fill_diagonal(apart, np.inf)
    return float((apart.min(axis=1) < style.symbol * 0.8).mean())


# The base -------------------------------------------------------------------------------------------------------------------


def _path(shapes: Any) -> str:
    """Return lines and outlines as the data of one SVG path."""
    parts = []
    for piece in shapely.get_parts(shapely.get_parts(shapes)):
        if piece.is_empty:
            continue
        rings = [piece.exterior, *piece.interiors] if piece.geom_type == "Polygon" else [piece]
        for ring in rings:
            if ring.geom_type not in ("LineString", "LinearRing"):
                continue
            points = [f"{x:.2f} {y:.2f}" for x, y in shapely.get_coordinates(ring)]
            parts.append(
                f"M{points[0]}L{' '.join(points[1:])}" + ("Z" if piece.geom_type == "Polygon" else "")
            )
    return "".join(parts)


def _on_paper(shapes: Any, view: View, area: Any, *, spare_mm: float = 2.0) -> Any:
    """Return geometries on paper, cut off a little beyond the frame and no finer than a printer."""
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    drawn = view.to_paper(np.asarray(shapes)[there])
    near = shapely.intersects(drawn, area)
    return shapely.simplify(shapely.intersection(drawn[near], shapely.buffer(area, spare_mm)), _SIMPLIFY_MM)


def _ground(layers: Layers, view: View, area: Any) -> list[str]:
    land = _on_paper(layers.divisions.geometry.to_numpy(), view, area)
    built = _on_paper(layers.built_up.geometry.to_numpy(), view, area)
    return [
        f'<path d="{_path(shapes)}" fill="{colour}"/>'
        for shapes, colour in ((land, _LAND), (built, _BUILT))
        if len(shapes)
    ]


def _fills(layers: Layers, view: View, area: Any, fills: Mapping[str, str | None]) -> list[str]:
    """Draw divisions in the colour of their figure, or hatched where there is none to show."""
    found = []
    for code, shape in zip(layers.divisions["code"], layers.divisions.geometry, strict=True):
        if code not in fills or shape is None or shape.is_empty:
            continue
        drawn = _on_paper(np.array([shape]), view, area)
        if not len(drawn):
            continue
        colour = fills[code]
        found.append(f'<path d="{_path(drawn)}" fill="{colour or "#ffffff"}" fill-opacity="0.86"/>')
        if colour is None:
            found.append(_hatch_of(drawn[0]))
    return found


# So far apart are the lines of a hatched area, in millimetres.
_HATCH_MM = 1.5


def _hatch_of(shape: Any) -> str:
    """Return lines that rise to the right within a shape on paper."""
    left, top, right, bottom = shapely.bounds(shape).tolist()
    height = bottom - top
    starts = np.arange(left - height, right, _HATCH_MM * math.sqrt(2))
    if not len(starts):
        return ""
    lines = shapely.linestrings([[[start, bottom], [start + height, top]] for start in starts.tolist()])
    kept = shapely.intersection(lines, shape)
    return (
        f'<path d="{_path(kept[~shapely.is_empty(kept)])}" fill="none" stroke="#6b6b6b" stroke-width="0.14"/>'
    )


def hatched(box: Box) -> str:
    """Return the hatch of a box on paper, for a legend."""
    return _hatch_of(shapely.box(*box))


def _roads(layers: Layers, view: View, area: Any) -> list[str]:
    """Draw all casings below all roadways, so that roads join where they meet."""
    casings, fills = [], []
    for road_class, style in marks.ROADS.items():
        chosen = layers.roads[layers.roads["road_class"] == road_class]
        if not len(chosen) or view.denominator > _FINEST.get(road_class, math.inf):
            continue
        path = _path(_on_paper(chosen.geometry.to_numpy(), view, area))
        if path:
            casing, fill = marks.road_paths(style, path)
            casings.append(casing)
            fills.append(fill)
    return [*casings, *fills]


def _boundaries(layers: Layers, view: View, area: Any) -> list[str]:
    """Draw each stretch of boundary once, in the style of the highest level that it bounds: a dash upon a dash would be a line."""
    drawn: Any = shapely.GeometryCollection()
    found = []
    for level in sorted(layers.divisions["level"].unique()):
        shapes = layers.divisions.geometry.to_numpy()[(layers.divisions["level"] == level).to_numpy()]
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        if not len(shapes):
            continue
        lines = shapely.line_merge(shapely.union_all(shapely.boundary(view.to_paper(shapes))))
        # What runs beside a boundary that is drawn already is that boundary, drawn a little differently.
        lines = shapely.difference(lines, shapely.buffer(drawn, 0.4))
        drawn = shapely.union(drawn, lines)
        kept = shapely.simplify(shapely.intersection(shapely.line_merge(lines), area), _SIMPLIFY_MM)
        path = _path(np.array([kept]))
        if path:
            found.append(marks.boundary_path(path, int(level)))
    return found[::-1]


def _marked(shapes: Sequence[Any], view: View, area: Any) -> list[str]:
    """Draw what the map is about: on a white ground, so that it stands out from what it crosses."""
    if not len(shapes):
        return []
    path = _path(_on_paper(np.array(shapes, dtype=object), view, area))
    if not path:
        return []
    line = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return [
        f'<path d="{path}" {line} stroke="#ffffff" stroke-opacity="0.9" stroke-width="1.7"/>',
        f'<path d="{path}" {line} stroke="{marks.SYMBOL}" stroke-width="0.9"/>',
    ]


# People and facilities --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Circle:
    x: float
    y: float
    radius: float
    step: int | str
    name: str
    people: float

    @property
    def box(self) -> Box:
        return (self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


def _circles(layers: Layers, view: View, style: MapStyle) -> list[_Circle]:
    """Return the places within the frame; large circles come first, so that no small one is hidden whole."""
    places = layers.places
    if not len(places):
        return []
    points = shapely.get_coordinates(view.to_paper(places.geometry.to_numpy()))
    counted = places["people"].notna().to_numpy()
    people = np.where(counted, places["people"].fillna(0).to_numpy(dtype=float), 0.0)
    most = float(people.max(initial=0.0))
    largest = largest_radius(people, view, style)
    found = []
    for (x, y), count, is_counted, step, name in zip(
        points, people, counted, places["step"], places["name"], strict=True
    ):
        inside = 0 <= x <= view.width_mm and 0 <= y <= view.height_mm
        if inside and not (is_counted and count == 0):
            radius = circle_radius(count, most, largest, style) if is_counted else style.smallest_circle * 1.6
            found.append(_Circle(x, y, radius, step, name, count))
    return sorted(found, key=lambda one: -one.radius)


@dataclass(frozen=True)
class _Symbol:
    x: float
    y: float
    true_x: float
    true_y: float
    number: int
    shape: str
    glyph: str
    size: float

    @property
    def box(self) -> Box:
        half = self.size / 2
        return (self.x - half, self.y - half, self.x + half, self.y + half)

    def drawn(self) -> str:
        """Draw the symbol; one that moved aside keeps a line to where it is."""
        leader = ""
        if math.hypot(self.x - self.true_x, self.y - self.true_y) > 0.5:
            leader = (
                f'<path d="M{number(self.true_x)} {number(self.true_y)}L{number(self.x)} {number(self.y)}" '
                f'stroke="{marks.INK}" stroke-width="0.14"/>'
                f'<circle cx="{number(self.true_x)}" cy="{number(self.true_y)}" r="0.3" fill="{marks.INK}"/>'
            )
        return leader + marks.symbol(self.x, self.y, self.size, shape=self.shape, glyph=self.glyph)


def _symbols(layers: Layers, view: View, style: MapStyle, elsewhere: Box | None) -> list[_Symbol]:
    facilities = layers.facilities
    if not len(facilities):
        return []
    true = shapely.get_coordinates(view.to_paper(facilities.geometry.to_numpy()))
    kept = [i for i, (x, y) in enumerate(true) if 0 <= x <= view.width_mm and 0 <= y <= view.height_mm]
    small = [elsewhere is not None and _inside(elsewhere, *true[i]) for i in kept]
    at = true[kept].copy()
    large = [position for position, is_small in enumerate(small) if not is_small]
    at[large] = move_apart(
        true[kept][large], size=style.symbol * 0.92, width=view.width_mm, height=view.height_mm
    )
    columns = [facilities[name].to_numpy()[kept] for name in ("number", "shape", "glyph")]
    found = []
    for (x, y), (true_x, true_y), is_small, numbered, shape, glyph in zip(
        at, true[kept], small, *columns, strict=True
    ):
        size = style.symbol * (0.4 if is_small else 1)
        number_shown = 0 if is_small else int(numbered)
        sign = "" if is_small else str(glyph)
        found.append(
            _Symbol(float(x), float(y), float(true_x), float(true_y), number_shown, str(shape), sign, size)
        )
    return found


def move_apart(points: Any, *, size: float, width: float, height: float, rounds: int = 120) -> Any:
    """Return points moved aside until none is nearer than ``size`` to another, or as far as that goes in so many rounds.

    Parameters
    ----------
    points
        Millimetres, shape (n, 2). They are not changed.
    """
    true = np.asarray(points, dtype=float)
    if len(true) < 2:
        return true.copy()
    # Points at the very same place need a direction to part in: a spiral, the same each time.
    turn = np.arange(len(true)) * 2.399963
    at = true + 1e-3 * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(rounds):
        gap = at[:, None, :] - at[None, :, :]
        apart = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(apart, np.inf)
        lacking = np.clip(size - apart, 0, None)
        if not lacking.any():
            break
        push = (gap / np.maximum(apart, 1e-9)[..., None]) * (lacking / 2)[..., None]
        at = at + 0.9 * push.sum(axis=1)
        # Who stands free drifts home again.
        free = ~lacking.any(axis=1)
        at[free] += 0.05 * (true[free] - at[free])
        at = np.clip(at, size / 2, [width - size / 2, height - size / 2])
    return at


# Names --------------------------------------------------------------------------------------------------------------------------


def _names(
    layers: Layers,
    view: View,
    style: MapStyle,
    placer: Placer,
    circles: Sequence[_Circle],
    symbols: Sequence[_Symbol],
) -> list[str]:
    """Place townships, then the facilities' numbers, then road numbers, then villages by their people."""
    named = layers.divisions[layers.divisions["lon"].notna()]
    townships = [_township(row, view, style, placer) for row in named.itertuples()]
    numbers = []
    for symbol in symbols:
        if not symbol.number:
            continue
        label = placer.place(
            str(symbol.number),
            at=(symbol.x, symbol.y),
            size=style.small,
            gap=style.symbol / 2 + 0.1,
            must=True,
        )
        if label is not None:
            numbers.append(marks.words(label.text, label.x, label.y, label.size, bold=True, halo=0.28))
    shields = _road_numbers(layers, view, style, placer)
    placer.block(one.box for one in circles if one.radius > 1.0)
    villages = []
    for one in sorted(circles, key=lambda circle: -circle.people):
        if not one.name:
            continue
        label = placer.place(
            one.name, at=(one.x, one.y), size=style.village, gap=one.radius + 0.25, positions=BESIDE
        )
        if label is not None:
            villages.append(
                marks.words(label.text, label.x, label.y, label.size, colour="#3c4348", halo=0.24)
            )
    return [*shields, *villages, *numbers, *(text for text in townships if text)]


def _township(row: Any, view: View, style: MapStyle, placer: Placer) -> str:
    x, y = shapely.get_coordinates(view.to_paper(np.array([shapely.Point(row.lon, row.lat)])))[0]
    label = placer.place(
        row.name,
        at=(float(x), float(y)),
        size=style.township,
        gap=1.2,
        positions=(*CENTRED, *BESIDE),
        must=True,
    )
    if label is None:
        return ""
    return marks.words(label.text, label.x, label.y, label.size, bold=True, halo=0.45)


def _road_numbers(layers: Layers, view: View, style: MapStyle, placer: Placer) -> list[str]:
    """Write each route's number once, in a box on the middle of its longest stretch within the frame."""
    area = shapely.box(2, 2, view.width_mm - 2, view.height_mm - 2)
    found = []
    numbered = layers.roads[layers.roads["ref"].fillna("") != ""]
    for ref, rows in numbered.groupby("ref", sort=True):
        lines = shapely.get_parts(shapely.intersection(view.to_paper(rows.geometry.to_numpy()), area))
        lines = lines[shapely.length(lines) > 0]
        if not len(lines):
            continue
        merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
        longest = merged[np.argmax(shapely.length(merged))]
        text = str(ref).split(";")[0]
        for share in (0.5, 0.35, 0.65, 0.2, 0.8):
            point = shapely.line_interpolate_point(longest, share, normalized=True)
            label = placer.place(text, at=(point.x, point.y), size=style.small + 0.5, positions=((0, 0),))
            if label is not None:
                width = text_width(text, style.small) + 0.9
                found.append(
                    f'<rect x="{number(label.x - width / 2)}" y="{number(label.y - style.small * 0.7)}" width="{number(width)}" '
                    f'height="{number(style.small * 1.4)}" rx="0.3" fill="#ffffff" stroke="#5d5c57" stroke-width="0.16"/>'
                    + marks.words(text, label.x, label.y, style.small, colour="#3c4348")
                )
                break
    return found


def step_colours(legend: Sequence[tuple[int | str, str | None]]) -> dict[int | str, str | None]:
    """Return the colour of each step, with the hatch for the unknown whether or not the legend has it."""
    return {UNKNOWN: None, **dict(legend)}
