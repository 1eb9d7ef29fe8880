"""Template tags of the pages of imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from geo_registry.geodata.gauss_kruger import Zone, zone_named, zone_of_epsg

from ..services.neutral import said
from ..services.previewing import OUTCOME_LABELS

register = template.Library()


# So many remarks that are only told stand open above the rows; more are folded.
_REMARKS_OPEN = 3


@register.inclusion_tag("imports/remarks_on_file.html")
def remarks_on_file(issues: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tell what is to be known of a whole file: a large one may have a line for each check that could not be made."""
    told = [issue for issue in issues if issue.get("severity") == "note"]
    if len(told) <= _REMARKS_OPEN:
        return {"open": issues, "folded": []}
    return {"open": [issue for issue in issues if issue not in told], "folded": told}


@register.filter
def sentence(issue: Mapping[str, Any]) -> str:
    """Return a kept remark in the reader's language."""
    return said(issue["m"])


@register.filter
def kept_sentence(stored: Mapping[str, Any] | None) -> str:
    """Return a kept sentence in the reader's language."""
    return said(stored) if stored else ""


@register.filter
def layer_name(name: str, file_name: str) -> str:
    """Return what people call a layer: those of a GPX have no names of their own."""
    if not file_name.lower().endswith(".gpx"):
        return name
    words = {
        "waypoints": _("waypoints"), "routes": _("routes"), "route_points": _("points of routes"), "tracks": _("tracks"),
        "track_points": _("points of tracks"),
    }  # fmt: skip
    return words.get(name, name)


@register.filter
def system_name(system: Mapping[str, Any]) -> str:
    """Return what people here call a co-ordinate system."""
    key = str(system["key"])
    zone = _zone_of(key)
    return _usual_systems().get(key, f"{zone.name.render(_) if zone else system['name']} ({key[:20]})")


@register.filter
def key_name(key: str) -> str:
    """Return what people here call a co-ordinate system, given what it is recorded as."""
    zone = _zone_of(key)
    return _usual_systems().get(key, f"{zone.name.render(_)} ({key})" if zone else key)


def _zone_of(key: str) -> Zone | None:
    authority, _colon, code = key.partition(":")
    return zone_of_epsg(int(code)) if authority == "EPSG" and code.isdecimal() else None


def _usual_systems() -> dict[str, str]:
    return {
        "EPSG:4490": _("CGCS2000 (EPSG:4490)"),
        "EPSG:4326": _("WGS 84, as telephones have it (EPSG:4326)"),
        "GCJ-02": _("GCJ-02 (Amap, Tencent)"),
        "BD-09": _("BD-09 (Baidu)"),
    }


@register.filter
def crs_name(name: str) -> str:
    """Return a co-ordinate system by the name that offices use for the usual ones."""
    zone = zone_named(name)
    return (
        zone.name.render(_) if zone else {"China Geodetic Coordinate System 2000": "CGCS2000"}.get(name, name)
    )


@register.filter
def encoding_name(codec: str) -> str:
    """Return what programs that save files call a text encoding; others as they are written."""
    names = {
        "utf-8": "UTF-8",
        "utf-8-sig": "UTF-8",
        "utf-16": _("Unicode (UTF-16)"),
        "utf-16-le": _("Unicode (UTF-16)"),
        "utf-16-be": _("Unicode (UTF-16, big-endian)"),
        "gb18030": _("Simplified Chinese (GB18030, GBK)"),
        "gbk": _("Simplified Chinese (GBK)"),
        "gb2312": _("Simplified Chinese (GB2312)"),
        "big5": _("Traditional Chinese (Big5)"),
        "cp950": _("Traditional Chinese (Big5)"),
        "cp1252": _("Western European (Windows-1252)"),
    }
    return names.get(codec.lower().replace("_", "-"), codec.upper())


@register.filter
def outcome_word(outcome: str) -> str:
    """Return what an outcome is called; a row that was not there has none."""
    return str(OUTCOME_LABELS.get(outcome, "-"))


@register.simple_tag
def conflict_url(conflict: Mapping[str, Any]) -> str:
    """Return the address of a record's history, or nothing where it has no page."""
    app_label, _dot, name = str(conflict["model"]).partition(".")
    try:
        return reverse(f"admin:{app_label}_{name}_history", args=[conflict["pk"]])
    except NoReverseMatch:
        return ""


@register.filter
def conflict_word(conflict: Mapping[str, Any]) -> str:
    """Return why a record is not undone."""
    why = str(conflict["why"])
    if why.startswith("depended:"):
        try:
            model = apps.get_model(why.removeprefix("depended:"))
        except LookupError:
            return _("others depend on it")
        return _("%(records)s depend on it") % {"records": model._meta.verbose_name_plural}
    return {"edited": _("edited since"), "removed": _("removed since")}.get(why, _("edited since"))


@register.simple_tag
def import_words() -> dict[str, str]:
    """Return the words of the map's script."""
    return {
        "row": _("Row %(row)s"),
        "drag": _("Drag it to where it really is, or move it with the arrow keys and press Enter."),
        "picked": _("Row %(row)s lies here once you keep it."),
        "failed": _("It could not be moved. Try again."),
        "none": _("No row of this group has a place on the map."),
    }
