"""Template tags of composed maps: what their script must know, and the signs of their legend."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from geo_registry.symbols import symbol_svg
from geo_registry.templatetags.map import map_config

from ..published.telling import LegendLine, Told

register = template.Library()


@register.simple_tag(takes_context=True)
def composed_config(context: dict[str, Any], told: Told | None = None) -> dict[str, Any]:
    """Return what the map's script must know; the map carries its own mark, date and source, not the site's."""
    config = map_config(context, None)
    config["words"] |= {
        "share": _("%(share)s within reach"),
        "hidden": _("not published"),
        "failed": _("The map could not be loaded. The tables say the same."),
        "previewFailed": _("The preview could not be loaded. What you entered is kept."),
    }
    if told is not None:
        # In short: the whole of it stands below the map.
        parts = [told.source, told.day, told.mark]
        config["attribution"] = [part for part in parts if part]
    return config


@register.simple_tag
def legend_sign(form: str, line: LegendLine) -> SafeString:
    """Return the sign of a line of the legend: a symbol, or a small drawing of a fill or a dot, hatched without a figure."""
    if form == "symbol":
        return mark_safe(symbol_svg(line.shape, line.glyph))  # noqa: S308 (escaped there)
    hatch = (
        '<g stroke="#6b6b6b" stroke-width="1"><path d="M1 9L9 1M1 15L15 1M5 17L21 1M11 17L23 5"/></g>'
        if line.colour is None
        else ""
    )
    colour = line.colour or "#ffffff"
    if form == "dot":
        drawn = f'<circle cx="9" cy="9" r="7" fill="{colour}" stroke="#6b5a4a"/>'
        hatch = hatch and '<g stroke="#4a4a4a"><path d="M4 12L12 4M7 15L15 7"/></g>'
    else:
        drawn = f'<rect x="1" y="1" width="22" height="16" fill="{colour}" stroke="#5f5b52"/>'
    # Colours are the palette's own; nothing here was typed by anybody.
    svg = f'<svg class="legend-sign" viewBox="0 0 24 18" aria-hidden="true">{drawn}{hatch}</svg>'
    return mark_safe(svg)  # noqa: S308


@register.filter
def megabytes(size: int) -> str:
    """Return a file's size as one would say it: kilobytes below a megabyte."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(round(size / 1000), 1)} kB"
