"""The same for a tidy frame: name what adds up to what, and get the public table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import DisclosureError, gettext_noop
from .suppression import Relation, suppress


@dataclass(frozen=True)
class Hierarchy:
    """Values of a key column that lie within one another.

    Divisions lie in divisions, people of 80 and over among those of 60 and over, those within 5 minutes
    among those within 10. Children must not overlap. What a parent has beyond its children is protected like
    any count, since subtraction yields it.

    Attributes
    ----------
    column
        The key column.
    parents
        Each value's parent; None at the top.
    counts
        The count columns it holds for; None for all.
    """

    column: str
    parents: Mapping[Hashable, Hashable | None]
    counts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PublicTable:
    """A table that may be shown.

    Attributes
    ----------
    frame
        The input with hidden counts as ``<NA>`` (columns of counts become ``Int64``) and hidden rates as NaN.
    hidden
        Mask with the same index and one column for each count and rate.
    """

    frame: pd.DataFrame
    hidden: pd.DataFrame


def suppress_table(
    frame: pd.DataFrame,
    *,
    keys: Sequence[str],
    counts: Sequence[str],
    threshold: int,
    hierarchies: Sequence[Hierarchy] = (),
    sums: Mapping[str, Sequence[str]] | None = None,
    constant_over: Mapping[str, Sequence[str]] | None = None,
    rates: Mapping[str, Sequence[str]] | None = None,
) -> PublicTable:
    """Hide small counts, what would reveal them, and the rates made from them.

    Parameters
    ----------
    frame
        One row for each combination of keys.
    keys
        Columns that name a row.
    counts
        Columns with counts of people; a missing count stays missing, and no sum is made with it.
    threshold
        Counts from 1 to ``threshold - 1`` are small.
    hierarchies
        What lies in what, by key column.
    sums
        Count columns that are the sum of others in the same row, as
        ``{"population": ["covered", "uncovered"]}``.
    constant_over
        Count columns that repeat one figure over some keys: ``{"population": ["threshold_s"]}``. The
        repetitions are hidden together.
    rates
        Rate columns and the count columns they are made of.

    Raises
    ------
    DisclosureError
        If keys repeat, a sum does not hold, children exceed their parent, or a repeated figure differs.
    """
    if frame.duplicated(list(keys)).any():
        raise DisclosureError(
            gettext_noop("The row with {keys} is there twice."),
            keys=frame.loc[frame.duplicated(list(keys)), list(keys)].iloc[0].to_dict(),
        )
    cells = _Cells(frame, keys, counts, constant_over or {})
    for hierarchy in hierarchies:
        for column in hierarchy.counts or counts:
            cells.relate_hierarchy(hierarchy, column)
    for total, parts in (sums or {}).items():
        cells.relate_columns(total, parts)
    result = suppress(cells.values, relations=cells.relations, threshold=threshold, published=cells.published)
    hidden = pd.DataFrame(index=frame.index)
    public = frame.copy()
    for column in counts:
        numbers = cells.numbers[column]
        mask = (numbers >= 0) & result.hidden[numbers]
        hidden[column] = mask
        public[column] = pd.array(frame[column].to_numpy(dtype=np.float64, na_value=np.nan), dtype="Int64")
        public.loc[mask, column] = pd.NA
    for rate, made_of in (rates or {}).items():
        hidden[rate] = hidden[list(made_of)].any(axis=1)
        public[rate] = frame[rate].where(~hidden[rate])
    return PublicTable(frame=public, hidden=hidden)


class _Cells:
    """Numbers for the distinct figures of a frame, and the relations between them."""

    def __init__(
        self,
        frame: pd.DataFrame,
        keys: Sequence[str],
        counts: Sequence[str],
        constant_over: Mapping[str, Sequence[str]],
    ) -> None:
        self.frame = frame.reset_index(drop=True)
        self.keys = list(keys)
        self.values: list[int] = []
        self.published: list[bool] = []
        self.relations: list[Relation] = []
        self.numbers: dict[str, NDArray[np.int64]] = {}
        self.key_of: dict[str, list[str]] = {}
        for column in counts:
            self.key_of[column] = [key for key in keys if key not in constant_over.get(column, ())]
            self._number(column)

    def _add(self, value: int, *, published: bool) -> int:
        self.values.append(value)
        self.published.append(published)
        return len(self.values) - 1

    def _number(self, column: str) -> None:
        """Give every distinct figure of a column a cell; -1 where the count is missing."""
        numeric = pd.to_numeric(self.frame[column]).to_numpy(dtype=np.float64, na_value=np.nan)
        numbers = np.full(len(self.frame), -1, dtype=np.int64)
        grouped = (
            self.frame.groupby(self.key_of[column], dropna=False, sort=False) if self.key_of[column] else None
        )
        group = np.zeros(len(self.frame), dtype=np.int64) if grouped is None else grouped.ngroup().to_numpy()
        cell_of_group: dict[int, int] = {}
        for row in np.flatnonzero(~np.isnan(numeric)):
            value = numeric[row]
            if value < 0 or value != np.floor(value):
                raise DisclosureError(
                    gettext_noop("Row {row}: “{column}” is no count of people: {value}."),
                    row=int(row),
                    column=column,
                    value=float(value),
                )
            cell = cell_of_group.get(int(group[row]))
            if cell is None:
                cell = cell_of_group[int(group[row])] = self._add(int(value), published=True)
            elif self.values[cell] != int(value):
                raise DisclosureError(
                    gettext_noop("“{column}” should be the same in all rows with {keys}; row {row} differs."),
                    column=column,
                    keys=self.frame.loc[int(row), self.key_of[column]].to_dict(),
                    row=int(row),
                )
            numbers[row] = cell
        self.numbers[column] = numbers

    def relate_columns(self, total: str, parts: Sequence[str]) -> None:
        """State that in every row one column is the sum of others."""
        seen: set[tuple[int, ...]] = set()
        for row in range(len(self.frame)):
            found = tuple(int(self.numbers[column][row]) for column in (total, *parts))
            if min(found) >= 0 and found not in seen:
                seen.add(found)
                self.relations.append(Relation(found[0], found[1:]))

    def relate_hierarchy(self, hierarchy: Hierarchy, column: str) -> None:
        """State that a parent is the sum of its children and a remainder, for one count column."""
        if hierarchy.column not in self.key_of[column]:
            return
        others = [key for key in self.key_of[column] if key != hierarchy.column]
        children: dict[Hashable, list[Hashable]] = {}
        for child, parent in hierarchy.parents.items():
            if parent is not None:
                children.setdefault(parent, []).append(child)
        level = self.frame[hierarchy.column]
        rows = self.frame.assign(_cell=self.numbers[column])
        rows = rows[rows["_cell"] >= 0].drop_duplicates("_cell")
        groups = (
            [rows] if not others else [group for _, group in rows.groupby(others, dropna=False, sort=False)]
        )
        for group in groups:
            cell_of = dict(zip(level.loc[group.index], group["_cell"].astype(int), strict=True))
            for parent, inside in children.items():
                parts = [cell_of[child] for child in inside if child in cell_of]
                if parent in cell_of and parts:
                    self._relate_with_remainder(cell_of[parent], parts, parent, column)

    def _relate_with_remainder(self, total: int, parts: list[int], parent: Hashable, column: str) -> None:
        rest = self.values[total] - sum(self.values[part] for part in parts)
        if rest < 0:
            raise DisclosureError(
                gettext_noop(
                    "The parts of {parent} have {parts} in “{column}”; {parent} itself has {total}."
                ),
                parent=parent,
                column=column,
                parts=self.values[total] - rest,
                total=self.values[total],
            )
        if rest > 0:
            parts = [*parts, self._add(rest, published=False)]
        self.relations.append(Relation(total, tuple(parts)))
