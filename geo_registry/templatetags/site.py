"""Template tags of the site: navigation, dates, the map's review mark."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.guide.library import reader_of
from geo_registry.navigation import ENTRIES, Entry, Group
from geo_registry.reference.models import Source
from geo_registry.reference.units import unit_after_figure
from geo_registry.territory.models import Installation

register = template.Library()


@dataclass(frozen=True)
class Link:
    """A navigation entry as one page shows it."""

    url: str
    label: str | Promise
    current: bool


@register.simple_tag
def address(url_name: str, *args: object) -> str:
    """Return the address of ``url_name``, or nothing where the page is not installed."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def guide_url(role: str = "") -> str:
    """Return where the guide of a role begins; without one, that for everybody."""
    return reverse("guide:reader", args=[reader_of(role)])


@dataclass(frozen=True)
class Menu:
    """A menu of the header as one page shows it; ``links`` are at least two."""

    code: str
    label: str | Promise
    links: list[Link]

    @property
    def current(self) -> bool:
        """Whether the page is one of its own."""
        return any(link.current for link in self.links)


@register.simple_tag(takes_context=True)
def menus(context: dict[str, Any], room: str) -> list[Link | Menu]:
    """Return the header of ``room``: links, and menus of links where there is more than one of a group."""
    grouped: dict[Group | str, list[tuple[Entry, Link]]] = {}
    for entry, link in _links(context, room):
        grouped.setdefault(entry.group or entry.url_name, []).append((entry, link))
    return [
        Menu(str(group), group.label, [link for _entry, link in found])
        if isinstance(group, Group) and len(found) > 1
        else found[0][1]
        for group, found in grouped.items()
    ]


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any], room: str) -> list[Link]:
    """Return the links of ``room`` (public, office or staff) that exist and that the person may open."""
    return [link for _entry, link in _links(context, room)]


def _links(context: dict[str, Any], room: str) -> Iterator[tuple[Entry, Link]]:
    request = context.get("request")
    here = request.path if request is not None else ""
    for entry in ENTRIES:
        url = address(entry.url_name) if entry.room == room else ""
        # The header of a public page is the same for everybody: it does not ask who is there.
        if url and (room != "office" or may_open(context, entry.url_name)):
            current = here == url if url == "/" else here.startswith(url)
            yield entry, Link(url=url, label=entry.label, current=current)


@register.simple_tag(takes_context=True)
def may_open(context: dict[str, Any], url_name: str) -> bool:
    """Whether the person may open an address: a room that is closed to somebody is not offered."""
    user = context.get("user")
    return user is not None and policy.judge(user, url_name) is policy.Verdict.ADMITTED


@register.filter
def unit(text: str) -> str:
    """Return the unit of a value or a target in the reader's language, with the blank that it has after a figure."""
    return unit_after_figure(text)


@register.filter
def with_unit(figure: str, text: str) -> str:
    """Return a figure with its unit in the reader's language, if that has a word for it."""
    return f"{figure}{unit_after_figure(text)}"


@register.simple_tag
def html_lang() -> str:
    """Return the page's language as HTML writes it: ``zh-Hans``, ``en``."""
    return html_lang_of(translation.get_language() or "")


@register.filter
def html_lang_of(code: str) -> str:
    """Return a language code of Django's (``zh-hans``) as HTML writes it (``zh-Hans``)."""
    return translation.to_locale(code).replace("_", "-")


@register.filter
def day(value: datetime.date | datetime.datetime | None) -> str:
    """Return a day in the reader's words: 2024年3月25日; nothing for no day."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return date_format(value, "Y年n月j日" if (translation.get_language() or "").startswith("zh") else "j F Y")


@register.simple_tag(takes_context=True)
def installation(context: dict[str, Any]) -> Installation:
    """Return the installation: Django's sign-in page has something else of its own under the name ``site``."""
    site = context.get("site")
    return site if isinstance(site, Installation) else Installation.current()


@register.simple_tag(takes_context=True)
def site_title(context: dict[str, Any]) -> str:
    """Return the installation's name in the reader's language, or what the program is called before it has one."""
    site = installation(context)
    name_zh, name_en = site.site_name_zh, site.site_name_en
    if (translation.get_language() or "").startswith("en"):
        name_zh, name_en = name_en, name_zh
    if name_zh or name_en:
        return name_zh or name_en
    home = site.home_division
    return (
        _("%(home)s: services and place names") % {"home": home.name}
        if home
        else _("Registry of services and place names")
    )


@register.simple_tag(takes_context=True)
def demo_note_due(context: dict[str, Any]) -> bool:
    """Say whether the page must warn of what is openly invented.

    A view that knows what it shows says so (``has_demo_data``). One that does not is warned of while the registry holds any:
    a page that forgets must not show invented figures as if they were true.
    """
    known = context.get("has_demo_data")
    return Source.objects.filter(is_demo=True).exists() if known is None else bool(known)


@register.simple_tag(takes_context=True)
def map_review(context: dict[str, Any]) -> SafeString:
    """Return the map's review number, or the mark that it is for internal use only."""
    number = installation(context).map_review_number
    if number:
        return format_html('<span class="review-mark">{} {}</span>', _("Map review number"), number)
    return format_html('<span class="review-mark">{}</span>', _("Internal use only"))
