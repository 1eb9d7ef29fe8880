"""What changes of what hangs on a facility are called: status, functions, operators, readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from facilities.models import Facility, FacilityOperator, Function, Measure, Status
from geo_registry.imports.registry import register_words

Worded = tuple[str, Callable[[Any], str]]


def register_words_of_changes() -> None:
    """Make the words known to the pages of imports."""
    register_words(Facility, "statuses", _status)
    register_words(Facility, "functions", _function)
    register_words(Facility, "operators", _operator)
    register_words(Facility, "readings", _reading)


def _status(parts: Sequence[str]) -> Worded:
    label = _("status from %(day)s") % {"day": parts[0]}
    return label, lambda value: str(Status(value).label) if value in Status.values else str(value or "")


def _function(parts: Sequence[str]) -> Worded:
    function = Function.objects.filter(pk=int(parts[0])).first()
    label = _("function: %(function)s") % {"function": function or parts[0]}
    return label, lambda value: _("yes") if value else _("no")


def _operator(parts: Sequence[str]) -> Worded:
    since, what = (*parts, "", "")[:2]
    fields = {item.name: str(item.verbose_name) for item in FacilityOperator._meta.concrete_fields}
    name = fields.get(what, _("operator"))
    label = _("%(what)s (operator since %(day)s)") % {"what": name, "day": since} if since else name
    modes = dict(FacilityOperator.Mode.choices)
    return label, lambda value: str(modes.get(value, value) or "")


def _reading(parts: Sequence[str]) -> Worded:
    measure, day = (*parts, "", "")[:2]
    label = f"{Measure(measure).label if measure in Measure.values else measure} ({day})"
    return label, _amount


def _amount(value: Any) -> str:
    if not value:
        return ""
    total, vacant = value["total"], value.get("vacant")
    return (
        str(total)
        if vacant is None
        else _("%(total)d, %(vacant)d vacant") % {"total": total, "vacant": vacant}
    )
