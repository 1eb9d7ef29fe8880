"""Places that the same sites reach are one row: most of a county's places are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import FloatArray, IntArray, Reach, weighed


@dataclass(frozen=True, kw_only=True)
class MergedRows:
    """Sets of sites, each once.

    Attributes
    ----------
    row, site
        Every pair of a merged row and a site that is in it.
    weight
        What the places of each row weigh together.
    area
        Area of each row, where areas count; else -1.
    of_place
        Merged row of each place; -1 for a place that none of the sites reaches.
    """

    row: IntArray
    site: IntArray
    weight: FloatArray
    area: IntArray
    of_place: IntArray

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.weight)


def merge_places(
    reach: Reach, people: FloatArray, *, sites: NDArray[np.bool_], area: IntArray | None = None
) -> MergedRows:
    """Merge places that the same of the chosen sites reach (and that lie in the same area).

    Two sums of random numbers tell sets apart; that two different sets agree in all 128 bits does not happen.
    """
    keep = sites[reach.site]
    site, place = reach.site[keep].astype(np.int64), reach.place[keep].astype(np.int64)
    random = np.random.default_rng(20_240_325)
    marks = random.integers(0, 2**64, size=(2, reach.sites), dtype=np.uint64)
    order = np.argsort(place, kind="stable")
    site, place = site[order], place[order]
    first = (
        np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else np.zeros(0, dtype=np.int64)
    )
    reached = place[first]
    of_area = np.full(len(reached), -1) if area is None else area[reached]
    keys = [np.add.reduceat(mark[site], first) if len(first) else np.zeros(0, np.uint64) for mark in marks]
    sort = np.lexsort((keys[1], keys[0], of_area))
    new = np.zeros(len(sort), dtype=np.bool_)
    new[:1] = True
    for values in (of_area, *keys):
        new[1:] |= values[sort][1:] != values[sort][:-1]
    number = np.empty(len(sort), dtype=np.int64)
    number[sort] = np.cumsum(new) - 1
    count = int(new.sum())
    of_place = np.full(reach.places, -1, dtype=np.int64)
    of_place[reached] = number
    weight = weighed(number, people[reached], count=count)
    # One place speaks for its row.
    speaker = np.zeros(count, dtype=np.int64)
    speaker[number[::-1]] = np.arange(len(reached))[::-1]
    speaks = np.zeros(len(reached), dtype=np.bool_)
    speaks[speaker] = True
    lengths = np.diff(np.r_[first, len(place)])
    pairs = np.repeat(speaks, lengths)
    return MergedRows(
        row=np.repeat(number, lengths)[pairs],
        site=site[pairs],
        weight=weight,
        area=of_area[speaker] if count else np.zeros(0, dtype=np.int64),
        of_place=of_place,
    )
