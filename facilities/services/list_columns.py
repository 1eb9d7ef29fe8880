"""The columns that a list of facilities may have: what each shows, and how rows are sorted by it.

A cell's value is raw (a number, a day, a text): the page, the print view and the spreadsheet each write it in their own way, and
so they cannot differ in what they say.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Level

from ..models import WITH_VACANCY, Facility, Measure, Status
from ..models.facility import ACCESSIBILITY, PINYIN_ORDER
from .facts import Section

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
        Reads it off a row that `list_rows` has read.
    needs
        What has to be read besides the row itself: "status", "score", "verified", "operators", "functions", "readings", "note".
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
        order=(F("figure"),),
        may_be_empty=True,
        total=True,
        measure=(measure, part),
    )


def _newest_reading(row: Facility) -> Value:
    readings = row.latest_readings.values()  # type: ignore[attr-defined]
    return max((reading.as_of for reading in readings if reading.total is not None), default=None)


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


def _clients(row: Facility) -> Value:
    words = dict(Facility.Clients.choices)
    return _(", ").join(str(words[Facility.Clients(code)]) for code in row.clients)


def _figures() -> Iterator[Column]:
    """Yield a column for each measure of the card, and for what is vacant of it where something can be."""
    for measure in Measure:
        yield _capacity(measure.value, measure.label, measure)
        if measure in WITH_VACANCY:
            label = format_lazy(_("{measure}, vacant"), measure=measure.label)
            yield _capacity(f"{measure.value}_vacant", label, measure, "vacant")


def _operation(row: Facility) -> Value:
    modes = (str(o.get_mode_display()) for o in row.operators_on_day if o.mode)  # type: ignore[attr-defined]
    return _(", ").join(dict.fromkeys(modes))


def _contract_from(row: Facility) -> Value:
    return min((o.valid_from for o in row.operators_on_day if o.valid_from), default=None)  # type: ignore[attr-defined]


def _contract_to(row: Facility) -> Value:
    return max((o.valid_to for o in row.operators_on_day if o.valid_to), default=None)  # type: ignore[attr-defined]


# In the order of the card, and of the columns wherever they are shown.
_BY_SECTION: Final[Sequence[tuple[str | Promise, tuple[Column, ...]]]] = (
    (
        Section.IDENTITY.label,
        (
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
                code="tier",
                label=_("tier"),
                value=lambda row: row.kind.tier.name,
                order=(F("kind__tier__level"),),
            ),
            Column(
                code="functions",
                label=_("declared functions"),
                value=lambda row: _(", ").join(
                    dict.fromkeys(f.function.name for f in row.functions_on_day)  # type: ignore[attr-defined]
                ),
                needs="functions",
            ),
            _chosen("category", "ownership", _("category")),
            _chosen("registration", "registration", _("kind of registration")),
            _plain("credit_code", "social_credit_code", _("unified social credit code")),
            _plain("no_code", "social_credit_code_absent", _("why there is no code")),
            Column(code="clients", label=_("whom it takes"), value=_clients),
        ),
    ),
    (
        Section.PLACE.label,
        (
            Column(
                code="township",
                label=pgettext_lazy("column", "township"),
                value=_township,
                order=(F("division__path"),),
            ),
            Column(code="village", label=_("village or community"), value=_village),
            _plain("address", "address", _("address")),
            Column(code="lon", label=_("longitude"), value=_coordinate("x")),
            Column(code="lat", label=_("latitude"), value=_coordinate("y")),
            _chosen("location_method", "location_method", _("source of the location")),
            _plain("location_note", "location_note", _("note on the location")),
        ),
    ),
    (
        _("How it stands"),
        (
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
            _plain("secret", "secret", _("secret")),
            Column(
                code="verified",
                label=_("last confirmed"),
                value=lambda row: getattr(row, "verified_on", None),
                needs="verified",
                order=(F("verified_on"),),
                may_be_empty=True,
            ),
            Column(
                code="score",
                label=_("assessment score"),
                value=lambda row: getattr(row, "latest_score", None),
                needs="score",
                order=(F("latest_score"),),
                may_be_empty=True,
            ),
            Column(
                code="scored_on",
                label=_("assessed on"),
                value=lambda row: getattr(row, "scored_on", None),
                needs="score",
                order=(F("scored_on"),),
                may_be_empty=True,
            ),
        ),
    ),
    (
        Section.PUBLIC.label,
        (
            _plain("hours", "opening_hours", _("opening hours")),
            _plain("phone", "public_phone", _("public telephone")),
        ),
    ),
    (
        Section.OPERATION.label,
        (
            Column(
                code="operator",
                label=_("operator"),
                value=lambda row: _(", ").join(str(operator) for operator in row.operators_on_day),  # type: ignore[attr-defined]
                needs="operators",
            ),
            Column(code="operation", label=_("way of operation"), value=_operation, needs="operators"),
            Column(code="contract_from", label=_("contract from"), value=_contract_from, needs="operators"),
            Column(code="contract_to", label=_("contract until"), value=_contract_to, needs="operators"),
            _plain("founder", "founder", _("founded by")),
            _plain("funding", "funding", _("paid for by")),
        ),
    ),
    (
        Section.FIGURES.label,
        (
            *_figures(),
            Column(code="figures_of", label=_("newest figure of"), value=_newest_reading, needs="readings"),
        ),
    ),
    (
        Section.CARE.label,
        (
            _plain("grade_scheme", "grade_scheme", _("graded by")),
            _plain("grade", "grade", _("grade"), order=(F("grade_scheme"), F("grade"))),
            _chosen("medical", "medical_service", _("medical service")),
            _plain("insured", "medical_insurance", _("accepted by the medical insurance")),
        ),
    ),
    (
        Section.ACCESS.label,
        tuple(
            _chosen(field.name, field.name, field.verbose_name)
            for field in Facility._meta.concrete_fields
            if field.name in ACCESSIBILITY
        ),
    ),
    (
        Section.BUILDING.label,
        (
            _plain(
                "area",
                "floor_area_m2",
                _("floor area, m²"),
                order=("floor_area_m2",),
                may_be_empty=True,
                total=True,
            ),
            _chosen("tenure", "tenure", _("tenure of the building")),
            _plain("lease_from", "lease_from", _("lease begins"), order=("lease_from",), may_be_empty=True),
            _plain("lease_to", "lease_to", _("lease ends"), order=("lease_to",), may_be_empty=True),
            _plain("built_on", "built_on", _("built on"), order=("built_on",), may_be_empty=True),
            _plain("opened_on", "opened_on", _("opened on"), order=("opened_on",), may_be_empty=True),
        ),
    ),
    (
        Section.OFFICE.label,
        (
            _plain("office_phone", "private_phone", _("telephone for the office only")),
            _plain("contact", "contact_role", _("contact's role")),
            _plain("note", "note", _("note"), needs="note"),
            Column(
                code="changed",
                label=_("changed on"),
                value=lambda row: timezone.localdate(row.updated_at),
                order=("updated_at",),
            ),
            Column(
                code="source",
                label=_("source"),
                value=lambda row: row.source.title if row.source else "",
            ),
        ),
    ),
)

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {column.code: column for _section, columns in _BY_SECTION for column in columns}
)
SECTIONS: Final = tuple((label, tuple(columns)) for label, columns in _BY_SECTION)
DEFAULT_COLUMNS: Final = ("number", "name", "kind", "township", "village", "status", "since", "published")
