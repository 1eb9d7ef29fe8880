"""Names on a map so that none lies upon another: placed greedily, the important ones first, those without room left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

Box = tuple[float, float, float, float]

# Right, left, above, below, then the corners: where a name stands best beside its point (Imhof 1975).
BESIDE: Final = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
CENTRED: Final = ((0, 0), (0, -1), (0, 1), (1, 0), (-1, 0))


@dataclass(frozen=True, kw_only=True)
class Label:
    """A name that has its place: the middle of its text, in millimetres."""

    text: str
    x: float
    y: float
    size: float


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is: a Chinese character takes its size, a Latin letter a little more than half of it."""
    return size * sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.58 for sign in text)


@dataclass
class Placer:
    """Remembers what stands where on a frame of paper.

    Parameters
    ----------
    width, height
        The frame; nothing is placed beyond it.
    """

    width: float
    height: float
    _taken: Any = field(default_factory=lambda: np.empty((256, 4)), repr=False)
    _count: int = 0

    @property
    def taken(self) -> list[Box]:
        """What stands where."""
        return [(x0, y0, x1, y1) for x0, y0, x1, y1 in self._taken[: self._count].tolist()]

    def block(self, boxes: Iterable[Box]) -> None:
        """Keep boxes free of names."""
        for box in boxes:
            if self._count == len(self._taken):
                self._taken = np.concatenate([self._taken, np.empty_like(self._taken)])
            self._taken[self._count] = box
            self._count += 1

    def place(
        self,
        text: str,
        *,
        at: tuple[float, float],
        size: float,
        gap: float = 0.0,
        positions: Sequence[tuple[int, int]] = BESIDE,
        must: bool = False,
    ) -> Label | None:
        """Find room for a name.

        Parameters
        ----------
        at
            The point that is named.
        gap
            From the point to the text, in millimetres: the radius of what is drawn there.
        positions
            Where to try, in order: direction from the point, (0, 0) upon it.
        must
            The name is needed: where there is no room it stands where it covers least.

        Returns
        -------
        Label or None
            ``None`` if there is no room and the name is not needed.
        """
        width, height = text_width(text, size), size * 1.15
        best: tuple[float, Label, Box] | None = None
        for dx, dy in positions:
            x = at[0] + dx * (gap + width / 2)
            y = at[1] + dy * (gap + height / 2)
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            if box[0] < 0.3 or box[1] < 0.3 or box[2] > self.width - 0.3 or box[3] > self.height - 0.3:
                continue
            covered = self._covered(box)
            label = Label(text=text, x=x, y=y, size=size)
            if covered == 0:
                self.block([box])
                return label
            if must and (best is None or covered < best[0]):
                best = (covered, label, box)
        if best is None:
            return None
        self.block([best[2]])
        return best[1]

    def _covered(self, box: Box) -> float:
        """Return the area that a box shares with what stands there."""
        there = self._taken[: self._count]
        width = np.minimum(there[:, 2], box[2]) - np.maximum(there[:, 0], box[0])
        height = np.minimum(there[:, 3], box[3]) - np.maximum(there[:, 1], box[1])
        return float((np.clip(width, 0, None) * np.clip(height, 0, None)).sum())
