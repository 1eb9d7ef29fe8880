"""Moments as addresses and forms bring them."""

from __future__ import annotations

import datetime


def moment(text: str) -> datetime.datetime | None:
    """Return a moment written as ISO 8601 has it, with its zone; ``None`` for anything else."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
