"""Map symbols: a shape and a character for each kind of facility. One definition for list, legend, map and print.

Meaning never rests on colour: kinds differ by shape and character, and a place that is not in operation is drawn hollow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape, quoteattr

# Paths in a box of 32 × 32, and where the baseline of the character lies.
SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "circle": "M16 2a14 14 0 1 1 0 28a14 14 0 1 1 0-28z",
        "square": "M5 3h22a2 2 0 0 1 2 2v22a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z",
        "diamond": "M16 .5 31.500 16 16 31.500 .5 16z",
        "hexagon": "M9 3h14l7.500 13L23 29H9L1.500 16z",
        "triangle": "M16 1.500 31.500 29H.5z",
    }
)
BASELINES: Final[Mapping[str, float]] = MappingProxyType({"triangle": 26.5})
SIZES: Final[Mapping[str, float]] = MappingProxyType({"triangle": 13, "diamond": 14})
_BASELINE, _SIZE = 21.6, 16


def definition() -> dict[str, dict[str, str | float]]:
    """Return the shapes as the map's script takes them: path, baseline and size of the character."""
    return {
        shape: {"path": path, "baseline": BASELINES.get(shape, _BASELINE), "size": SIZES.get(shape, _SIZE)}
        for shape, path in SHAPES.items()
    }


def symbol_svg(shape: str, glyph: str, *, hollow: bool = False, title: str = "") -> str:
    """Return a symbol as SVG, coloured by the style sheet; ``title`` names it where no text beside it does.

    An unknown shape is drawn as a circle.
    """
    form = definition().get(shape) or definition()["circle"]
    label = f'role="img" aria-label={quoteattr(title)}' if title else 'aria-hidden="true"'
    return (
        f'<svg class="symbol{" symbol-hollow" if hollow else ""}" viewBox="0 0 32 32" {label} focusable="false">'
        f'<path d="{form["path"]}"/><text x="16" y="{form["baseline"]}" font-size="{form["size"]}" text-anchor="middle">'
        f"{escape(glyph)}</text></svg>"
    )
