"""The one palette of coverage: light is well served, dark and warm is far, unknown is never a shade.

Colours are ColorBrewer's sequential scheme YlOrBr (Brewer, Harrower: ColorBrewer 2.0), safe for colour blindness and
readable in grey print, because lightness alone orders them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_YLORBR: Final = ("#fff7bc", "#fec44f", "#ec7014", "#993404", "#4a1703")
# Dark outlines keep the lightest step visible on paper.
OUTLINE: Final = "#5b4a3a"
UNKNOWN: Final = "unknown"


def colours(steps: int) -> tuple[str, ...]:
    """Return ``steps`` colours from well served to far.

    Raises
    ------
    ValueError
        If there are fewer than two or more than five steps: an eye tells no more apart.
    """
    if not 2 <= steps <= len(_YLORBR):
        raise ValueError(f"a coverage map has 2 to {len(_YLORBR)} steps, not {steps}")
    picks = {2: (0, 3), 3: (0, 2, 3), 4: (0, 1, 2, 3), 5: (0, 1, 2, 3, 4)}[steps]
    return tuple(_YLORBR[i] for i in picks)


def step_of(time_ms: int | None, *, thresholds_s: Sequence[int], reached: bool, known: bool) -> int | str:
    """Return the step a travel time falls into: its limit's position (inclusive), the last for farther, or `UNKNOWN`."""
    if not known:
        return UNKNOWN
    if not reached or time_ms is None:
        return len(thresholds_s)
    for position, limit in enumerate(sorted(thresholds_s)):
        if time_ms <= limit * 1000:
            return position
    return len(thresholds_s)
