"""What the pages of history leave out of tables of place names."""

from __future__ import annotations

from geo_registry.accounts import history
from geo_registry.accounts.history import Manner

from ..models import NameCase


def register() -> None:
    """Leave out what no person wrote: what the checks found is told anew to each reader, as far as he or she may know it."""
    history.register(NameCase, Manner(left_out=frozenset({"findings"})))
