"""What the office does with a report: take it up, answer it, refuse it with a reason, pass it up, take it up again."""

from __future__ import annotations

import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User

from ..models import Report, State, Step, What
from .routing import due_day, may_handle, tell_handlers

CLIMBED: Final = "report-climbed"
PASSED: Final = "report-passed-up"


class NotYours(ValidationError):  # noqa: N818 - says what is the matter
    """Another person must do this, or it can no longer be done."""


@transaction.atomic
def take_up(*, report: Report, by: User, revision: int | None = None) -> Report:
    """Say that somebody looks at it; the reporter sees that.

    Raises
    ------
    NotYours
        If the person's office does not have it, or somebody else was quicker.
    """
    row = _mine(report, by, revision, {State.OPEN})
    row.state = State.DOING
    return _step(row, What.TAKEN, by)


@transaction.atomic
def finish(*, report: Report, by: User, answer: str, done: bool, revision: int | None = None) -> Report:
    """Answer it: done, with what was done; or refused, with the reason. The reporter reads either.

    Raises
    ------
    NotYours
        As for `take_up`.
    ValidationError
        If there is nothing in the answer.
    """
    row = _mine(report, by, revision, {State.OPEN, State.DOING})
    if not answer.strip():
        raise ValidationError(
            {"answer": _("Write what was done.") if done else _("Write why it is not followed.")}
        )
    row.state = State.DONE if done else State.REFUSED
    row.answer, row.ended_at = answer.strip()[:1000], timezone.now()
    return _step(row, What.DONE if done else What.REFUSED, by, note=row.answer)


@transaction.atomic
def pass_up(*, report: Report, by: User, reason: str, revision: int | None = None) -> Report:
    """Hand it to the county, with the reason.

    Raises
    ------
    NotYours
        As for `take_up`; also if the county has it already.
    ValidationError
        If there is no reason.
    """
    row = _mine(report, by, revision, {State.OPEN, State.DOING})
    if row.handler is None:
        raise NotYours(_("The county has it already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the county must handle it.")})
    return _climb(row, What.PASSED_UP, by=by, note=reason.strip()[:1000], code=PASSED)


@transaction.atomic
def take_up_again(*, report: Report, by: User, reason: str, revision: int | None = None) -> Report:
    """Take an answer back and go on.

    Raises
    ------
    NotYours
        As for `take_up`.
    ValidationError
        If there is no reason.
    """
    row = _mine(report, by, revision, {State.DONE, State.REFUSED})
    if not reason.strip():
        raise ValidationError({"reason": _("Write why it is taken up again.")})
    row.state, row.ended_at, row.answer = State.DOING, None, ""
    row.due = due_day(handler=row.handler)
    return _step(row, What.REOPENED, by, note=reason.strip()[:1000])


@transaction.atomic
def climb_overdue(*, day: datetime.date | None = None) -> int:
    """Hand every report whose township let its day pass to the county.

    Returns
    -------
    int
        How many.
    """
    today = day or timezone.localdate()
    late = Report.objects.overdue(today).filter(handler__isnull=False)
    rows = list(late.select_for_update(of=("self",), skip_locked=True))
    for row in rows:
        _climb(row, What.CLIMBED, by=None, note="", code=CLIMBED, day=today)
    return len(rows)


def _climb(
    row: Report, what: What, *, by: User | None, note: str, code: str, day: datetime.date | None = None
) -> Report:
    row.handler, row.state = None, State.OPEN
    row.due = due_day(handler=None, day=day)
    saved = _step(row, what, by, note=note)
    tell_handlers(saved, code=code, key=f"{code}-{row.pk}-{row.revision}")
    return saved


def _mine(report: Report, by: User, revision: int | None, states: set[State]) -> Report:
    row = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if not may_handle(by, row):
        raise NotYours(_("Another office has this report now."))
    if row.state not in states or (revision is not None and revision != row.revision):
        raise NotYours(
            _("Somebody else has done something with this report meanwhile. This is how it stands.")
        )
    return row


def _step(row: Report, what: What, by: User | None, *, note: str = "") -> Report:
    row.revision += 1
    row.full_clean(exclude=["code_digest"])
    row.save()
    Step.objects.create(report=row, what=what, by=by, handler=row.handler, note=note)
    return row
