"""Template tags of the public page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django import template

from facilities.services.freshness import Freshness, Verified

from ..finder import POSITION_DECIMALS, Finder

register = template.Library()


@register.simple_tag
def finder_url(state: Finder, route: str = "maps:home", **changes: object) -> str:
    """Return the address of the page's state with changes: ``{% finder_url state need=need %}``."""
    return state.url(route, **changes)


@register.filter
def in_operation_class(state: str) -> str:
    """Return the class that repeats, in colour, what the words of opening say."""
    return {"open": "state-good", "later": ""}.get(state, "state-none")


@register.filter
def dialable(phone: str) -> str:
    """Return a telephone number as ``tel:`` links write it."""
    return "".join(character for character in phone if character.isdigit() or character == "+")


@register.filter
def unlocalize_coordinate(degrees: float) -> str:
    """Return degrees as addresses write them, rounded as positions are."""
    return f"{degrees:.{POSITION_DECIMALS}f}"


@register.filter
def stale(as_of: datetime.date | None, freshness: Freshness | None) -> str:
    """Say of a day that it is too long ago: ``{{ reading.as_of|stale:freshness }}``; nothing of others."""
    return freshness.warning(as_of) if freshness else ""


@register.filter
def fact(verified: Mapping[str, Verified], code: str) -> Verified | None:
    """Return when a fact was verified: ``{{ page.verified|fact:"opening_hours" }}``."""
    return verified.get(code)
