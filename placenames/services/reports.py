"""What the public may report of a place name."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Role
from geo_registry.reports import registry
from geo_registry.reports.registry import Subject, Topic

from ..models import Place
from .public_page import place_page, shapes_of, valid_short_id
from .signs import reported


def find(short_id: str) -> Subject | None:
    """Return the public place with a permanent address, under the name it goes by; or ``None``."""
    try:
        page = place_page(valid_short_id(short_id))
    except Place.DoesNotExist:
        return None
    place = page.place
    return Subject(
        key=place.short_id,
        name=page.name.text,
        division=place.named_division or place.division,
        point=_middle(place),
        url=reverse("placenames:place", args=[place.short_id]),
        source=place.source,
    )


def _middle(place: Place) -> Any:
    """Return a point on what the public is shown of the place, or ``None``."""
    shapes = shapes_of(place)
    return shapes[0].geometry.point_on_surface if shapes else None


def signs_address(short_id: str) -> str:
    """Return the office's list of the place's signs: what is reported of one is seen to there."""
    place = Place.objects.filter(short_id=valid_short_id(short_id)).first()
    name = place.current_name() if place is not None else None
    return reverse("signs:list") + "?" + urlencode({"q": name.text}) if name is not None else ""


def register() -> None:
    """Make it known."""
    registry.register(
        registry.Kind(
            code=reported.KIND,
            label=_("place name"),
            topics=(Topic.NAME, Topic.SIGN, Topic.PLACE, Topic.GONE, Topic.OTHER),
            find=find,
            county_role=Role.NAME_OFFICER,
            office_url=signs_address,
            links=reported.links_of,
        )
    )
