"""Python's collector of cycles, while hundreds of thousands of rows go by.

It counts what is made and not yet let go, and looks through all of it again and again: a file's rows, which make no cycles, and
everything that was loaded before them. Half of the time that it takes to spell a name went there.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# More than the objects of one chunk of rows that live at a time, so that most collections find little.
_YOUNG, _MIDDLE, _OLD = 100_000, 20, 20


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Look for cycles seldom, and never through what was there before; for one import at a time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
