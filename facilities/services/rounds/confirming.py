"""An answer is taken in, in one transaction, by somebody who may. What the county does about it is in ``deciding``."""

from __future__ import annotations

import datetime
import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may

from ...models import CapacityReading, Confirmation, ConfirmationHold, Facility, Status, Verification
from .exceptions import Reason, unusual
from .facts import COLUMNS, Values, digest, is_figure, known, label, questions, values_of, words
from .opening import current_round
from .settings import thresholds

State = Confirmation.State


class Outcome(enum.Enum):
    """What became of an answer."""

    DONE = "done"
    APPROVING = "approving"
    ALREADY = "already"
    """The same form had been sent before; nothing was done again."""


class Stopped(Exception):  # noqa: N818 - the answer is not wrong, it cannot be taken in as things stand
    """An answer cannot be taken in; the sentence says why. Nothing was changed, and what was typed is the caller's to keep."""


class OvertakenError(Stopped):
    """Somebody was quicker, or the record has changed: the caller shows what it is now, and asks again.

    Parameters
    ----------
    message
        Who, and what.
    changes
        Facts that are other than the form showed: label, what they are now.
    """

    def __init__(self, message: str, changes: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.changes = list(changes)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a form brings.

    Parameters
    ----------
    token
        Made with the form: the same form sent twice is one answer.
    version
        Of the confirmation, as the form showed it.
    seen
        The mark (``facts.digest``) of the values that the form showed.
    values
        As `checking.check` has read them.
    as_of, method, remark
        Of which day it speaks, how it is known, and a remark.
    """

    token: uuid.UUID
    version: int
    seen: str
    values: Mapping[str, Any]
    as_of: datetime.date
    method: str
    remark: str = ""


@transaction.atomic
def confirm(*, confirmation: Confirmation, user: User, answer: Answer, day: datetime.date) -> Outcome:
    """Take an answer in. What is usual holds at once; what is unusual waits for the county.

    Parameters
    ----------
    confirmation
        Of the present round.
    user
        Who answers.
    answer
        What, checked before.
    day
        Today.

    Raises
    ------
    PermissionDenied
        If the person may not keep this facility.
    Stopped
        If the round is over, or the facility is not in operation any more.
    OvertakenError
        If somebody else answered meanwhile, or the record was changed.
    """
    row = lock(confirmation)
    if not may(user, Action.EDIT_FACILITIES, division=row.facility.division):
        raise PermissionDenied
    if row.token == answer.token:
        return Outcome.ALREADY
    _must_be_open(row, day)
    now = values_of(known(row.facility, questions(row.facility, day=day)))
    _must_be_as_seen(row, user, answer, now)
    found = unusual(now, answer.values, thresholds=thresholds(day))
    found |= {
        code: Reason.INSISTED
        for code in row.disputed
        if code in answer.values and answer.values[code] == row.answers.get(code)
    }
    row.before, row.answers = now, dict(answer.values)
    row.unusual = {code: str(reason) for code, reason in found.items()}
    row.as_of, row.method, row.remark, row.token = answer.as_of, answer.method, answer.remark, answer.token
    row.confirmed_by, row.confirmed_at = user, timezone.now()
    row.decided_by, row.decided_at, row.reason, row.disputed = None, None, "", {}
    row.state = State.APPROVING if found else State.DONE
    row.version += 1
    row.save()
    apply(row, [code for code in row.answers if code not in found])
    ConfirmationHold.objects.filter(confirmation=row).delete()
    return Outcome.APPROVING if found else Outcome.DONE


def lock(confirmation: Confirmation) -> Confirmation:
    """Read the row again and hold it: of two at once the second waits, and sees what the first has done."""
    locked = Confirmation.objects.select_for_update(of=("self",))
    row = locked.select_related(
        "round", "facility__kind", "facility__division", "confirmed_by", "decided_by"
    ).get(pk=confirmation.pk)
    # An edit of the record at the same moment waits for this, or this for it.
    Facility.objects.select_for_update().filter(pk=row.facility_id).first()
    row.facility.refresh_from_db(fields=[*COLUMNS])
    return row


def _must_be_open(row: Confirmation, day: datetime.date) -> None:
    status = row.facility.status_on(day)
    if status is None or status.status != Status.OPEN:
        said = status.get_status_display() if status is not None else _("none known")
        raise Stopped(
            _("%(facility)s is not in operation (%(status)s), so its figures are not asked for any more.")
            % {"facility": row.facility.name, "status": said}
        )
    if row.round != current_round(day):
        raise Stopped(
            _("The round %(round)s is over. Confirm the facility in the present one.") % {"round": row.round}
        )


def _must_be_as_seen(row: Confirmation, user: User, answer: Answer, now: Values) -> None:
    if row.version != answer.version:
        who = _("You") if row.confirmed_by == user else str(row.confirmed_by or row.decided_by or "")
        said = [(label(code), words(code, value) or "—") for code, value in row.answers.items()]
        raise OvertakenError(
            _("%(who)s answered this a moment ago. Compare, and send yours again if it is the right one.")
            % {"who": who},
            said,
        )
    if digest(now) != answer.seen:
        raise OvertakenError(
            _(
                "The record has been changed since you opened this page. Compare, and send yours again if it is right."
            ),
            [(label(code), words(code, value) or "—") for code, value in now.items()],
        )


def apply(row: Confirmation, codes: Iterable[str]) -> None:
    """Write answers into the register, as of their day: figures as dated readings, the rest as the record's own columns."""
    facility = row.facility
    newer = set(
        Verification.objects.filter(facility=facility, as_of__gt=row.as_of).values_list("code", flat=True)
    )
    changed = []
    for code in codes:
        value = row.answers[code]
        if is_figure(code):
            CapacityReading.objects.update_or_create(
                facility=facility,
                measure=code,
                as_of=row.as_of,
                defaults={"total": value[0], "vacant": value[1], "source": _source_of(facility)},
            )
        elif code not in newer and getattr(facility, code) != value:
            setattr(facility, code, value)
            changed.append(code)
        if code not in newer:
            Verification.objects.update_or_create(
                facility=facility,
                code=code,
                defaults={"value": value, "as_of": row.as_of, "method": row.method, "confirmation": row},
            )
    if changed:
        facility.clean_fields(exclude={f.name for f in Facility._meta.fields} - set(changed))
        facility.save(update_fields=[*changed, "updated_at"])


def _source_of(facility: Facility) -> Any:
    # What is said of an invented facility is invented, too, and goes with it.
    return facility.source if facility.is_demo else None


def reason_words(reason: str) -> str:
    """Say why an answer waits."""
    return {
        Reason.VACANCY_JUMP: _("the vacancies jump"),
        Reason.CAPACITY_CHANGED: _("the capacity changes"),
        Reason.COUNT_CHANGED: _("the number changes much"),
        Reason.PHONE_CHANGED: _("the public telephone changes"),
        Reason.EMPTIED: _("it is left empty"),
        Reason.INSISTED: _("it was doubted, and is answered the same"),
    }.get(Reason(reason) if reason in set(Reason) else Reason.EMPTIED, reason)
