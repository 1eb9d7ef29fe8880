"""The tree of divisions, as sums need it: village into township into county."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import AnalysisError, gettext_noop

NO_PARENT = -1

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True)
class DivisionTree:
    """Divisions and their parents, by number.

    Attributes
    ----------
    codes
        The divisions, in the order they were given.
    parent
        Number of each one's parent, or -1.
    depth
        0 for a division without a parent.
    """

    codes: tuple[Hashable, ...]
    parent: NDArray[np.int64]
    depth: NDArray[np.int64]

    @classmethod
    def from_parents(cls, parents: Mapping[Hashable, Hashable | None]) -> Self:
        """Build the tree from a mapping of every division to its parent; None or NaN at the top.

        Raises
        ------
        AnalysisError
            If a parent is not itself a division of the mapping, or divisions contain each other.
        """
        codes = tuple(parents)
        number = {code: index for index, code in enumerate(codes)}
        parent = np.full(len(codes), NO_PARENT, dtype=np.int64)
        for index, above in enumerate(parents.values()):
            if above is None or above != above:  # NaN is not equal to itself
                continue
            if above not in number:
                raise AnalysisError(
                    gettext_noop("Division {division} lies in {parent}, which is not among the divisions."),
                    division=codes[index],
                    parent=above,
                )
            parent[index] = number[above]
        return cls(codes, parent, _depths(codes, parent))

    def numbers(self, codes: Iterable[Hashable]) -> NDArray[np.int64]:
        """Look divisions up.

        Raises
        ------
        AnalysisError
            If one is not in the tree.
        """
        wanted = pd.Index(list(codes))
        found = pd.Index(self.codes).get_indexer(wanted)
        if (found < 0).any():
            raise AnalysisError(
                gettext_noop("Division {division} of a populated place is not among the divisions."),
                division=wanted[int((found < 0).argmax())],
            )
        return found.astype(np.int64)

    def add_up(self, values: NDArray[Number]) -> NDArray[Number]:
        """Add every division's own values to all its ancestors.

        Parameters
        ----------
        values
            Shape (divisions, ...): what lies in each division directly.
        """
        total = values.copy()
        for depth in range(int(self.depth.max(initial=0)), 0, -1):
            at = np.flatnonzero(self.depth == depth)
            np.add.at(total, self.parent[at], total[at])
        return total


def _depths(codes: tuple[Hashable, ...], parent: NDArray[np.int64]) -> NDArray[np.int64]:
    depth = np.zeros(len(codes), dtype=np.int64)
    above = parent.copy()
    for _ in range(len(codes) + 1):
        inside = above != NO_PARENT
        if not inside.any():
            return depth
        depth[inside] += 1
        above[inside] = parent[above[inside]]
    raise AnalysisError(
        gettext_noop("Division {division} contains itself through its parents."),
        division=codes[int((above != NO_PARENT).argmax())],
    )
