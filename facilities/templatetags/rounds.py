"""Template filters of confirmation rounds."""

from __future__ import annotations

import datetime

from django import template

from ..services.freshness import Freshness

register = template.Library()


@register.filter
def warning(freshness: Freshness, as_of: datetime.date | None) -> str:
    """Say of a day that it is too long ago: ``{{ panel.freshness|warning:fact.as_of }}``."""
    return freshness.warning(as_of)
