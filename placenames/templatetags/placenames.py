"""Template tags of place names: years, languages, addresses of the list."""

from __future__ import annotations

import datetime
import math

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from geo_registry.reference.models import ReferenceValue
from geo_registry.reference.units import unit_after_figure
from geo_registry.territory.models import Division, Level
from placenames.models import Ground, Name, PlaceFile, SiteReason, StoryFile
from placenames.naming import without_committee

register = template.Library()


@register.filter
def years(name: Name) -> str:
    """Return the years in which a name held: 1985年—2004年, 至2004年, 2004年起; nothing where none is known."""
    begins = name.valid_from.year if name.valid_from else None
    ends = name.valid_to.year if name.valid_to else None
    if begins and ends:
        if begins == ends:
            return _("in %(year)d") % {"year": begins}
        return _("%(begins)d to %(ends)d") % {"begins": begins, "ends": ends}
    if begins:
        return _("since %(year)d") % {"year": begins}
    return _("until %(year)d") % {"year": ends} if ends else ""


@register.filter
def html_lang_of_name(name: Name) -> str:
    """Return a name's language as HTML writes it; Chinese names are in simplified characters."""
    return "zh-Hans" if name.language == "zh" else name.language


@register.filter
def file_facts(file: PlaceFile | StoryFile) -> SafeString:
    """Return what a file is, of which name, in which language, by whom and when: as much of it as is known."""
    facts = []
    if isinstance(file, PlaceFile):
        name = format_html('<span lang="zh-Hans">{}</span>', file.name.text) if file.name is not None else ""
        facts = [file.get_role_display(), name, file.language]
    known = [fact for fact in (*facts, file.author, file.made_when) if fact]
    return format_html_join(" · ", "{}", ((fact,) for fact in known))


@register.filter
def length_class(text: str) -> str:
    """Return a class for the size that a name is set in: short ones large, long ones so that they do not break."""
    return "name-short" if len(text) <= 4 else "name-middle" if len(text) <= 8 else "name-long"


@register.filter
def area_name(division: Division) -> str:
    """Return what an area is called: code lists name the committee of a village, people name the village."""
    return without_committee(division.name)


@register.filter
def full_area_name(division: Division) -> str:
    """Return what an area is called with what it belongs to: a village's name alone says little."""
    own = without_committee(division.name)
    return f"{division.parent.name} {own}" if division.level == Level.VILLAGE and division.parent else own


@register.filter
def road_length(metres: float) -> str:
    """Return a length in words, no more exact than it is worth: 850 m, 1.2 km."""
    if metres < 1000:
        return _("about %(metres)d m") % {"metres": max(round(metres / 10) * 10, 10)}
    return _("about %(kilometres).1f km") % {"kilometres": metres / 1000}


@register.filter
def days_to(day: datetime.date, today: datetime.date) -> int:
    """Return how many calendar days there are until a day; negative: how many it is past."""
    return (day - today).days


@register.filter
def magnitude(number: int) -> int:
    """Return a number without its sign: three days late, not minus three."""
    return abs(number)


@register.filter
def lookup(table: dict[str, object], key: str) -> object:
    """Return what a table says of a key; the key itself where it says nothing."""
    return table.get(key, key)


@register.filter
def site_reason(kind: object) -> str:
    """Return why a sign must stand somewhere, in words."""
    return str(SiteReason(str(kind)).label)


_WINDS = (
    gettext_lazy("north"), gettext_lazy("north-east"), gettext_lazy("east"), gettext_lazy("south-east"), gettext_lazy("south"),
    gettext_lazy("south-west"), gettext_lazy("west"), gettext_lazy("north-west"),
)  # fmt: skip


@register.filter
def compass(degrees: float | None) -> str:
    """Return a direction, in degrees from north and clockwise, as people say it; nothing where it is not known."""
    return "" if degrees is None else str(_WINDS[math.floor((degrees % 360 + 22.5) / 45) % 8])


@register.filter
def ground_label(colour: object) -> str:
    """Return the colour of a plate's ground, in words."""
    return str(Ground(str(colour)).label)


@register.filter
def value_title(value: ReferenceValue) -> str:
    """Return what a reference value is called, in the reader's language where it has a title there."""
    chinese = (get_language() or "").startswith("zh")
    return value.title_zh if chinese or not value.title_en else value.title_en


@register.filter
def value_amount(value: ReferenceValue) -> str:
    """Return a reference value with its unit, without the zeros that the column keeps."""
    amount = value.value.to_integral_value() if value.value % 1 == 0 else value.value.normalize()
    return f"{number_format(amount, use_l10n=True, force_grouping=True)}{unit_after_figure(value.unit)}"


@register.filter
def clock(seconds: float) -> str:
    """Return how long something takes in words: 40 min, 2 h 05 min."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}
