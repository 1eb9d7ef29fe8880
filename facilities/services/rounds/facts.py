"""What is asked of a facility, what holds now, and how that is said in words.

A value is plain: a text, the code of a choice, or ``[total, vacant]`` of a figure, so that it can be kept in a confirmation and
laid side by side.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db.models import CharField
from django.utils import timezone

from ...models import (
    WITH_VACANCY,
    CapacityReading,
    Facility,
    FacilityFunction,
    Function,
    Measure,
    Method,
    RoundQuestion,
    Verification,
    fact_label,
)
from ...models.facility import ACCESSIBILITY
from ..contact import hours_in_words
from ..facts import figure_words

HOURS: Final = "opening_hours"
PUBLIC_PHONE: Final = "public_phone"
PRIVATE_PHONE: Final = "private_phone"
COLUMNS: Final = (HOURS, PUBLIC_PHONE, PRIVATE_PHONE, "contact_role", *ACCESSIBILITY)
CODES: Final = (*COLUMNS, *Measure.values)
Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """One fact as it is now."""

    code: str
    value: Any
    as_of: datetime.date | None = None
    method: str = ""

    @property
    def label(self) -> str:
        """What the fact is called."""
        return label(self.code)

    @property
    def words(self) -> str:
        """The value as a person reads it."""
        return words(self.code, self.value)

    @property
    def method_words(self) -> str:
        """How it is known."""
        return str(Method(self.method).label) if self.method else ""


def is_figure(code: str) -> bool:
    """Whether a fact is counted."""
    return code in Measure.values


def is_choice(code: str) -> bool:
    """Whether a fact is one of a few values, or not known: what makes a place accessible."""
    return code in ACCESSIBILITY


def choices(code: str) -> Sequence[tuple[str, str]]:
    """Return the values that a choice can have, with their words."""
    return [(value, str(label)) for value, label in _column(code).flatchoices]


def has_vacancy(code: str) -> bool:
    """Whether some of what is counted may be vacant."""
    return code in WITH_VACANCY


def label(code: str) -> str:
    """What a fact is called, in the reader's language."""
    return fact_label(code)


def longest(code: str) -> int:
    """How many characters of a text are kept."""
    return _column(code).max_length or 0


def _column(code: str) -> CharField[str, str]:
    return cast("CharField[str, str]", Facility._meta.get_field(code))


def words(code: str, value: Any) -> str:
    """Return a value as a person writes it; nothing where nothing is known."""
    if not value:
        return ""
    if code == HOURS:
        return hours_in_words(value, day=timezone.localdate()) or str(value)
    if is_choice(code):
        return dict(choices(code)).get(value, str(value))
    if not is_figure(code):
        return str(value)
    return figure_words(value)


def questions(facility: Facility, *, day: datetime.date) -> list[str]:
    """Return the codes of what is asked of a facility, in order. Three queries.

    A row whose code this version does not know is left out.
    """
    declared = set(
        FacilityFunction.objects.on(day).filter(facility=facility).values_list("function__code", flat=True)
    )
    functions = declared or set(
        Function.objects.filter(kinds=facility.kind_id).values_list("code", flat=True)
    )
    return [
        row.code
        for row in RoundQuestion.objects.all()
        if row.code in CODES
        and (not row.functions or not functions.isdisjoint(row.functions))
        and (not row.kinds or facility.kind.code in row.kinds)
    ]


def known(facility: Facility, codes: Iterable[str]) -> list[Known]:
    """Return facts as they are now, with the day each speaks of. Two queries."""
    readings = {
        reading.measure: reading
        for reading in facility.readings.order_by("measure", "-as_of").distinct("measure")
    }
    verified = {row.code: row for row in facility.verifications.all()}
    return [_known(facility, code, readings.get(code), verified.get(code)) for code in codes]


def _known(
    facility: Facility, code: str, reading: CapacityReading | None, verified: Verification | None
) -> Known:
    if is_figure(code):
        if reading is None or reading.total is None:
            return Known(code=code, value=None)
        same = verified is not None and verified.as_of == reading.as_of
        return Known(
            code=code,
            value=[reading.total, reading.vacant],
            as_of=reading.as_of,
            method=verified.method if verified is not None and same else "",
        )
    # A choice that nobody has made is no fact: it is neither confirmed nor compared.
    value = getattr(facility, code) or (None if is_choice(code) else "")
    if verified is None or verified.value != value:
        return Known(code=code, value=value)
    return Known(code=code, value=value, as_of=verified.as_of, method=verified.method)


def values_of(facts: Sequence[Known]) -> Values:
    """Return just the values."""
    return {fact.code: fact.value for fact in facts}


def digest(values: Mapping[str, Any]) -> str:
    """Return a short mark of some values: a form carries it, to notice that they changed while it was open."""
    text = json.dumps(dict(values), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
