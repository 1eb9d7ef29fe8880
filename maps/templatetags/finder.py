"""Template tags of the public page."""

from __future__ import annotations

from django import template

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
