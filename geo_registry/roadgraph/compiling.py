"""How a loop becomes machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    """Compile at the first call, for calls that other threads run beside.

    What was compiled is kept on disk for the next process. Where neither the package's folder nor the user's cache can be
    written, numba raises at once, and the loop is compiled anew in each process.
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)
