"""How much less a facility is worth the longer the way: weights by time, 1 at no time, 0 beyond the limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .errors import AnalysisError, gettext_noop

Weights = NDArray[np.float64]
DecayFunction = Callable[[NDArray[np.float64]], Weights]


@dataclass(frozen=True)
class Decay:
    """A named decay within a limit.

    Attributes
    ----------
    name
        What it is called in a run's parameters.
    limit_s
        Beyond it the weight is 0; at it, it is not cut off.
    of_seconds
        Weight of times within the limit.
    rings
        Where the weight goes by rings: the last millisecond of each and its weight, rising; else empty. The same weights
        as ``of_seconds``, in a form that is looked up faster.
    """

    name: str
    limit_s: float
    of_seconds: DecayFunction
    rings: tuple[tuple[int, float], ...] = ()

    def weights(self, time_ms: NDArray[np.integer]) -> Weights:
        """Weights of whole milliseconds; 0 beyond the limit."""
        seconds = np.asarray(time_ms, dtype=np.float64) / 1000.0
        return np.where(np.asarray(time_ms) <= round(self.limit_s * 1000), self.of_seconds(seconds), 0.0)


def step(limit_s: float) -> Decay:
    """All the same within the limit: 2SFCA and cumulative opportunities."""
    _positive("limit_s", limit_s)
    return Decay(f"step({limit_s:g})", limit_s, np.ones_like, rings=((round(limit_s * 1000), 1.0),))


def zones(limits_s: Sequence[float], weights: Sequence[float]) -> Decay:
    """One weight for each ring, its outer limit within it (Luo and Qi 2009).

    Raises
    ------
    AnalysisError
        If the limits do not rise, the weights rise or leave 0 to 1, or the two differ in number.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.decay import zones
    >>> zones([600, 1200, 1800], [1, 0.68, 0.22]).weights(np.array([600_000, 600_001, 1_800_001])).tolist()
    [1.0, 0.68, 0.0]
    """
    if not limits_s or len(limits_s) != len(weights):
        raise AnalysisError(
            gettext_noop("{limits} limits of rings have {weights} weights."),
            limits=len(limits_s),
            weights=len(weights),
        )
    for limit in limits_s:
        _positive("limit_s", limit)
    if any(b <= a for a, b in pairwise(limits_s)):
        raise AnalysisError(gettext_noop("The limits of rings must rise: {limits}."), limits=list(limits_s))
    falling = all(b <= a for a, b in pairwise(weights))
    if not falling or not all(0 <= weight <= 1 for weight in weights):
        raise AnalysisError(
            gettext_noop("The weights of rings must fall and lie between 0 and 1: {weights}."),
            weights=list(weights),
        )
    edges_ms = np.rint(1000 * np.asarray(limits_s, dtype=np.float64))
    table = np.append(np.asarray(weights, dtype=np.float64), 0.0)

    def of_seconds(seconds: NDArray[np.float64]) -> Weights:
        ring: Weights = table[np.searchsorted(edges_ms, np.rint(1000 * seconds), side="left")]
        return ring

    name = ",".join(f"{limit:g}:{weight:g}" for limit, weight in zip(limits_s, weights, strict=True))
    rings = tuple((int(end), float(weight)) for end, weight in zip(edges_ms, weights, strict=True))
    return Decay(f"zones({name})", limits_s[-1], of_seconds, rings=rings)


def gaussian(limit_s: float) -> Decay:
    """Bell-shaped, 1 at no time and 0 at the limit: (e^(-½(t/T)²) - e^(-½)) ÷ (1 - e^(-½)) (Dai 2010)."""
    _positive("limit_s", limit_s)
    least = np.exp(-0.5)

    def of_seconds(seconds: NDArray[np.float64]) -> Weights:
        bell: Weights = (np.exp(-0.5 * (seconds / limit_s) ** 2) - least) / (1.0 - least)
        return np.maximum(bell, 0.0)

    return Decay(f"gaussian({limit_s:g})", limit_s, of_seconds)


def exponential(limit_s: float, *, half_s: float) -> Decay:
    """Halves every ``half_s`` seconds, cut off at the limit."""
    _positive("limit_s", limit_s)
    _positive("half_s", half_s)
    return Decay(f"exponential({limit_s:g},{half_s:g})", limit_s, lambda seconds: 0.5 ** (seconds / half_s))


def power(limit_s: float, *, exponent: float, from_s: float = 60.0) -> Decay:
    """(t ÷ from)^-exponent, and 1 below ``from_s``, which keeps it from growing without end near a facility (Hansen 1959)."""
    _positive("limit_s", limit_s)
    _positive("exponent", exponent)
    _positive("from_s", from_s)
    return Decay(
        f"power({limit_s:g},{exponent:g},{from_s:g})",
        limit_s,
        lambda seconds: np.maximum(seconds / from_s, 1.0) ** -exponent,
    )


def linear(limit_s: float) -> Decay:
    """Falls evenly to 0 at the limit."""
    _positive("limit_s", limit_s)
    return Decay(f"linear({limit_s:g})", limit_s, lambda seconds: np.maximum(1.0 - seconds / limit_s, 0.0))


def epanechnikov(limit_s: float) -> Decay:
    """1 - (t/T)², the kernel of density estimates (Dai and Wang 2011)."""
    _positive("limit_s", limit_s)
    return Decay(
        f"epanechnikov({limit_s:g})", limit_s, lambda seconds: np.maximum(1.0 - (seconds / limit_s) ** 2, 0.0)
    )


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise AnalysisError(
            gettext_noop("{name} must be greater than 0; it is {value}."), name=name, value=value
        )
