"""What stands there, against what is required."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph.plane import segment_lengths_m

from .rules import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A sign that stands.

    Attributes
    ----------
    owner
        What it names: the same key that the required site has.
    lon, lat
        Degrees (EPSG:4490).
    current
        Whether it shows the name that holds today.
    """

    owner: Hashable
    lon: float
    lat: float
    current: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Required sites minus what stands there, by their places in what was given.

    Attributes
    ----------
    served
        Pairs of site and sign: the sign shows the current name.
    missing
        Sites that no sign serves; a site with two posts stands here once for each that is missing.
    wrong_name
        Pairs of site and sign: the sign shows another name and is to be replaced where it stands.
    surplus
        Signs that serve no site.
    """

    served: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    wrong_name: tuple[tuple[int, int], ...]
    surplus: tuple[int, ...]


def compare(
    sites: Sequence[tuple[Hashable, Site]], standing: Sequence[Standing], *, match_m: float
) -> Comparison:
    """Give each required post a sign of its own, if one stands near enough.

    Of all pairs of a site and a sign of one owner within ``match_m``, the nearest come first, those that show the current
    name before the others; each post and each sign is used once.

    Parameters
    ----------
    sites
        Owner and site.
    standing
        The signs that stand, whether in good order or not.
    match_m
        How far a sign may stand from its site, inclusive.
    """
    signs_of: dict[Hashable, list[int]] = defaultdict(list)
    for i, sign in enumerate(standing):
        signs_of[sign.owner].append(i)
    pairs: list[tuple[bool, float, int, int]] = []
    for at, (owner, site) in enumerate(sites):
        near = signs_of.get(owner)
        if near:
            apart = _apart_m(site, [standing[i] for i in near])
            pairs += [
                (not standing[i].current, round(float(metres), 3), at, i)
                for i, metres in zip(near, apart, strict=True)
                if metres <= match_m
            ]
    left = [site.posts for _owner, site in sites]
    used: set[int] = set()
    served: list[tuple[int, int]] = []
    wrong: list[tuple[int, int]] = []
    for outdated, _metres, at, sign_index in sorted(pairs):
        if left[at] and sign_index not in used:
            left[at] -= 1
            used.add(sign_index)
            (wrong if outdated else served).append((at, sign_index))
    return Comparison(
        served=tuple(sorted(served)), wrong_name=tuple(sorted(wrong)),
        missing=tuple(at for at, count in enumerate(left) for _ in range(count)),
        surplus=tuple(i for i in range(len(standing)) if i not in used),
    )  # fmt: skip


def _apart_m(site: Site, signs: Sequence[Standing]) -> NDArray[np.float64]:
    there = np.array([[sign.lon, sign.lat] for sign in signs])
    return segment_lengths_m(np.repeat([[site.lon, site.lat]], len(signs), axis=0), there)
