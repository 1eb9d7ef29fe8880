"""Where the rows of a file lie, beside where the registry has the same records: a label that lies is found out by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo_registry.geodata.crs import SourceCrs
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.shift import Shift, find_shift, shifted_row
from geo_registry.territory.models import LocationMethod

# So many places tell a shift as well as all of them.
_MOST_PAIRS = 20_000
# A point that was only estimated says nothing about where the place is.
_TRUSTED = frozenset(
    {LocationMethod.SURVEYED, LocationMethod.PICKED, LocationMethod.IMPORTED, LocationMethod.INVENTED}
)


# So many rows are marked one by one; where there are more, the sentence about the file says it.
_MOST_MARKED = 2_000


@dataclass(slots=True)
class Whereabouts:
    """Pairs of points: as the file has them, and as they are known.

    Parameters
    ----------
    source : SourceCrs or None
        What the file is read as.
    header : str
        Of the column that a row's remark stands beside.
    """

    mine: list[tuple[float, float]] = field(default_factory=list)
    known: list[tuple[float, float]] = field(default_factory=list)
    source: SourceCrs | None = None
    header: str | None = None
    _marked: int = 0

    def compare(self, record: Record, point: Any, method: str) -> None:
        """Note where a record lies that the registry has at a point, and mark one that lies as if it were read wrongly.

        Nothing where either place is not known well.
        """
        if record.point is None or point is None or method not in _TRUSTED or len(self.mine) >= _MOST_PAIRS:
            return
        if point.geom_type != "Point":
            return
        mine, known = (record.point.x, record.point.y), (point.x, point.y)
        self.mine.append(mine)
        self.known.append(known)
        if self._marked < _MOST_MARKED and (told := shifted_row(mine, known, source=self.source)) is not None:
            self._marked += 1
            record.warn(told, column=self.header)

    def shift(self) -> Shift | None:
        """Tell whether all lie beside where they are known to be, and what explains it."""
        if not self.mine:
            return None
        here, there = np.array(self.mine), np.array(self.known)
        declared = self.source.called if self.source is not None else ""
        return find_shift(
            here[:, 0], here[:, 1], there[:, 0], there[:, 1], declared=declared, source=self.source
        )
