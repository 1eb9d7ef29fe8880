"""What a list of facilities is asked for: filters, order and columns, read from an address and written into one.

The address says everything, so that a list can be sent to a colleague, kept as a bookmark or saved as a view, and so that the
list, its print view, its spreadsheet and a change of many rows all speak of the same facilities.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from geo_registry.territory.models import Level

from ..models import Status
from .list_columns import COLUMNS, DEFAULT_COLUMNS

# What may be missing of a facility, by the word that the address uses.
MISSING: Final[Mapping[str, str | Promise]] = {
    "location": gettext_lazy("location"),
    "status": gettext_lazy("status"),
    "address": gettext_lazy("address"),
    "hours": gettext_lazy("opening hours"),
    "phone": gettext_lazy("public telephone"),
    "contact": gettext_lazy("contact's role"),
    "operator": gettext_lazy("operator"),
    "functions": gettext_lazy("declared functions"),
    "capacity": gettext_lazy("any capacity reading"),
    "code": gettext_lazy("credit code, or why there is none"),
    "category": gettext_lazy("category"),
    "confirmation": gettext_lazy("confirmation of the present round, overdue"),
}
NO_STATUS: Final = "none"
STATUSES: Final[Mapping[str, str | Promise]] = {
    **{status.value: status.label for status in Status},
    NO_STATUS: pgettext_lazy("status of a facility", "none known"),
}
DEFAULT_SORT: Final = "number"
LONGEST_TEXT: Final = 100


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """Which facilities, in which order, with which columns. Empty means not narrowed."""

    text: str = ""
    division: str = ""
    network: str = ""
    level: int | None = None
    kind: str = ""
    function: str = ""
    statuses: tuple[str, ...] = ()
    day: datetime.date | None = None
    published: bool | None = None
    missing: tuple[str, ...] = ()
    sort: str = DEFAULT_SORT
    columns: tuple[str, ...] = DEFAULT_COLUMNS

    @property
    def on(self) -> datetime.date:
        """The day whose status, operator, functions and figures are shown."""
        return self.day or timezone.localdate()

    @property
    def sort_column(self) -> str:
        """The column that the rows are sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the last comes first."""
        return self.sort.startswith("-")

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        bare = ListQuery(day=self.day, sort=self.sort, columns=self.columns)
        return self != bare

    def parameters(self, **changes: object) -> list[tuple[str, str]]:
        """Return the address's parameters, without those that say what holds anyway."""
        query = dataclasses.replace(self, **changes) if changes else self  # type: ignore[arg-type]
        said: list[tuple[str, str]] = [
            ("q", query.text),
            ("in", query.division),
            ("network", query.network),
            ("level", "" if query.level is None else str(query.level)),
            ("kind", query.kind),
            ("function", query.function),
            *(("status", status) for status in query.statuses),
            ("day", query.day.isoformat() if query.day else ""),
            ("published", "" if query.published is None else "yes" if query.published else "no"),
            *(("missing", what) for what in query.missing),
            ("sort", "" if query.sort == DEFAULT_SORT else query.sort),
        ]
        if query.columns != DEFAULT_COLUMNS:
            said += [("col", column) for column in query.columns]
        return [(name, value) for name, value in said if value]

    def encoded(self, **changes: object) -> str:
        """Return what stands behind the question mark."""
        return urlencode(self.parameters(**changes))

    def without(self, name: str) -> str:
        """Return the address's parameters with one filter taken away."""
        blank = {field.name: field.default for field in dataclasses.fields(self)}
        return self.encoded(**{name: blank[name]})


def read_query(parameters: QueryDict) -> tuple[ListQuery, list[str]]:
    """Read a list's address.

    Returns
    -------
    tuple
        What was asked for, without what cannot be understood; and a sentence for each such thing.
    """
    problems: list[str] = []
    day = _day(parameters.get("day", ""), problems)
    published = {"": None, "yes": True, "no": False}
    said = parameters.get("published", "")
    if said not in published:
        problems.append(_("“%(value)s” is neither yes nor no; it was left out.") % {"value": said[:20]})
    sort = parameters.get("sort", "") or DEFAULT_SORT
    if sort.removeprefix("-") not in COLUMNS or not COLUMNS[sort.removeprefix("-")].order:
        problems.append(_("A list cannot be sorted by “%(value)s”.") % {"value": sort[:40]})
        sort = DEFAULT_SORT
    columns = _known(parameters.getlist("col"), COLUMNS, problems)
    query = ListQuery(
        text=" ".join(parameters.get("q", "").replace("\x00", "").split())[:LONGEST_TEXT],
        division=_word(parameters.get("in", "")),
        network=_word(parameters.get("network", "")),
        level=_level(parameters.get("level", ""), problems),
        kind=_word(parameters.get("kind", "")),
        function=_word(parameters.get("function", "")),
        statuses=_known(parameters.getlist("status"), STATUSES, problems),
        day=day,
        published=published.get(said),
        missing=_known(parameters.getlist("missing"), MISSING, problems),
        sort=sort,
        # In the table's order, and a column cannot be there twice.
        columns=tuple(code for code in COLUMNS if code in columns) or DEFAULT_COLUMNS,
    )
    return query, problems


def _word(value: str) -> str:
    return value.replace("\x00", "").strip()[:60]


def _day(value: str, problems: list[str]) -> datetime.date | None:
    if not value:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        problems.append(
            _("“%(value)s” is no day; write it like 2024-12-31. Today's state is shown.")
            % {"value": value[:20]}
        )
        return None


def _level(value: str, problems: list[str]) -> int | None:
    if not value:
        return None
    if value in {str(level.value) for level in Level}:
        return int(value)
    problems.append(_("“%(value)s” is not known here; it was left out.") % {"value": value[:20]})
    return None


def _known(values: Sequence[str], known: Mapping[str, object], problems: list[str]) -> tuple[str, ...]:
    given = dict.fromkeys(value for value in values if value)
    problems.extend(
        _("“%(value)s” is not known here; it was left out.") % {"value": value[:40]}
        for value in given
        if value not in known
    )
    return tuple(value for value in given if value in known)
