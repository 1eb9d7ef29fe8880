"""Template tags for maps: symbols, and what the map's script must know."""

from __future__ import annotations

import datetime
import math
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo_registry.symbols import definition, symbol_svg
from geo_registry.territory.geography import home_extent

from .site import day, html_lang_of, installation

register = template.Library()


@register.simple_tag
def map_symbol(kind: Any, *, hollow: bool = False, title: str = "") -> SafeString:
    """Return the symbol of anything with a ``shape`` and a ``glyph``."""
    return mark_safe(symbol_svg(kind.shape, kind.glyph, hollow=hollow, title=title))  # noqa: S308 (escaped there)


@register.filter
def distance(metres: float | None) -> str:
    """Return metres in words: no more exact than a position is, and the unit said."""
    if metres is None:
        return ""
    if metres < 100:
        return _("less than 100 m")
    if metres < 1000:
        return _("about %(metres)d m") % {"metres": round(metres / 50) * 50}
    if metres < 10_000:
        return _("about %(kilometres).1f km") % {"kilometres": metres / 1000}
    return _("about %(kilometres)d km") % {"kilometres": round(metres / 1000)}


@register.filter
def on_foot(seconds: int | None) -> str:
    """Return a time on foot in whole minutes, rounded up."""
    if seconds is None:
        return ""
    return _("about %(minutes)d min on foot") % {"minutes": max(1, math.ceil(seconds / 60))}


@register.simple_tag(takes_context=True)
def map_config(context: dict[str, Any], data_date: datetime.date | None = None) -> dict[str, Any]:
    """Return what ``site/js/map`` must know, to be written with ``json_script``.

    Parameters
    ----------
    context
        The template's context; ``site`` is the installation.
    data_date
        The day of the data shown, if known.
    """
    site = installation(context)
    number = site.map_review_number
    called = _("Map review number")
    review = f"{called} {number}" if number else _("Internal use only")
    date_words = _("Data as of %(day)s") % {"day": day(data_date)} if data_date else ""
    source = _("Map: %(office)s") % {"office": site.office_name} if site.office_name else ""
    return {
        "libraries": {
            "styles": [
                static("vendor/leaflet/leaflet.css"),
                static("vendor/leaflet.markercluster/MarkerCluster.css"),
            ],
            "leaflet": static("vendor/leaflet/leaflet.js"),
            "clusters": static("vendor/leaflet.markercluster/leaflet.markercluster.js"),
            "tiles": static("vendor/protomaps-leaflet/protomaps-leaflet.js"),
        },
        "tiles": reverse("maps:tile", args=["base", 0, 0, 0]).replace("0/0/0", "{z}/{x}/{y}"),
        "bounds": home_extent(),
        "language": html_lang_of(get_language() or ""),
        "attribution": [text for text in (source, date_words, review) if text],
        "shapes": definition(),
        "words": {
            "zoomIn": _("Zoom in"),
            "zoomOut": _("Zoom out"),
            "close": _("Close"),
            "metres": _("m"),
            "kilometres": _("km"),
            "grouped": _("%(count)s places close together"),
            "failed": _("The map could not be loaded. The list shows the same places."),
        },
    }
