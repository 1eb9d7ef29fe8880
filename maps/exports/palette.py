"""The one palette of coverage: light is well served, dark and warm is far, unknown is never a shade.

Lightness falls evenly from step to step, so that the order survives colour blindness and grey print. The pages' design
tokens ``--far-1`` to ``--far-5`` are the same colours; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FAR: Final = ("#fdf2d8", "#f8d08f", "#ea9c57", "#c55f34", "#872a1e")
# A dark outline keeps the lightest step visible on paper.
OUTLINE: Final = "#6b5a4a"
UNKNOWN: Final = "unknown"


def colours(steps: int) -> tuple[str, ...]:
    """Return ``steps`` colours from well served to far.

    Raises
    ------
    ValueError
        If there are fewer than two or more than five steps: an eye tells no more apart.
    """
    if not 2 <= steps <= len(FAR):
        raise ValueError(f"a coverage map has 2 to {len(FAR)} steps, not {steps}")
    picks = {2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}[steps]
    return tuple(FAR[i] for i in picks)


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
