"""A list's filters in words, and its cells as people read them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from geo_registry.territory.models import Division, Level

from ..models import Function, Kind, Network
from .list_columns import Value
from .list_query import MISSING, STATUSES, ListQuery


def shown(value: Value) -> str:
    """Return a cell as the reader's language writes it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime.date):
        return day(value)
    if isinstance(value, float):
        return number_format(round(value, 1) if abs(value) >= 1000 else value, force_grouping=True)
    if isinstance(value, int):
        return number_format(value, force_grouping=True)
    return value


def day(value: datetime.date) -> str:
    """Return a day in the reader's words."""
    return date_format(value, "Y年n月j日" if (translation.get_language() or "").startswith("zh") else "j F Y")


def filters_in_words(query: ListQuery) -> Iterator[tuple[str, str, str]]:
    """Yield each filter that is set: its name in `ListQuery`, what it narrows, and to what."""
    named = pgettext
    if query.text:
        yield "text", _("search"), query.text
    if query.division:
        yield "division", named("column", "division"), _name_of(Division, query.division)
    if query.network:
        yield "network", _("network"), _name_of(Network, query.network)
    if query.level is not None:
        yield "level", _("tier"), str(Level(query.level).label)
    if query.kind:
        yield "kind", _("kind"), _name_of(Kind, query.kind)
    if query.function:
        yield "function", _("function"), _name_of(Function, query.function)
    if query.statuses:
        yield "statuses", _("status"), _(", ").join(str(STATUSES[status]) for status in query.statuses)
    if query.day:
        yield "day", _("state on"), day(query.day)
    if query.published is not None:
        yield "published", _("published"), _("yes") if query.published else _("no")
    if query.missing:
        yield "missing", _("missing"), _(", ").join(str(MISSING[what]) for what in query.missing)


def _name_of(model: type[Division | Network | Kind | Function], code: str) -> str:
    found = model.objects.filter(code=code).order_by("-pk").first()
    return found.name if found is not None else code
