"""What was met before among millions of rows, in a few bytes each."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_DIGEST_BYTES = 16
_DIGEST = np.dtype([("high", "<u8"), ("low", "<u8")])
_PAGE_BITS = 1 << 16


class FirstRows:
    """Keys of the rows of a file, and the row where each was met first: 20 bytes a key.

    Keys are told apart by digests of 128 bits, so that for two of them to be taken for one is beyond any file. They lie in sorted
    runs, of which neighbours of one size are merged.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint32]]] = []

    def meet(self, keys: Sequence[object], rows: Sequence[int]) -> list[int]:
        """Return the row where each key was met first, which is its own row if it is new.

        Parameters
        ----------
        keys : sequence
            Told apart by how they are written (``repr``).
        rows : sequence of int
        """
        digests = [hashlib.blake2b(repr(key).encode(), digest_size=_DIGEST_BYTES).digest() for key in keys]
        first: dict[bytes, int] = {}
        for digest, row in zip(digests, rows, strict=True):
            first.setdefault(digest, row)
        fresh = list(first)
        known = np.frombuffer(b"".join(fresh), dtype=_DIGEST)
        high, low = known["high"].copy(), known["low"].copy()
        before = np.zeros(len(fresh), dtype=bool)
        for run_high, run_low, run_rows in self._runs:
            for index, at in self._met(run_high, run_low, high, low):
                first[fresh[index]] = int(run_rows[at])
                before[index] = True
        numbers = np.fromiter((first[digest] for digest in fresh), dtype=np.uint32, count=len(fresh))
        self._add(high[~before], low[~before], numbers[~before])
        return [first[digest] for digest in digests]

    @staticmethod
    def _met(
        run_high: NDArray[np.uint64],
        run_low: NDArray[np.uint64],
        high: NDArray[np.uint64],
        low: NDArray[np.uint64],
    ) -> Iterable[tuple[int, int]]:
        """Yield which digests are in a run, and where."""
        begins = np.searchsorted(run_high, high, side="left")
        ends = np.searchsorted(run_high, high, side="right")
        for index in np.flatnonzero(ends > begins).tolist():
            for at in range(int(begins[index]), int(ends[index])):
                if run_low[at] == low[index]:
                    yield index, at

    def _add(self, high: NDArray[np.uint64], low: NDArray[np.uint64], rows: NDArray[np.uint32]) -> None:
        if not len(high):
            return
        while self._runs and len(self._runs[-1][0]) <= len(high):
            old_high, old_low, old_rows = self._runs.pop()
            high, low = np.concatenate((old_high, high)), np.concatenate((old_low, low))
            rows = np.concatenate((old_rows, rows))
        order = np.argsort(high, kind="stable")
        self._runs.append((high[order], low[order], rows[order]))


class Numbers:
    """A set of whole numbers such as primary keys, which mostly follow one another: a bit each."""

    def __init__(self) -> None:
        self._pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(_PAGE_BITS // 8))

    def add(self, number: int) -> None:
        """Add a number, not negative."""
        page, bit = divmod(number, _PAGE_BITS)
        self._pages[page][bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, number: object) -> bool:
        """Tell whether a number was added."""
        if not isinstance(number, int):
            return False
        page, bit = divmod(number, _PAGE_BITS)
        held = self._pages.get(page)
        return held is not None and bool(held[bit >> 3] & 1 << (bit & 7))
