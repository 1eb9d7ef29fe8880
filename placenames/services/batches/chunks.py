"""Many names, some at a time, with word of how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from geo_registry.jobs.work import Progress

AT_A_TIME: Final = 1_000


def chunks(pks: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield primary keys some at a time, each time with how many there are up to the last of them."""
    for start in range(0, len(pks), AT_A_TIME):
        some = pks[start : start + AT_A_TIME]
        yield start + len(some), some


def tell(progress: Progress | None, done: int, total: int, message: str) -> None:
    """Say how far it is to whoever wants to know."""
    if progress is not None:
        progress.step(done, total, message)
