"""The face of a sign, to scale: characters above, Pinyin below, a code and directions; millimetres throughout.

Layout after local notices that quote GB 17733 (upper three fifths characters, lower two fifths Pinyin); its own text was not found,
so that sizes are data, and a drawing says whether they were verified.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Final

from .glyphs import Outline, outline
from .rules import Colour

GROUND: Final = {Colour.BLUE: "#00468b", Colour.GREEN: "#00713d"}
"""Ground colours as they are shown; the maker goes by the standard's colour of the sheeting, which the order names."""
INK: Final = "#ffffff"
_UPPER = 0.6
_CHARACTERS_OF_UPPER = 0.72
_PINYIN_OF_LOWER = 0.52
_MARGIN = 0.06
_BORDER = 0.018
_LEAST = 0.6
_STEP_MM = 100
_QUIET = 4
_END = 0.3
_NUMBER = 0.12
_AROUND_NUMBER = 0.04
_SIDES: Final = (("北", "N"), ("东", "E"), ("南", "S"), ("西", "W"))


@dataclass(frozen=True, kw_only=True)
class FaceSpec:
    """What a face shows.

    Parameters
    ----------
    text, spelling
        The name and its confirmed spelling; without one there is no Pinyin on the face.
    width_mm, height_mm
        The plate as the class has it.
    colour
        Its ground.
    address
        The permanent address of the name's page, for the code; empty: no code.
    axis_deg
        Direction of the road there, towards its end; ``None``: nobody knows, and there are no directions.
    directions
        Whether this class of sign shows at both ends where the road leads.
    numbers
        House numbers towards the start and towards the end of the road, such as ``("1–35", "37–99")``; empty: none there.
    side
        0 or 1: from which side the face is read.
    """

    text: str
    spelling: str
    width_mm: int
    height_mm: int
    colour: Colour
    address: str = ""
    axis_deg: float | None = None
    directions: bool = True
    numbers: tuple[str, str] = ("", "")
    side: int = 0


@dataclass(frozen=True, kw_only=True)
class Measures:
    """How large a face is.

    Attributes
    ----------
    width_mm, height_mm
        Of the plate: wider than asked for where the name would not fit.
    character_mm, pinyin_mm
        Height of the characters and of the Pinyin's capitals.
    notes
        What was done to fit the name: ``("smaller", 80)`` per cent, ``("wider", 1500)`` mm.
    """

    width_mm: int
    height_mm: int
    character_mm: float
    pinyin_mm: float
    notes: Sequence[tuple[str, int]] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class Face(Measures):
    """A face, drawn.

    Attributes
    ----------
    svg
        A whole document, its width and height in millimetres.
    code_version, code_mm
        Of the code: its version, and the side of one module; 0 without a code.
    """

    svg: str
    code_version: int = 0
    code_mm: float = 0.0


def measure_face(spec: FaceSpec) -> Measures:
    """Say how large a face is without drawing it, which takes a hundredth of the time.

    Raises
    ------
    ValueError, NoFont, NoGlyph
        As `draw_face`.
    """
    return _laid_out(spec)[0]


def draw_face(spec: FaceSpec) -> Face:
    """Draw a face.

    A name that is too long is drawn smaller as a whole, down to three fifths of its size, and if that is not enough the plate
    becomes wider by steps of 100 mm. It is never squeezed: characters keep their proportions.

    Raises
    ------
    ValueError
        On an impossible size or an empty name.
    NoFont, NoGlyph
        As `glyphs.outline`.
    """
    measures, scale, name, pinyin = _laid_out(spec)
    modules = _code(spec.address)
    parts = _parts(spec, measures.width_mm, scale, name, pinyin, modules)
    side = len(modules)
    return Face(
        svg=_document(spec, measures.width_mm, parts), width_mm=measures.width_mm, height_mm=measures.height_mm,
        character_mm=measures.character_mm, pinyin_mm=measures.pinyin_mm, notes=measures.notes,
        code_version=(side - 17) // 4 if side else 0,
        code_mm=round(_code_side(spec) / (side + 2 * _QUIET), 2) if side else 0.0,
    )  # fmt: skip


def _laid_out(spec: FaceSpec) -> tuple[Measures, float, Outline, Outline | None]:
    """Return the measures of a face, by how much its lines are drawn smaller, and both lines."""
    if not spec.text or spec.width_mm < _STEP_MM or spec.height_mm < _STEP_MM:
        raise ValueError("a face has a name, and at least 100 mm a side")
    name = outline(spec.text, 0.12 if len(spec.text) < 5 else 0.05)
    pinyin = outline(spec.spelling, 0.02) if spec.spelling else None
    width, scale = _fitted(spec, name, pinyin, bool(spec.address))
    size, small = (value * scale for value in _sizes(spec))
    notes: list[tuple[str, int]] = []
    if scale < 1:
        notes.append(("smaller", round(scale * 100)))
    if width > spec.width_mm:
        notes.append(("wider", width))
    measures = Measures(
        width_mm=width, height_mm=spec.height_mm, character_mm=round(size * (name.top + name.bottom), 1),
        pinyin_mm=round(small * (pinyin.top if pinyin else 0.0), 1), notes=tuple(notes),
    )  # fmt: skip
    return measures, scale, name, pinyin


@lru_cache(maxsize=1024)
def _code(address: str) -> Sequence[Sequence[int]]:
    """Return the modules of a code, level Q: a quarter of it may be scratched."""
    if not address:
        return ()
    import segno

    return tuple(tuple(row) for row in segno.make(address, error="q", boost_error=False, micro=False).matrix)


def _is_tall(spec: FaceSpec) -> bool:
    """Whether the code stands beside the Pinyin: on a tall plate one beside the name would take half of its width."""
    return spec.height_mm * 2 > spec.width_mm


def _code_side(spec: FaceSpec) -> float:
    return spec.height_mm * (0.32 if _is_tall(spec) else 0.62)


def _end_of(spec: FaceSpec) -> float:
    """Return how wide each end is that holds directions and house numbers: numbers are never squeezed, the end grows."""
    directed = _END if spec.directions and spec.axis_deg is not None else 0.0
    widest = max((outline(text).width for text in spec.numbers if text), default=0.0)
    return spec.height_mm * max(directed, widest * _NUMBER + 2 * _AROUND_NUMBER if widest else 0.0)


def _rooms(spec: FaceSpec, width: float, *, has_code: bool) -> tuple[float, float, float]:
    """Return where lines begin, how wide the name may be, and how wide the Pinyin."""
    margin = spec.height_mm * _MARGIN
    end = _end_of(spec)
    whole = width - 4 * margin - 2 * end
    beside_code = whole - (_code_side(spec) + margin if has_code else 0.0)
    return margin * 2 + end, whole if _is_tall(spec) else beside_code, beside_code


def _sizes(spec: FaceSpec) -> tuple[float, float]:
    return spec.height_mm * _UPPER * _CHARACTERS_OF_UPPER, spec.height_mm * (1 - _UPPER) * _PINYIN_OF_LOWER


def _fitted(spec: FaceSpec, name: Outline, pinyin: Outline | None, has_code: bool) -> tuple[int, float]:
    size, small = _sizes(spec)
    width = spec.width_mm
    while (
        scale := _scale(spec, width, name.width * size, pinyin.width * small if pinyin else 0.0, has_code)
    ) < _LEAST:
        width += _STEP_MM
    return width, min(1.0, scale)


def _scale(spec: FaceSpec, width: int, name_mm: float, pinyin_mm: float, has_code: bool) -> float:
    """Return by how much both lines together would have to shrink, or might grow, to fill their rooms."""
    _left, for_name, for_pinyin = _rooms(spec, width, has_code=has_code)
    return min(for_name / name_mm, for_pinyin / pinyin_mm if pinyin_mm else float("inf"))


def _parts(
    spec: FaceSpec, width: int, scale: float, name: Outline, pinyin: Outline | None, modules: Sequence[Sequence[int]]
) -> list[str]:  # fmt: skip
    height = spec.height_mm
    left, room, room_below = _rooms(spec, width, has_code=bool(modules))
    size, small = (value * scale for value in _sizes(spec))
    middle = left + room / 2
    upper = height * (_UPPER if pinyin else 1.0)
    parts = [_text(name, size, middle, upper / 2 + height * 0.02)]
    if pinyin is not None:
        parts.append(_text(pinyin, small, left + room_below / 2, height * (1 + _UPPER) / 2 - height * 0.03))
    if _end_of(spec):
        parts += _ends(spec, left, room, above_code=bool(modules) and _is_tall(spec))
    if modules:
        side = _code_side(spec)
        top = height * (1 - _MARGIN) - side if _is_tall(spec) else (height - side) / 2
        parts.append(_squares(modules, width - height * _MARGIN * 1.5 - side, top, side))
    return parts


def _text(text: Outline, size: float, x: float, y: float) -> str:
    """Place a line with the middle of its ink at a point."""
    base = y + size * (text.top - text.bottom) / 2
    left = x - size * text.width / 2
    return (
        f'<path fill="{INK}" transform="translate({left:.3f} {base:.3f}) scale({size:.4f})" d="{text.path}"/>'
    )


def _ends(spec: FaceSpec, left: float, room: float, *, above_code: bool) -> list[str]:
    """Write at both ends where the road leads and which houses lie there, as whoever reads the plate has them at the hands."""
    at_character, at_letter, at_number = _levels(spec, above_code=above_code)
    # Plates hang along the road. Whoever reads side 0 looks north (of an east-west road) or west (of a north-south one),
    # and has the west, or the south, at the left hand; side 1 is read from behind.
    ahead = _quarter(spec.axis_deg) if spec.axis_deg is not None else 1
    first = 3 if ahead % 2 else 2
    leads = first if spec.side == 0 else (first + 2) % 4
    half = _end_of(spec) / 2 + spec.height_mm * 0.02
    parts = []
    for quarter, x in ((leads, left - half), ((leads + 2) % 4, left + room + half)):
        directed = spec.directions and spec.axis_deg is not None
        number = spec.numbers[1] if quarter == ahead else spec.numbers[0]
        if directed:
            character, letter = _SIDES[quarter]
            size = spec.height_mm * 0.15
            parts.append(_text(outline(character), size, x, spec.height_mm * at_character))
            parts.append(_text(outline(letter), size * 0.7, x, spec.height_mm * at_letter))
        if number:
            parts.append(_text(outline(number), spec.height_mm * _NUMBER, x, spec.height_mm * at_number))
    return parts


def _levels(spec: FaceSpec, *, above_code: bool) -> tuple[float, float, float]:
    """Return at which part of the height the ends have character, letter and house numbers.

    On a tall plate the code stands below the right end: all of it moves up, at both ends alike.
    """
    if spec.axis_deg is None or not spec.directions:
        return 0.0, 0.0, 0.5
    if above_code:
        return (0.2, 0.37, 0.53) if any(spec.numbers) else (0.3, 0.5, 0.0)
    return (0.3, 0.52, 0.76) if any(spec.numbers) else (0.4, 0.62, 0.0)


def _quarter(degrees: float) -> int:
    return math.floor((degrees % 360 + 45) / 90) % 4


def _squares(modules: Sequence[Sequence[int]], x: float, y: float, side: float) -> str:
    """Draw a code with its quiet zone, runs of modules as one rectangle."""
    count = len(modules) + 2 * _QUIET
    unit = side / count
    path = []
    for row, cells in enumerate(modules):
        start = None
        for column, dark in enumerate([*cells, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                path.append(f"M{start + _QUIET} {row + _QUIET}h{column - start}v1h{start - column}z")
                start = None
    return (
        f'<g transform="translate({x:.3f} {y:.3f}) scale({unit:.5f})"><rect width="{count}" height="{count}" fill="#ffffff"/>'
        f'<path fill="#000000" d="{"".join(path)}"/></g>'
    )


def _document(spec: FaceSpec, width: int, parts: Sequence[str]) -> str:
    height = spec.height_mm
    border = height * _BORDER
    radius = height * 0.05
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
        f"<title>{escape(spec.text)} {escape(spec.spelling)}</title>"
        f'<rect width="{width}" height="{height}" rx="{radius:.2f}" fill="{GROUND[spec.colour]}"/>'
        f'<rect x="{border:.2f}" y="{border:.2f}" width="{width - 2 * border:.2f}" height="{height - 2 * border:.2f}" '
        f'rx="{radius * 0.7:.2f}" fill="none" stroke="{INK}" stroke-width="{border / 2:.2f}"/>'
        f"{''.join(parts)}</svg>"
    )
