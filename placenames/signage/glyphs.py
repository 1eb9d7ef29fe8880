"""Characters as outlines: a maker needs no font, and what is on the drawing is what is cut.

The outlines are those of Noto Sans CJK (SIL Open Font License 1.1, which lets drawings made with it be passed on). The font
itself is the system's package and is not part of this program.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FONTS: Final = (
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"), "Noto Sans CJK SC Bold"),
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), "Noto Sans CJK SC Regular"),
)


# A font reads itself lazily while it draws, in one file and on one stack: two threads (a page asks for both faces at once)
# must not draw with it at the same time.
_DRAWING: Final = threading.Lock()


class NoFont(RuntimeError):  # noqa: N818 - says what is missing
    """No font that has the characters is installed; the message says which package brings one."""


class NoGlyph(ValueError):  # noqa: N818 - says what is missing
    """A character that the font does not have: it must not silently be left out of a sign."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A line of text as one path.

    Attributes
    ----------
    path
        SVG path data at a size of 1 (em), y downwards, beginning at x = 0 on the base line.
    width
        Its advance, in em.
    top, bottom
        How far ink reaches above and below the base line, in em.
    """

    path: str
    width: float
    top: float
    bottom: float


@lru_cache(maxsize=1)
def _font() -> Any:
    from fontTools.ttLib import TTCollection

    for path, name in FONTS:
        if path.exists():
            for font in TTCollection(path, lazy=True).fonts:
                if font["name"].getDebugName(4) in (name, name.removesuffix(" Regular")):
                    return font
    raise NoFont("fonts-noto-cjk is not installed: " + ", ".join(str(path) for path, _name in FONTS))


@lru_cache(maxsize=4096)
def outline(text: str, tracking: float = 0.0) -> Outline:
    """Return a line of text as a path.

    Parameters
    ----------
    text
        Characters or Latin letters.
    tracking
        Space between characters, in em.

    Raises
    ------
    NoFont
        If the font is not installed.
    NoGlyph
        If it lacks a character.
    """
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen

    with _DRAWING:
        font = _font()
        glyphs, cmap, unit = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
        pen, bounds, at = SVGPathPen(glyphs, ntos=lambda value: f"{value:.4g}"), BoundsPen(glyphs), 0.0
        for number, character in enumerate(text):
            if (name := cmap.get(ord(character))) is None:
                raise NoGlyph(character)
            glyph = glyphs[name]
            at += tracking * unit if number else 0.0
            for drawn in (pen, bounds):
                glyph.draw(TransformPen(drawn, (1 / unit, 0, 0, -1 / unit, at / unit, 0)))
            at += glyph.width
    _x0, y0, _x1, y1 = bounds.bounds or (0, 0, 0, 0)
    return Outline(path=pen.getCommands(), width=at / unit, top=-y0, bottom=y1)
