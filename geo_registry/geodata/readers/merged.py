"""Cells that reach over several rows: below the header their value stands for each of them."""

from __future__ import annotations

# Top row → (column, last row), all from 0.
Merges = dict[int, list[tuple[int, int]]]


class FillDown:
    """Carries values down while a table is read row by row, from the top.

    Parameters
    ----------
    merges : Merges
        Cells of one column over several rows.
    """

    def __init__(self, merges: Merges) -> None:
        self._merges = merges
        self._held: dict[int, tuple[int, object]] = {}  # column → last row of the merge, its value

    def into(self, row: list[object], index: int, *, below_header: bool) -> None:
        """Fill a row in place.

        Parameters
        ----------
        row : list
            Its cells from the first column.
        index : int
            The row, from 0.
        below_header : bool
            Whether merges that begin here count; a merged title does not.
        """
        if not self._merges:
            return
        if below_header:
            for column, last in self._merges.get(index, ()):
                if column < len(row):
                    self._held[column] = (last, row[column])
        for column in [column for column, (last, _) in self._held.items() if last < index]:
            del self._held[column]
        for column, (_, value) in self._held.items():
            row.extend([None] * (column + 1 - len(row)))
            row[column] = value
