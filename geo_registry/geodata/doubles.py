"""Places that are probably one: the same name, or nearly, and near one another."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .geometry import distance_m

# So many places of one name are no doubles but a name that is common (卫生室).
_TOO_COMMON = 200
_NOISE = re.compile(r"[\s·.,，。、()（）\-_“”\"']+")


@dataclass(frozen=True, slots=True)
class NearDouble:
    """Two places that are probably one.

    Parameters
    ----------
    first, second : int
        Their indices, the smaller first.
    metres : float
        How far apart they lie.
    """

    first: int
    second: int
    metres: float


def plain_name(name: str | None) -> str:
    """Return a name without width, case, blanks and punctuation: what two spellings of one name have in common."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold()) if name else ""


def near_doubles(
    names: Sequence[str | None], lon: object, lat: object, *, within_m: float = 300.0
) -> list[NearDouble]:
    """Find places of the same name that lie near one another.

    Parameters
    ----------
    names : sequence of str or None
    lon, lat : array_like of float, shape (n,)
        Degrees of EPSG:4490; NaN where a place has none.
    within_m : float
        How near is near.

    Returns
    -------
    list of NearDouble
        In the order of the first one.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        plain = plain_name(name)
        if plain and np.isfinite(x[index]) and np.isfinite(y[index]):
            by_name[plain].append(index)
    pairs = [
        pair for same in by_name.values() if 1 < len(same) <= _TOO_COMMON for pair in combinations(same, 2)
    ]
    if not pairs:
        return []
    first, second = np.array(pairs).T
    metres = distance_m(x[first], y[first], x[second], y[second])
    return sorted(
        (
            NearDouble(int(a), int(b), float(m))
            for a, b, m in zip(first, second, metres, strict=True)
            if m <= within_m
        ),
        key=lambda double: (double.first, double.second),
    )
