"""Whether an answer can be. What is wrong is said beside the field it stands in; nothing that was typed is lost."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from geo_registry.geodata.values import fold

from ...models import Measure
from ..contact import hours_to_edit, read_hours, read_phones
from .facts import (
    HOURS,
    PRIVATE_PHONE,
    PUBLIC_PHONE,
    Values,
    choices,
    has_vacancy,
    is_choice,
    is_figure,
    label,
    longest,
)

MOST: Final = 100_000
# What can never be more than what.
_PARTS: Final = ((Measure.NURSING_BEDS, Measure.BEDS), (Measure.RESIDENTS, Measure.BEDS))


@dataclass
class Checked:
    """Answers that can be, and what is wrong with the others: a sentence by the name of the form's field."""

    values: Values = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def check(codes: Iterable[str], typed: Mapping[str, str]) -> Checked:
    """Read what somebody typed.

    Parameters
    ----------
    codes
        What was asked.
    typed
        The form's fields: a fact by its code; of a figure ``code`` in all and ``code-vacant``. A figure or a choice left
        empty stays as it was known, with its day.
    """
    checked = Checked()
    for code in codes:
        if is_figure(code):
            _figure(code, typed, checked)
        elif is_choice(code):
            _choice(code, typed.get(code, ""), checked)
        else:
            _text(code, fold(typed.get(code, "")), checked)
    _parts(checked)
    return checked


def check_day(text: str, *, earliest: datetime.date, latest: datetime.date) -> datetime.date:
    """Read the day that answers speak of.

    Raises
    ------
    ValueError
        With a sentence: it is no day, or not one of the round, or still to come.
    """
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            _("Write the day as year-month-day, for example %(day)s.") % {"day": latest}
        ) from error
    if day > latest:
        raise ValueError(_("This day is still to come. Write the day on which you learned it."))
    if day < earliest:
        raise ValueError(
            _("This day is before the round opened, on %(day)s. A round asks how it is now.")
            % {"day": earliest}
        )
    return day


def _text(code: str, typed: str, checked: Checked) -> None:
    limit = longest(code)
    if len(typed) > limit:
        checked.problems[code] = _("%(count)d characters; at most %(limit)d fit here.") % {
            "count": len(typed),
            "limit": limit,
        }
        return
    try:
        if typed and code == HOURS:
            typed = read_hours(typed)
        elif typed and code in (PUBLIC_PHONE, PRIVATE_PHONE):
            typed = read_phones(typed, public=code == PUBLIC_PHONE)
    except ValueError as error:
        checked.problems[code] = str(error)
        return
    checked.values[code] = typed


def _choice(code: str, typed: str, checked: Checked) -> None:
    if typed and typed not in dict(choices(code)):
        checked.problems[code] = _("Choose one of the answers in the list.")
    elif typed:
        checked.values[code] = typed


def _figure(code: str, typed: Mapping[str, str], checked: Checked) -> None:
    vacant_name = f"{code}-vacant"
    total = _number(code, typed.get(code, ""), checked)
    vacant = _number(vacant_name, typed.get(vacant_name, ""), checked) if has_vacancy(code) else None
    if code in checked.problems or vacant_name in checked.problems:
        return
    if total is None and vacant is not None:
        checked.problems[code] = _("Say how many there are in all, too.")
    elif total is not None and vacant is not None and vacant > total:
        checked.problems[vacant_name] = _("%(vacant)d vacant of %(total)d cannot be.") % {
            "vacant": vacant,
            "total": total,
        }
    elif total is not None:
        checked.values[code] = [total, vacant]


def _number(name: str, typed: str, checked: Checked) -> int | None:
    text = fold(typed)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        checked.problems[name] = _("“%(value)s” is not a whole number.") % {"value": typed}
        return None
    number = int(text)
    if number > MOST:
        checked.problems[name] = _("%(number)d is more than can be.") % {"number": number}
        return None
    return number


def _parts(checked: Checked) -> None:
    for part, whole in _PARTS:
        few, many = checked.values.get(part), checked.values.get(whole)
        if few and many and few[0] > many[0]:
            checked.problems[part] = _("%(part)s: %(few)d, more than %(whole)s: %(many)d.") % {
                "part": label(part),
                "few": few[0],
                "whole": label(whole),
                "many": many[0],
            }
            del checked.values[part]


def as_typed(values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as the form's fields hold them."""
    fields: dict[str, str] = {}
    for code, value in values.items():
        if code == HOURS:
            fields[code] = hours_to_edit(value or "")
        elif not is_figure(code):
            fields[code] = value or ""
        elif value:
            total, vacant = value
            fields[code] = str(total)
            fields[f"{code}-vacant"] = "" if vacant is None else str(vacant)
    return fields
