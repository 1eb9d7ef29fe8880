"""Small counts hidden so that nobody can work them out.

*Primary*: a count of people that is not zero and below the threshold is hidden. *Secondary*: further counts
are hidden until no hidden small count can be pinned down by adding and subtracting what is left, in any
combination of any number of overlapping totals.

What is proved for every small count: there is another table of whole numbers, equal to the published one in
everything visible, in which that count is as high as ``threshold - 1`` (or one higher, where it already is).
The reader is taken to know the rule: that zeros are never hidden, so that whatever is hidden is 1 or more.

The secondary cells come from a small linear programme for each small count (the least change of visible
cells, weighed by the root of their size, that lets the count rise), as in the linear-programming
heuristics of cell suppression: Robertson, D. A. (1993), Cell suppression at Statistics Canada; Fischetti, M.
and Salazar, J. J. (2001), Management Science 47(7), 1008-1027. It is safe, and near the least, not always
the least, number of hidden cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from .errors import DisclosureError, gettext_noop


@dataclass(frozen=True)
class Relation:
    """One total and the parts that add up to it, by cell number."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Suppression:
    """Which cells must not be shown.

    Attributes
    ----------
    primary
        Small counts.
    secondary
        Counts hidden to protect them.
    rates
        Rates that must not be shown, in the order given.
    """

    primary: NDArray[np.bool_]
    secondary: NDArray[np.bool_]
    rates: NDArray[np.bool_]

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Everything hidden."""
        return self.primary | self.secondary


def suppress(
    values: ArrayLike,
    *,
    relations: Sequence[Relation],
    threshold: int,
    published: ArrayLike | None = None,
    rates: Sequence[Sequence[int]] = (),
) -> Suppression:
    """Decide which counts and rates to hide.

    Parameters
    ----------
    values
        The counts: whole numbers, 0 or more.
    relations
        Every sum that a reader could use. Each must hold exactly.
    threshold
        Counts from 1 to ``threshold - 1`` are small.
    published
        Mask of cells that are shown at all; None for all. An unpublished cell stands for something a reader
        could compute (a difference of two totals): it is protected like the others.
    rates
        For each rate the cells it is computed from. It is hidden if one of them is.

    Returns
    -------
    Suppression
        Masks over ``values``; unpublished cells are never marked.

    Raises
    ------
    DisclosureError
        On a negative or fractional count, an unknown cell, a relation that does not hold, or a threshold
        below 1.

    Examples
    --------
    A township of three villages; hiding the small one alone would leave it to subtraction.

    >>> answer = suppress([154, 4, 50, 100], relations=[Relation(0, (1, 2, 3))], threshold=10)
    >>> answer.hidden.tolist()
    [False, True, True, False]
    """
    counts = _checked_counts(values, threshold)
    cells = len(counts)
    shown = np.ones(cells, dtype=np.bool_) if published is None else np.asarray(published, dtype=np.bool_)
    matrix = _checked_matrix(counts, relations)
    small = (counts > 0) & (counts < threshold)
    concealed = small | ~shown
    lowest = np.where(shown, 1, 0)
    goal = np.where(small, np.maximum(threshold - 1 - counts, 1), 0)
    safe = ~small
    for cell in np.flatnonzero(small):
        if not safe[cell]:
            change = _other_table(matrix, counts, concealed, lowest, int(cell), int(goal[cell]))
            concealed |= change != 0
            # What is hidden later only adds to the tables a reader must reckon with: safe stays safe.
            safe |= change >= goal
    hidden = concealed & shown
    return Suppression(
        primary=small & shown,
        secondary=hidden & ~small,
        rates=np.array([bool(concealed[list(cells_of)].any()) for cells_of in rates], dtype=np.bool_),
    )


def _checked_counts(values: ArrayLike, threshold: int) -> NDArray[np.int64]:
    if threshold < 1:
        raise DisclosureError(
            gettext_noop("The threshold must be 1 or more; it is {value}."), value=threshold
        )
    given = np.asarray(values, dtype=np.float64)
    wrong = ~((given >= 0) & (given == np.floor(given)) & np.isfinite(given))
    if wrong.any():
        raise DisclosureError(
            gettext_noop("Cell {cell} is no count of people: {value}."),
            cell=int(wrong.argmax()),
            value=float(given[int(wrong.argmax())]),
        )
    return given.astype(np.int64)


def _checked_matrix(counts: NDArray[np.int64], relations: Sequence[Relation]) -> csr_array:
    """One row a relation: 1 for each part, -1 for the total."""
    rows, columns, signs = [], [], []
    for number, relation in enumerate(relations):
        for cell in (relation.total, *relation.parts):
            if not 0 <= cell < len(counts):
                raise DisclosureError(
                    gettext_noop("Relation {relation} names cell {cell}; there are {cells}."),
                    relation=number,
                    cell=cell,
                    cells=len(counts),
                )
        rows += [number] * (len(relation.parts) + 1)
        columns += [relation.total, *relation.parts]
        signs += [-1, *[1] * len(relation.parts)]
    matrix = csr_array(
        (
            np.array(signs, dtype=np.int64),
            (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)),
        ),
        shape=(len(relations), len(counts)),
    )
    gap = matrix @ counts
    if gap.any():
        number = int(np.flatnonzero(gap)[0])
        raise DisclosureError(
            gettext_noop("Relation {relation} does not add up: the total is {total}, the parts are {parts}."),
            relation=number,
            total=int(counts[relations[number].total]),
            parts=int(counts[list(relations[number].parts)].sum()),
        )
    return matrix


def _other_table(
    matrix: csr_array,
    counts: NDArray[np.int64],
    concealed: NDArray[np.bool_],
    lowest: NDArray[np.int64],
    cell: int,
    goal: int,
) -> NDArray[np.int64]:
    """Find a change of the table under which ``cell`` is ``goal`` higher; what it touches is to be hidden.

    Sought first among the relations next to the cell, then farther out; the whole table always has an answer,
    since every count but zeros may grow in proportion.
    """
    movable = (counts > 0) | (concealed & (lowest == 0))
    reach = np.zeros(matrix.shape[1], dtype=np.bool_)
    reach[cell] = True
    near = np.zeros(matrix.shape[0], dtype=np.bool_)
    incidence = abs(matrix)
    steps = 3
    while True:
        before = near.copy()
        for _ in range(steps):
            near = (incidence @ reach.astype(np.int64)) > 0
            reach |= (incidence.T @ near.astype(np.int64)) > 0
        complete = bool((near == before).all())
        leads_out = (incidence.T @ (~near).astype(np.int64)) > 0
        inside = np.flatnonzero(reach & movable & ~leads_out)
        change = None
        if cell in inside:
            change = _least_change(
                matrix[np.flatnonzero(near)], counts, concealed, lowest, inside, cell, goal
            )
        if change is not None:
            return change
        if complete:
            raise DisclosureError(gettext_noop("No safe table was found for cell {cell}."), cell=cell)


def _least_change(
    matrix: csr_array,
    counts: NDArray[np.int64],
    concealed: NDArray[np.bool_],
    lowest: NDArray[np.int64],
    inside: NDArray[np.int64],
    cell: int,
    goal: int,
) -> NDArray[np.int64] | None:
    """Solve for the cheapest change of cells that keeps every relation; None if there is none.

    Variables are the rise and the fall of each cell inside. Hidden cells change for nothing, visible ones
    cost the root of their size.
    """
    size = len(inside)
    part = matrix[:, inside]
    cost = np.where(concealed[inside], 0.0, 1.0 + np.sqrt(counts[inside]))
    # A trace of cost keeps free cells from moving for no reason.
    cost = np.tile(cost + 1e-4, 2)
    fall = np.maximum(counts[inside] - lowest[inside], 0).astype(np.float64)
    fall[inside == cell] = 0.0
    solution = milp(
        cost,
        integrality=np.ones(2 * size),
        bounds=Bounds(
            np.concatenate([np.where(inside == cell, float(goal), 0.0), np.zeros(size)]),
            np.concatenate([np.full(size, np.inf), fall]),
        ),
        constraints=LinearConstraint(hstack([part, -part], format="csr"), 0, 0),
    )
    if solution.x is None:
        return None
    moved = (np.rint(solution.x[:size]) - np.rint(solution.x[size:])).astype(np.int64)
    if (part @ moved).any():
        return None
    change = np.zeros(len(counts), dtype=np.int64)
    change[inside] = moved
    return change
