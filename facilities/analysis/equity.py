"""Who gets how much: Gini, Lorenz, the slowest tenth, the worst division. Weighted by people.

A value that is NaN is *unknown* and one that is infinite is *beyond reach*: both are counted and shown beside the figure,
neither is taken for a number.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .errors import AnalysisError, gettext_noop

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Equity:
    """How evenly something is shared out.

    Attributes
    ----------
    people, people_unknown, people_beyond
        All of them; those whose value is unknown; those beyond reach.
    mean
        Weighted, of finite values; NaN where there are none.
    gini
        0 all alike, towards 1 one has all; of finite values; NaN where everybody has 0 or nobody is known.
    p90
        The value that nine in ten of the known people have, or better; infinite where more than a tenth is beyond reach.
    share_above
        Share of all people whose value is known to be better than the threshold or equal to it (more access, less time).
    worst_division, worst_mean
        The division with the worst mean, a division with people beyond reach before any other; None without known people.
    """

    people: float
    people_unknown: float
    people_beyond: float
    mean: float
    gini: float
    p90: float
    share_above: float
    worst_division: Hashable | None
    worst_mean: float


def lorenz(values: ArrayLike, people: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The Lorenz curve: what share of the whole the worst-off share of people has.

    Parameters
    ----------
    values
        What each place's people have each, 0 or more.
    people
        How many they are, 0 or more.

    Returns
    -------
    tuple
        Shares of people and shares of the whole, both from 0 to 1 and rising; people with equal values are one step.

    Raises
    ------
    AnalysisError
        On a value that is negative or not finite, a negative count, nobody at all, or nothing to share out.

    Examples
    --------
    >>> from facilities.analysis.equity import lorenz
    >>> people, whole = lorenz([1, 3], [50, 50])
    >>> people.tolist(), whole.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    value, weight = _checked(values, people)
    if len(value) and not np.isfinite(value).all():
        raise AnalysisError(gettext_noop("A Lorenz curve needs values that are known and within reach."))
    if weight.sum() == 0:
        raise AnalysisError(gettext_noop("Nobody is counted: nothing can be said of how people share."))
    inhabited = weight > 0
    level, step = np.unique(value[inhabited], return_inverse=True)
    at_level = np.bincount(step, weights=weight[inhabited])
    whole = np.cumsum(at_level * level)
    if whole[-1] == 0:
        raise AnalysisError(gettext_noop("Everybody has nothing: there is nothing to share out."))
    below = np.cumsum(at_level)
    return np.concatenate([[0.0], below / below[-1]]), np.concatenate([[0.0], whole / whole[-1]])


def gini(values: ArrayLike, people: ArrayLike) -> float:
    """The weighted Gini coefficient: 1 less twice the area under the Lorenz curve.

    Equal to Σᵢⱼ pᵢ pⱼ |xᵢ - xⱼ| ÷ (2 x̄ (Σp)²).

    Raises
    ------
    AnalysisError
        As in :func:`lorenz`.

    Examples
    --------
    >>> from facilities.analysis.equity import gini
    >>> gini([1, 3], [50, 50]), gini([2, 2, 2], [1, 5, 9])
    (0.25, 0.0)
    """
    people_share, whole_share = lorenz(values, people)
    twice_area = float(np.diff(people_share) @ (whole_share[1:] + whole_share[:-1]))
    return max(1.0 - twice_area, 0.0)


def weighted_quantile(values: ArrayLike, people: ArrayLike, share: float) -> float:
    """The least value that at least this share of people does not exceed: no value in between is made up.

    Raises
    ------
    AnalysisError
        On a share outside 0 to 1, a value that is NaN or negative, or nobody at all.

    Examples
    --------
    >>> from facilities.analysis.equity import weighted_quantile
    >>> weighted_quantile([5, 10, 40], [60, 30, 10], 0.9)
    10.0
    """
    if not 0 <= share <= 1:
        raise AnalysisError(gettext_noop("A share must lie between 0 and 1; it is {value}."), value=share)
    value, weight = _checked(values, people)
    if np.isnan(value).any():
        raise AnalysisError(gettext_noop("A quantile needs values that are known."))
    if weight.sum() == 0:
        raise AnalysisError(gettext_noop("Nobody is counted: nothing can be said of how people share."))
    inhabited = weight > 0
    value, weight = value[inhabited], weight[inhabited]
    order = np.argsort(value, kind="stable")
    below = np.cumsum(weight[order])
    # Whole numbers of people are exact; a share such as 0.9 is not, hence the last digits.
    place = int(np.searchsorted(below, share * below[-1] * (1 - 1e-12), side="left"))
    return float(value[order][min(place, len(order) - 1)])


def equity(
    values: ArrayLike,
    people: ArrayLike,
    *,
    division: Sequence[Hashable],
    better: Literal["more", "less"],
    threshold: float,
) -> Equity:
    """Describe how something is shared out among people and divisions.

    Parameters
    ----------
    values
        For each place: access (more is better) or time (less is better). NaN is unknown, infinite is beyond reach.
    people
        How many live there.
    division
        In which division each place lies.
    better
        Whether more or less is better.
    threshold
        What counts as good enough, inclusive.

    Raises
    ------
    AnalysisError
        On negative values or counts, lengths that differ, or nobody at all.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.equity import equity
    >>> minutes = [5, 10, 40, np.nan]
    >>> answer = equity(minutes, [60, 30, 10, 20], division=["A", "A", "B", "B"], better="less", threshold=15)
    >>> answer.p90, answer.worst_division, answer.people_unknown, answer.share_above
    (10.0, 'B', 20.0, 0.75)
    """
    value, weight = _checked(values, people)
    if len(division) != len(value):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=len(division),
            expected=len(value),
        )
    if weight.sum() == 0:
        raise AnalysisError(gettext_noop("Nobody is counted: nothing can be said of how people share."))
    unknown, beyond = np.isnan(value), np.isinf(value)
    if better == "more" and beyond.any():
        raise AnalysisError(
            gettext_noop("Nobody has endless access: the value in row {row}."), row=int(beyond.argmax())
        )
    finite = ~unknown & ~beyond & (weight > 0)
    known = ~unknown & (weight > 0)
    total = weight[finite] @ value[finite]
    good = value >= threshold if better == "more" else value <= threshold
    worst, worst_mean = _worst(value, weight, division, known, better)
    return Equity(
        people=float(weight.sum()),
        people_unknown=float(weight[unknown].sum()),
        people_beyond=float(weight[beyond].sum()),
        mean=float(total / weight[finite].sum()) if finite.any() else float("nan"),
        gini=gini(value[finite], weight[finite]) if total > 0 else float("nan"),
        p90=_nine_in_ten(value[known], weight[known], better),
        share_above=float(weight[good & ~unknown].sum() / weight.sum()),
        worst_division=worst,
        worst_mean=worst_mean,
    )


def _nine_in_ten(value: FloatArray, weight: FloatArray, better: str) -> float:
    if not len(value):
        return float("nan")
    if better == "less":
        return weighted_quantile(value, weight, 0.9)
    # What nine in ten have or more: the same question with the order turned round.
    order = np.argsort(-value, kind="stable")
    above = np.cumsum(weight[order])
    place = int(np.searchsorted(above, 0.9 * above[-1] * (1 - 1e-12), side="left"))
    return float(value[order][place])


def _worst(
    value: FloatArray, weight: FloatArray, division: Sequence[Hashable], known: NDArray[np.bool_], better: str
) -> tuple[Hashable | None, float]:
    """The division with the worst mean; of two equally bad the one that comes first."""
    rows = np.flatnonzero(known)
    if not len(rows):
        return None, float("nan")
    names = np.empty(len(division), dtype=object)
    names[:] = list(division)
    number, distinct = pd.factorize(names[rows])  # numbered as they come
    total = np.bincount(number, weights=weight[rows] * value[rows])
    mean = total / np.bincount(number, weights=weight[rows])
    worst = int(mean.argmin() if better == "more" else mean.argmax())
    return distinct[worst], float(mean[worst])


def _checked(values: ArrayLike, people: ArrayLike) -> tuple[FloatArray, FloatArray]:
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if value.shape != weight.shape or value.ndim != 1:
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=value.size,
            expected=weight.size,
        )
    if (value < 0).any():
        raise AnalysisError(
            gettext_noop("The value in row {row} is negative: {value}."),
            row=int((value < 0).argmax()),
            value=float(value[(value < 0).argmax()]),
        )
    wrong = ~((weight >= 0) & np.isfinite(weight))
    if wrong.any():
        raise AnalysisError(
            gettext_noop("The number of people in row {row} is not one: {value}."),
            row=int(wrong.argmax()),
            value=float(weight[wrong.argmax()]),
        )
    return value, weight
