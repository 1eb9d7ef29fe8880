"""The facts of the register card: what there is to know of a facility, how each is read, written, and said in words.

A fact's value is plain: text, number, yes or no, a list, a day as ``2024-03-25``, ``[lon, lat]``, ``[total, vacant]``. So facts can
be compared, kept in a proposal, and laid side by side, whatever tables they come from.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from geo_registry.territory.models import Division
from geo_registry.territory.models.divisions import SRID

from ..models import WITH_VACANCY, CapacityReading, Facility, FactRule, Function, Measure, fact_label
from ..models.facility import ACCESSIBILITY
from .contact import hours_in_words

Facts = dict[str, Any]


class Type(enum.StrEnum):
    """What a value is."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DAY = "day"
    NUMBER = "number"
    MAYBE = "maybe"
    """Yes, no, or not known."""
    TICK = "tick"
    POINT = "point"
    DIVISION = "division"
    FIGURE = "figure"


class Section(enum.StrEnum):
    """The parts of the card, in their order."""

    IDENTITY = "identity"
    PLACE = "place"
    PUBLIC = "public"
    OPERATION = "operation"
    FIGURES = "figures"
    CARE = "care"
    ACCESS = "access"
    BUILDING = "building"
    OFFICE = "office"

    @property
    def label(self) -> str | Promise:
        """What the part is called."""
        return _SECTION_LABELS[self]


_SECTION_LABELS: Final = {
    Section.IDENTITY: gettext_lazy("What it is"),
    Section.PLACE: gettext_lazy("Where it is"),
    Section.PUBLIC: gettext_lazy("For the public"),
    Section.OPERATION: gettext_lazy("Who runs it"),
    Section.FIGURES: pgettext_lazy("of a facility", "How many it serves"),
    Section.CARE: gettext_lazy("Grade and medical care"),
    Section.ACCESS: pgettext_lazy("of a building", "Accessibility"),
    Section.BUILDING: gettext_lazy("Building"),
    Section.OFFICE: gettext_lazy("For the office only"),
}


@dataclass(frozen=True)
class Fact:
    """One line of the card that can be edited."""

    code: str
    section: Section
    type: Type
    unit: str | Promise = ""

    @property
    def label(self) -> str:
        """What the fact is called."""
        return fact_label(self.code)

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What may be chosen."""
        column = _column(self.code)
        offered = getattr(column, "base_field", column).flatchoices
        return [(value, str(label)) for value, label in offered]

    @property
    def has_vacancy(self) -> bool:
        """Whether some of what is counted may be vacant."""
        return self.code in WITH_VACANCY

    @property
    def is_empty_text(self) -> bool:
        """Whether nothing is kept as an empty text."""
        return self.type in {Type.TEXT, Type.LONG_TEXT, Type.CHOICE}


def _column(code: str) -> Any:
    return Facility._meta.get_field(code)


_M2 = gettext_lazy("m²")

# In the order of the card.
FACTS: Final[Mapping[str, Fact]] = {
    fact.code: fact
    for fact in (
        Fact("name", Section.IDENTITY, Type.TEXT),
        Fact("social_credit_code", Section.IDENTITY, Type.TEXT),
        Fact("social_credit_code_absent", Section.IDENTITY, Type.TEXT),
        Fact("ownership", Section.IDENTITY, Type.CHOICE),
        Fact("registration", Section.IDENTITY, Type.CHOICE),
        Fact("clients", Section.IDENTITY, Type.CHOICES),
        Fact("division", Section.PLACE, Type.DIVISION),
        Fact("address", Section.PLACE, Type.TEXT),
        Fact("location", Section.PLACE, Type.POINT),
        Fact("location_method", Section.PLACE, Type.CHOICE),
        Fact("location_note", Section.PLACE, Type.TEXT),
        Fact("opening_hours", Section.PUBLIC, Type.TEXT),
        Fact("public_phone", Section.PUBLIC, Type.TEXT),
        Fact("published", Section.PUBLIC, Type.TICK),
        Fact("secret", Section.PUBLIC, Type.TICK),
        Fact("founder", Section.OPERATION, Type.TEXT),
        Fact("funding", Section.OPERATION, Type.TEXT),
        *(Fact(measure.value, Section.FIGURES, Type.FIGURE) for measure in Measure),
        Fact("grade_scheme", Section.CARE, Type.TEXT),
        Fact("grade", Section.CARE, Type.TEXT),
        Fact("medical_service", Section.CARE, Type.CHOICE),
        Fact("medical_insurance", Section.CARE, Type.MAYBE),
        *(Fact(code, Section.ACCESS, Type.CHOICE) for code in ACCESSIBILITY),
        Fact("floor_area_m2", Section.BUILDING, Type.NUMBER, _M2),
        Fact("tenure", Section.BUILDING, Type.CHOICE),
        Fact("lease_from", Section.BUILDING, Type.DAY),
        Fact("lease_to", Section.BUILDING, Type.DAY),
        Fact("built_on", Section.BUILDING, Type.DAY),
        Fact("opened_on", Section.BUILDING, Type.DAY),
        Fact("private_phone", Section.OFFICE, Type.TEXT),
        Fact("contact_role", Section.OFFICE, Type.TEXT),
        Fact("note", Section.OFFICE, Type.LONG_TEXT),
    )
}
# What the public sees, or not: decided by whoever approves, in no form of a clerk's.
FOR_APPROVERS: Final = frozenset({"published", "secret"})


def facts_of(facility: Facility, *, readings: Iterable[CapacityReading] | None = None) -> Facts:
    """Return all facts of a facility as plain values.

    Parameters
    ----------
    facility
        It need not have been saved.
    readings
        The newest of each measure, if the caller has read them.
    """
    if readings is None:
        readings = latest_readings(facility) if facility.pk else ()
    figures = {reading.measure: [reading.total, reading.vacant] for reading in readings}
    found: Facts = {}
    for code, fact in FACTS.items():
        if fact.type is Type.FIGURE:
            found[code] = figures.get(code)
        elif fact.type is Type.DIVISION:
            found[code] = facility.division_id
        else:
            found[code] = plain(getattr(facility, code))
    return found


def latest_readings(facility: Facility) -> list[CapacityReading]:
    """Return the newest reading of each measure, without those that say that it is not known any more."""
    newest = facility.readings.order_by("measure", "-as_of").distinct("measure")
    return [reading for reading in newest if reading.total is not None]


def plain(value: Any) -> Any:
    """Return a column's value as a fact has it."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Point):
        # Eight digits are a millimetre: what a form sends back must be what it was given.
        return [round(value.x, 8), round(value.y, 8)]
    return list(value) if isinstance(value, tuple) else value


def put(facility: Facility, facts: Mapping[str, Any]) -> None:
    """Set on a facility what facts say of its own columns; figures are dated rows, and not set here."""
    for code, value in facts.items():
        fact = FACTS[code]
        if fact.type is Type.FIGURE:
            continue
        if fact.type is Type.DIVISION:
            facility.division_id = value
        elif fact.type is Type.POINT:
            facility.location = Point(value[0], value[1], srid=SRID) if value else None
        elif fact.type is Type.DAY:
            setattr(facility, code, datetime.date.fromisoformat(value) if value else None)
        else:
            setattr(facility, code, "" if value is None and fact.is_empty_text else value)


def is_blank(value: Any) -> bool:
    """Whether a fact says nothing."""
    return value in (None, "", []) or (isinstance(value, list) and value == [None, None])


@dataclass
class Wording:
    """Says facts in words; names of divisions are looked up once for all."""

    divisions: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *many: Mapping[str, Any]) -> Wording:
        """Make one for some sets of facts. At most one query."""
        pks = {facts["division"] for facts in many if facts.get("division")}
        rows = Division.objects.filter(pk__in=pks).select_related("parent") if pks else ()
        return cls({row.pk: division_words(row) for row in rows})

    def say(self, code: str, value: Any) -> str:
        """Return a fact's value as a person writes it; nothing where nothing is known."""
        fact = FACTS[code]
        if is_blank(value):
            return ""
        match fact.type:
            case Type.CHOICE:
                return str(dict(fact.choices).get(value, value))
            case Type.CHOICES:
                words = dict(fact.choices)
                return _(", ").join(words.get(item, item) for item in value)
            case Type.DAY:
                return date_format(datetime.date.fromisoformat(value))
            case Type.MAYBE | Type.TICK:
                return _("yes") if value else _("no")
            case Type.NUMBER:
                # The unit stands in what the fact is called.
                return number_format(int(value) if float(value).is_integer() else value)
            case Type.POINT:
                return _("longitude %(lon)s, latitude %(lat)s") % {
                    "lon": f"{value[0]:.6f}",
                    "lat": f"{value[1]:.6f}",
                }
            case Type.DIVISION:
                return self.divisions.get(value, str(value))
            case Type.FIGURE:
                return figure_words(value)
        if code == "opening_hours":
            return hours_in_words(value, day=timezone.localdate()) or str(value)
        return str(value)


def figure_words(value: Sequence[int | None]) -> str:
    """Return “30, of which 4 vacant”."""
    total, vacant = value
    if total is None:
        return ""
    if vacant is None:
        return number_format(total)
    return _("%(total)s, of which %(vacant)s vacant") % {
        "total": number_format(total),
        "vacant": number_format(vacant),
    }


def division_words(division: Division) -> str:
    """Return a division with what it belongs to: 崇兴镇 中北村."""
    parent = division.parent
    return f"{parent.name} {division.name}" if parent is not None and division.level > 4 else division.name


@dataclass(frozen=True)
class Rules:
    """Which facts a facility has, and which need approval, as the rows say."""

    rows: Mapping[str, FactRule]

    @classmethod
    def read(cls) -> Rules:
        """Read all rows. One query."""
        return cls({row.code: row for row in FactRule.objects.all()})

    def needs_approval(self, code: str) -> bool:
        """Whether a clerk's change of a fact waits for the county; without a row it does."""
        row = self.rows.get(code)
        return row is None or row.needs_approval

    def fits(self, code: str, functions: Iterable[str]) -> bool:
        """Whether a facility with these functions has a fact."""
        row = self.rows.get(code)
        return row is None or not row.functions or not set(row.functions).isdisjoint(functions)

    def shown(self, facts: Mapping[str, Any], functions: Iterable[str]) -> list[Fact]:
        """Return the facts that a card shows: those that fit, and any that somebody has filled in nevertheless."""
        functions = set(functions)
        return [
            fact
            for code, fact in FACTS.items()
            if self.fits(code, functions) or not is_blank(facts.get(code))
        ]

    def wanted_functions(self) -> dict[str, list[str]]:
        """Return the functions that each fact is for, where it is not for all: what the form's script goes by."""
        return {code: list(row.functions) for code, row in self.rows.items() if row.functions}


def function_codes(facility: Facility, *, day: datetime.date) -> set[str]:
    """Return the codes of what a facility does on a day: what it declares, else what its kind usually does."""
    declared = set(facility.functions.on(day).values_list("function__code", flat=True))
    return declared or set(Function.objects.filter(kinds=facility.kind_id).values_list("code", flat=True))
