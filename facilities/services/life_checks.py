"""What makes an event impossible, and which event waits for the county. Nothing here writes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import Facility, Status, What
from .life_rows import Lives
from .life_words import Event

Problems = list[tuple[str, str]]


def needs_approval(facility: Facility, event: Event, lives: Lives) -> bool:
    """Whether an event waits for the county when a clerk enters it."""
    if event.what is What.STATUS:
        row = lives.status_until(facility, event.day)
        rule = lives.status_rules.get((row.status if row else "", event.details["status"]))
        return rule is None or rule.needs_approval
    return lives.rules.needs_approval(event.what.value)


def check(facility: Facility, event: Event, lives: Lives) -> None:
    """Say what makes an event impossible.

    Raises
    ------
    ValidationError
        By field: ``day``, ``status``, ``document``, ``merged_into``, ``name``, ``until``, ``kind``, ``functions``, ``reason``.
    """
    errors: dict[str, list[str]] = {}
    if facility.duplicate_of_id is not None:
        raise ValidationError(_("This record was merged into another; enter the event there."))
    if not event.reason.strip():
        errors.setdefault("reason", []).append(_("Say why, in a few words."))
    far = timezone.localdate() + datetime.timedelta(days=366 * lives.years_ahead)
    if event.day > far:
        errors.setdefault("day", []).append(_("This day is too far ahead."))
    for name, message in _CHECKS[event.what](facility, event, lives):
        errors.setdefault(name, []).append(message)
    if errors:
        raise ValidationError(errors)


def check_sequence(facility: Facility, lives: Lives, *, without: Collection[int]) -> None:
    """Say whether the statuses that are left without some follow one another.

    Raises
    ------
    ValidationError
        If one could not follow the one before it.
    """
    before = ""
    for row in lives.statuses[facility.pk]:
        if row.pk in without:
            continue
        # How a register's life began is what its files say: only what follows is held to the rules.
        if before and (before, row.status) not in lives.status_rules:
            raise ValidationError(
                _("Without it, %(problem)s Correct it instead, or begin with the later one.")
                % {"problem": _not_possible(before, row.status)}
            )
        before = row.status


def _check_status(facility: Facility, event: Event, lives: Lives) -> Problems:
    after = event.details.get("status") or ""
    problems: Problems = []
    if after not in Status.values:
        return [("status", _("Choose a status."))]
    rows = lives.statuses[facility.pk]
    if any(row.valid_from == event.day for row in rows):
        return [("day", _("There is a status of this day already; correct that one."))]
    before = next((row.status for row in reversed(rows) if row.valid_from < event.day), "")
    following = next((row for row in rows if row.valid_from > event.day), None)
    rule = lives.status_rules.get((before, after))
    if rule is None:
        problems.append(("status", _not_possible(before, after)))
    elif rule.needs_document and not event.document.strip() and not event.has_file:
        problems.append(("document", _("This needs a document: its number, or a file.")))
    if following is not None and (after, following.status) not in lives.status_rules:
        problems.append(
            (
                "day",
                _("After it, from %(day)s, there is “%(status)s”, which cannot follow. Correct that first.")
                % {"day": date_format(following.valid_from), "status": following.get_status_display()},
            )
        )
    if after in {Status.CLOSED, Status.MERGED} and facility.opened_on and event.day < facility.opened_on:
        problems.append(("day", _("It opened only on %(day)s.") % {"day": date_format(facility.opened_on)}))
    if after == Status.MERGED:
        problems += _check_target(facility, event.details.get("merged_into"))
    return problems


def _not_possible(before: str, after: str) -> str:
    words = dict(Status.choices)
    if not before:
        return _("A facility's life cannot begin with “%(after)s”.") % {"after": words[Status(after)]}
    if before == after:
        return _("It has this status on that day already.")
    return _("“%(after)s” cannot follow “%(before)s”.") % {
        "after": words[Status(after)],
        "before": words[Status(before)],
    }


def _check_target(facility: Facility, target: Any) -> Problems:
    if not target:
        return [("merged_into", _("Say into which facility it is merged: its number."))]
    other = Facility.objects.standing().filter(pk=target).first()
    if other is None or other.pk == facility.pk:
        return [("merged_into", _("There is no other facility with this number."))]
    return []


def _check_operator(facility: Facility, event: Event, lives: Lives) -> Problems:
    problems: Problems = []
    if not event.details.get("name"):
        problems.append(("name", _("Say who runs it from then on.")))
    until = event.details.get("until")
    if until and datetime.date.fromisoformat(until) <= event.day:
        problems.append(("until", _("The contract ends before it begins.")))
    if any(row.valid_from == event.day for row in lives.operators[facility.pk]):
        problems.append(("day", _("An operator begins on this day already; correct that one.")))
    return problems


def _check_functions(facility: Facility, event: Event, lives: Lives) -> Problems:
    functions = event.details.get("functions") or []
    if not functions or not lives.every_function.issuperset(functions):
        return [("functions", _("Choose at least one function."))]
    if any(row.valid_from == event.day for row in lives.functions[facility.pk]):
        return [("day", _("Functions change on this day already; correct that change."))]
    return []


def _check_kind(facility: Facility, event: Event, lives: Lives) -> Problems:
    kind = event.details.get("kind") or 0
    if kind not in lives.every_kind:
        return [("kind", _("Choose a kind."))]
    if any(row.valid_from == event.day for row in lives.kinds[facility.pk]):
        return [("day", _("The kind changes on this day already; correct that change."))]
    if kind == lives.kind_on(facility, event.day):
        return [("kind", _("It is of this kind on that day already."))]
    return _check_functions(facility, event, lives)


_CHECKS: Final[dict[What, Callable[[Facility, Event, Lives], Problems]]] = {
    What.STATUS: _check_status,
    What.OPERATOR: _check_operator,
    What.KIND: _check_kind,
    What.FUNCTIONS: _check_functions,
}
