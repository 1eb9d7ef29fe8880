"""The columns that a list of facilities may have: what each shows, and how rows are sorted by it.

A cell's value is raw (a number, a day, a text): the page, the print view and the spreadsheet each write it in their own way, and
so they cannot differ in what they say.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Level

from ..models import Facility, Measure, Status
from ..models.facility import PINYIN_ORDER

Value = str | int | float | bool | datetime.date | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    Parameters
    ----------
    code
        What the address calls it.
    label
        Its heading.
    value
        Reads it off a row that `list_rows.with_details` has read.
    needs
        What has to be read besides the row itself: "status", "operators", "functions", "readings".
    order
        What rows are sorted by; without it, the list cannot be sorted by the column.
    may_be_empty
        Whether some rows have no value to sort by; they come last.
    total
        Whether a sum of the column means something.
    measure
        The capacity measure that it shows, and whether its vacant part.
    """

    code: str
    label: str | Promise
    value: Callable[[Facility], Value]
    needs: str = ""
    order: tuple[Combinable | str, ...] = ()
    total: bool = False
    measure: tuple[Measure, str] | None = None
    may_be_empty: bool = False

    @property
    def numeric(self) -> bool:
        """Whether its values are counts or sizes."""
        return self.total


def _township(row: Facility) -> str:
    division = row.division
    if division.level == Level.VILLAGE and division.parent is not None:
        return division.parent.name
    return division.name if division.level == Level.TOWNSHIP else ""


def _village(row: Facility) -> str:
    return row.division.name if row.division.level == Level.VILLAGE else ""


def _status(row: Facility) -> str:
    status = getattr(row, "status", None)
    return str(Status(status).label) if status else ""


def _measured(measure: Measure, part: str) -> Callable[[Facility], Value]:
    def value(row: Facility) -> Value:
        reading = row.latest_readings.get(measure)  # type: ignore[attr-defined]
        return getattr(reading, part) if reading is not None else None

    return value


def _capacity(code: str, label: str | Promise, measure: Measure, part: str = "total") -> Column:
    return Column(
        code=code,
        label=label,
        value=_measured(measure, part),
        needs="readings",
        total=True,
        measure=(measure, part),
    )


def _newest_reading(row: Facility) -> Value:
    return max((reading.as_of for reading in row.latest_readings.values()), default=None)  # type: ignore[attr-defined]


def _plain(code: str, field: str, label: str | Promise, **options: Any) -> Column:
    def value(row: Facility) -> Value:
        found: Value = getattr(row, field)
        return found

    return Column(code=code, label=label, value=value, **options)


def _chosen(code: str, field: str, label: str | Promise) -> Column:
    def value(row: Facility) -> Value:
        return str(getattr(row, f"get_{field}_display")())

    return Column(code=code, label=label, value=value)


def _coordinate(axis: str) -> Callable[[Facility], Value]:
    return lambda row: round(getattr(row.location, axis), 6) if row.location is not None else None


_ALL: Final = (
    _plain("number", "number", _("facility number"), order=("number",)),
    _plain("name", "name", _("name"), order=(Collate("name", PINYIN_ORDER),)),
    Column(
        code="kind",
        label=_("kind"),
        value=lambda row: row.kind.name,
        order=(F("kind__position"), F("kind__code")),
    ),
    Column(code="network", label=_("network"), value=lambda row: row.kind.tier.network.name),
    Column(
        code="tier", label=_("tier"), value=lambda row: row.kind.tier.name, order=(F("kind__tier__level"),)
    ),
    Column(
        code="township",
        label=pgettext_lazy("column", "township"),
        value=_township,
        order=(F("division__path"),),
    ),
    Column(code="village", label=_("village or community"), value=_village),
    _plain("address", "address", _("address")),
    Column(
        code="status",
        label=_("status"),
        value=_status,
        needs="status",
        order=(F("status"),),
        may_be_empty=True,
    ),
    Column(
        code="since",
        label=pgettext_lazy("status of a facility", "since"),
        value=lambda row: getattr(row, "status_since", None),
        needs="status",
        order=(F("status_since"),),
        may_be_empty=True,
    ),
    _plain("published", "published", _("published"), order=("published",)),
    _plain("hours", "opening_hours", _("opening hours")),
    _plain("phone", "public_phone", _("public telephone")),
    _plain("office_phone", "private_phone", _("telephone for the office only")),
    _plain("contact", "contact_role", _("contact's role")),
    Column(
        code="operator",
        label=_("operator"),
        value=lambda row: "、".join(str(operator) for operator in row.operators_on_day),  # type: ignore[attr-defined]
        needs="operators",
    ),
    Column(
        code="functions",
        label=_("declared functions"),
        value=lambda row: "、".join(dict.fromkeys(f.function.name for f in row.functions_on_day)),  # type: ignore[attr-defined]
        needs="functions",
    ),
    _chosen("category", "ownership", _("category")),
    _plain("credit_code", "social_credit_code", _("unified social credit code")),
    _plain("opened_on", "opened_on", _("opened on"), order=("opened_on",), may_be_empty=True),
    _plain(
        "area", "floor_area_m2", _("floor area, m²"), order=("floor_area_m2",), may_be_empty=True, total=True
    ),
    _chosen("tenure", "tenure", _("tenure of the building")),
    _plain("lease_to", "lease_to", _("lease ends"), order=("lease_to",), may_be_empty=True),
    _capacity("beds", _("beds"), Measure.BEDS),
    _capacity("beds_vacant", _("beds vacant"), Measure.BEDS, "vacant"),
    _capacity("nursing_beds", _("nursing beds"), Measure.NURSING_BEDS),
    _capacity("daycare_places", _("day-care places"), Measure.DAYCARE_PLACES),
    _capacity("meals_capacity", _("meals that can be served a day"), Measure.MEALS_CAPACITY),
    _capacity("meals_served", _("meals served a day"), Measure.MEALS_SERVED),
    _capacity("residents", _("people living in"), Measure.RESIDENTS),
    _capacity("staff", _("staff"), Measure.STAFF),
    Column(code="figures_of", label=_("newest figure of"), value=_newest_reading, needs="readings"),
    Column(code="lon", label=_("longitude"), value=_coordinate("x")),
    Column(code="lat", label=_("latitude"), value=_coordinate("y")),
    _chosen("location_method", "location_method", _("source of the location")),
    Column(
        code="changed",
        label=_("changed on"),
        value=lambda row: timezone.localdate(row.updated_at),
        order=("updated_at",),
    ),
    Column(code="source", label=_("source"), value=lambda row: row.source.title if row.source else ""),
)

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType({column.code: column for column in _ALL})
DEFAULT_COLUMNS: Final = ("number", "name", "kind", "township", "village", "status", "since", "published")
