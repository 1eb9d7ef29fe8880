"""Bars for pages, as numbers that a template writes as SVG: drawn by the server, readable without scripts, with a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Units of the drawing; about as many as a phone's page has pixels, so that its letters are letters there.
WIDTH: Final = 360
_ROW: Final = 46
_TEXT_Y: Final = 15
_BAR_Y: Final = 22
_BAR_HEIGHT: Final = 14


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: where it lies in the drawing, and its words. ``width`` is ``None`` where the figure is not told."""

    label: str
    words: str
    y: int
    text_y: int
    width: float | None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Horizontal bars below one another, each below its label and its figure."""

    bars: Sequence[Bar]
    height: int
    width: int = WIDTH
    bar_height: int = _BAR_HEIGHT


def bars(rows: Sequence[tuple[str, float | None, str]], *, whole: float | None = None) -> Chart:
    """Lay out one bar a row.

    Parameters
    ----------
    rows
        Label, value (``None``: not told), and the value in words.
    whole
        What a bar over the full width stands for; the largest value if not given.
    """
    most = whole if whole is not None else max((value for _l, value, _w in rows if value), default=0)
    return Chart(
        bars=[
            Bar(
                label=label,
                words=words,
                y=i * _ROW + _BAR_Y,
                text_y=i * _ROW + _TEXT_Y,
                width=None if value is None else round(WIDTH * min(value / most, 1.0), 1) if most else 0.0,
            )
            for i, (label, value, words) in enumerate(rows)
        ],
        height=len(rows) * _ROW,
    )
