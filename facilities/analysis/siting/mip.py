"""Whole-number programs, solved by HiGHS until a proof, a time limit or a request to stop.

One thread and a fixed seed: the same question has the same answer, ties included. The solver is given no point to begin from: HiGHS
1.16.0, where presolving alone solves a program, reports the value of the optimum and hands back the point that it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array

from ..errors import gettext_noop
from .problem import FloatArray, IntArray, SitingError, StopCheck, StoppedError

INFINITY = float("inf")


@dataclass(kw_only=True)
class Rows:
    """Constraints, gathered as blocks of coefficients."""

    row: list[IntArray] = field(default_factory=list)
    column: list[IntArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)

    def add(self, columns: ArrayLike, values: ArrayLike, *, lower: float, upper: float) -> None:
        """Add one constraint: lower ≤ Σ values · columns ≤ upper."""
        of = np.asarray(columns, dtype=np.int64)
        self.row.append(np.full(len(of), len(self.lower), dtype=np.int64))
        self.column.append(of)
        self.value.append(np.broadcast_to(np.asarray(values, dtype=np.float64), of.shape))
        self.lower.append(lower)
        self.upper.append(upper)

    def add_block(
        self, row: IntArray, column: IntArray, value: FloatArray, *, lower: FloatArray, upper: FloatArray
    ) -> None:
        """Add many constraints at once; ``row`` counts from 0 within the block."""
        self.row.append(np.asarray(row, dtype=np.int64) + len(self.lower))
        self.column.append(np.asarray(column, dtype=np.int64))
        self.value.append(np.asarray(value, dtype=np.float64))
        self.lower.extend(np.asarray(lower, dtype=np.float64).tolist())
        self.upper.extend(np.asarray(upper, dtype=np.float64).tolist())


@dataclass(frozen=True, kw_only=True)
class Program:
    """Minimise cost · x with lower ≤ x ≤ upper, some of x whole, under :class:`Rows`."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: NDArray[np.bool_]
    rows: Rows


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The best point found.

    Attributes
    ----------
    x
        The point; ``None`` if time ran out before one was found.
    value, bound
        Its cost, and what no point undercuts.
    is_optimal
        Whether it is proved to be the best.
    """

    x: FloatArray | None
    value: float
    bound: float
    is_optimal: bool


class _Quiet(highspy.Highs):
    """A solver that prints nothing, not even its name: what a command prints may be read by a program."""

    def enableCallbacks(self) -> None:  # noqa: N802 -- the solver's own method, which it calls as it is made
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve(program: Program, *, stop: StopCheck, time_limit_s: float) -> Solution | None:
    """Solve a program; ``None`` if nothing satisfies its constraints.

    Raises
    ------
    StoppedError
        If the caller asks to stop.
    SitingError
        If the solver gives up for a reason of its own, or its point is not worth what it says.
    """
    if not len(program.cost):
        lower, upper = np.array(program.rows.lower), np.array(program.rows.upper)
        is_met = bool(((lower <= 1e-9) & (upper >= -1e-9)).all())
        return Solution(x=np.zeros(0), value=0.0, bound=0.0, is_optimal=True) if is_met else None
    highs = _Quiet()  # type: ignore[no-untyped-call]
    for name, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 1e-6),
        ("time_limit", float(time_limit_s)),
    ):
        highs.setOptionValue(name, value)
    highs.passModel(_model(program))
    asked = False

    def ask(event: Any) -> None:
        nonlocal asked
        if stop():
            asked = True
            event.interrupt()

    highs.cbMipInterrupt += ask
    highs.cbSimplexInterrupt += ask
    highs.run()
    if asked:
        raise StoppedError
    return _solution(highs, program)


def _model(program: Program) -> highspy.HighsLp:
    rows = program.rows
    columns, count = len(program.cost), len(rows.lower)
    matrix = coo_array(
        (_joined(rows.value, np.float64), (_joined(rows.row, np.int64), _joined(rows.column, np.int64))),
        shape=(count, columns),
    ).tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, count
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_ = np.array(rows.lower, dtype=np.float64)
    lp.row_upper_ = np.array(rows.upper, dtype=np.float64)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if program.whole.any():
        lp.integrality_ = [kinds[int(whole)] for whole in program.whole]
    return lp


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)


def _solution(highs: highspy.Highs, program: Program) -> Solution | None:
    status = highs.getModelStatus()
    states = highspy.HighsModelStatus
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return None
    if status not in (states.kOptimal, states.kTimeLimit, states.kModelEmpty):
        raise SitingError(
            gettext_noop("The solver ended without an answer: {status}."),
            status=highs.modelStatusToString(status),
        )
    info = highs.getInfo()
    optimal = status != states.kTimeLimit
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(highs.getSolution().col_value, dtype=np.float64) if has_point else None
    value = float(program.cost @ x) if x is not None else INFINITY
    said = float(info.objective_function_value)
    if x is not None and abs(value - said) > 1e-6 * max(1.0, abs(said)):
        raise SitingError(
            gettext_noop("The solver says that its choice is worth {said}; counted again it is {value}."),
            said=said,
            value=value,
        )
    bound = value if optimal else (float(info.mip_dual_bound) if program.whole.any() else -INFINITY)
    return Solution(x=x, value=value, bound=bound, is_optimal=optimal)
