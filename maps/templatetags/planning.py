"""Figures of the workspace as people write them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def figure(value: Decimal | float | None) -> str:
    """Return a number with separators and at most one decimal place, rounded; a dash for none."""
    if value is None or value == "":
        return "—"
    whole = float(value) == int(value)
    return number_format(
        int(value) if whole else round(float(value), 1), 0 if whole else 1, use_l10n=True, force_grouping=True
    )


@register.filter
def signed(value: float | None) -> str:
    """Return a change with its sign: +120, −35, 0."""
    if value is None:
        return "—"
    return f"+{figure(value)}" if value > 0 else f"−{figure(-value)}" if value < 0 else "0"
