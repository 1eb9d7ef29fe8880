"""Going through many facilities: what becomes of each row of a change, and of its undoing.

A fact is written facility by facility, each within a savepoint of its own. Events are judged one by one and written together, and one
by one only where the database refuses the whole: then the row that it refuses is left alone, and named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress

from ..models import BulkEdit, BulkRow, Facility, LifeEvent
from . import life
from .bulk_changes import SORTS, EventSort, Judged, Many, SingleSort, undo_proposal, undo_reason
from .editing import Blocked, EditedMeanwhile, Held

Outcome = BulkRow.Outcome
# What the services say when something is not possible.
REFUSALS: Final = (PermissionDenied, ValidationError, Blocked, EditedMeanwhile, IntegrityError)
JudgedT = TypeVar("JudgedT")


def change_rows(
    edit: BulkEdit, user: User, progress: Progress | None, *, shown: Mapping[int, BulkRow] | None = None
) -> list[BulkRow]:
    """Make a change of each row, in the caller's transaction, and return what became of it.

    Parameters
    ----------
    edit
        The change and its rows.
    user
        Who changes.
    progress
        Told how far it is.
    shown
        The rows as they were looked at, by facility: where something else stands now, the row is left alone.
    """
    many, facilities = _held(edit, user)
    made: list[BulkRow] = []
    judged: list[tuple[BulkRow, Judged]] = []
    for facility in _counted(facilities, progress):
        row = BulkRow(edit=edit, facility=facility, outcome=Outcome.CHANGED)
        made.append(row)
        with _refusal(row, Outcome.REFUSED):
            if not _stands(row, many, shown[facility.pk] if shown is not None else None):
                continue
            if isinstance(many.sort, EventSort):
                judged.append((row, many.sort.judge(facility, many)))
                continue
            assert isinstance(many.sort, SingleSort)  # noqa: S101 - for the type checker: there are no others
            with transaction.atomic():
                row.trace = many.sort.do(facility, row.base, many)
    _together(judged, lambda some: _enter(some, user), Outcome.REFUSED)
    for row in made:
        if "proposal" in row.trace:
            row.outcome = Outcome.WAITS
    return made


def take_rows_back(
    edit: BulkEdit, user: User, progress: Progress | None, *, rows: Mapping[int, BulkRow]
) -> list[BulkRow]:
    """Take a change back of each row, in the caller's transaction; return the rows, which say what became of them."""
    many, facilities = _held(edit, user)
    events = _events(rows.values())
    later = _later(list(events.values()))
    judged: list[tuple[BulkRow, LifeEvent]] = []
    for facility in _counted(facilities, progress):
        row = rows[facility.pk]
        row.outcome, row.why = Outcome.UNDONE, ""
        with _refusal(row, Outcome.KEPT):
            if "proposal" in row.trace:
                with transaction.atomic():
                    undo_proposal(row.trace, edit.change, user)
            elif isinstance(many.sort, EventSort):
                event = events[row.trace["event"]]
                event.facility = facility
                many.sort.judge_undo(facility, event, later, many)
                judged.append((row, event))
            else:
                assert isinstance(many.sort, SingleSort)  # noqa: S101 - for the type checker: there are no others
                with transaction.atomic():
                    many.sort.undo(facility, row.trace, many)
    reason, lives = undo_reason(), many.held.lives
    _together(
        judged,
        lambda some: life.withdraw_judged(
            [event for _row, event in some], user=user, reason=reason, lives=lives
        ),
        Outcome.KEPT,
    )
    return [rows[facility.pk] for facility in facilities]


def _held(edit: BulkEdit, user: User) -> tuple[Many, list[Facility]]:
    """Lock the rows in the order of their keys, so that two such changes wait for each other and do not cross."""
    rows = Facility.objects.select_for_update(of=("self",)).filter(pk__in=edit.facility_ids).order_by("pk")
    facilities = list(rows.select_related("division", "kind__tier").defer("division__boundary"))
    many = Many(sort=SORTS[edit.change["sort"]], change=edit.change, user=user, held=Held(facilities))
    return many, facilities


def _counted(facilities: Sequence[Facility], progress: Progress | None) -> Iterator[Facility]:
    for done, facility in enumerate(facilities, start=1):
        yield facility
        if progress is not None and done % 10 == 0:
            progress.step(done, len(facilities), _("Going through the facilities"))


def _stands(row: BulkRow, many: Many, looked_at: BulkRow | None) -> bool:
    """Say in a row what it is and would be; return whether there is something to change.

    Raises
    ------
    ValidationError
        If it is no longer what it was when it was looked at.
    """
    now = many.sort.now(row.facility, many)
    row.base, row.before, row.after = now, many.say(now)[:400], many.wanted[:400]
    if looked_at is not None and looked_at.base != now:
        raise ValidationError(
            _("Somebody has changed it meanwhile; it is now: %(now)s.") % {"now": row.before or _("(empty)")}
        )
    wanted = many.sort.wanted(many.change)
    if wanted is not None and wanted == now:
        row.outcome = Outcome.SAME
        return False
    return True


def _enter(judged: Sequence[tuple[BulkRow, Judged]], user: User) -> None:
    made = life.enter_judged([one for _row, one in judged], user=user)
    for (row, _one), entered in zip(judged, made, strict=True):
        row.trace = {"event" if isinstance(entered, LifeEvent) else "proposal": entered.pk}


def _together(
    judged: Sequence[tuple[BulkRow, JudgedT]],
    act: Callable[[Sequence[tuple[BulkRow, JudgedT]]], None],
    refused: BulkRow.Outcome,
) -> None:
    """Do something with all rows at once; where the database refuses that, with each by itself."""
    if not judged:
        return
    try:
        with transaction.atomic():
            act(judged)
    except IntegrityError:
        # Somebody who does not lock the facility, such as an import, has written a row of the same day since these were read.
        for one in judged:
            with _refusal(one[0], refused), transaction.atomic():
                act([one])


@contextlib.contextmanager
def _refusal(row: BulkRow, outcome: BulkRow.Outcome) -> Iterator[None]:
    """Have a row say why it was refused, and leave the others alone."""
    try:
        yield
    except REFUSALS as error:
        row.outcome, row.why = outcome, _words(error)[:600]


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, Blocked):
        return " ".join(finding.text for finding in error.findings)
    if isinstance(error, EditedMeanwhile | IntegrityError):
        return _("Somebody has changed it meanwhile.")
    return _("You may not change this there.")


def _events(rows: Iterable[BulkRow]) -> dict[int, LifeEvent]:
    """Lock the events that a change has entered, by key."""
    pks = [row.trace["event"] for row in rows if "event" in row.trace]
    if not pks:
        return {}
    found = LifeEvent.objects.select_for_update(of=("self",)).filter(pk__in=pks)
    return {event.pk: event for event in found.order_by("pk")}


def _later(events: Sequence[LifeEvent]) -> set[int]:
    """Return the facilities that have had an event of the same sort since."""
    mine = {event.facility_id: event for event in events}
    rows = LifeEvent.objects.filter(
        facility__in=mine, what__in={event.what for event in events}, withdrawn_at__isnull=True
    )
    return {
        pk
        for pk, recorded_at in rows.values_list("facility_id", "recorded_at")
        if recorded_at > mine[pk].recorded_at
    }
