"""Going through many facilities: what becomes of each row of a change, and of its undoing.

A fact is written facility by facility, each within a savepoint of its own. Events are judged one by one and written together; only
where the database refuses the whole, one by one: then the row that it refuses is left alone, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Final, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.languages import in_each_language

from ..models import BulkEdit, BulkRow, Facility, LifeEvent
from . import life
from .bulk_changes import SORTS, EventSort, Judged, Many, SingleSort, undo_proposal
from .editing import Blocked, EditedMeanwhile, Held
from .life_words import TAKEN_BACK

Outcome = BulkRow.Outcome
# What the services say when something is not possible.
REFUSALS: Final = (PermissionDenied, ValidationError, Blocked, EditedMeanwhile, IntegrityError)
JudgedT = TypeVar("JudgedT")
ResultT = TypeVar("ResultT")


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
        looked_at = shown[facility.pk] if shown is not None else None
        if not _attempt(row, Outcome.REFUSED, partial(_stands, row, many, looked_at)):
            continue
        if isinstance(many.sort, EventSort):
            if one := _attempt(row, Outcome.REFUSED, partial(many.sort.judge, facility, many)):
                judged.append((row, one))
        elif isinstance(many.sort, SingleSort):
            do = partial(many.sort.do, facility, row.base, many)
            row.trace = _attempt(row, Outcome.REFUSED, do, writes=True) or {}
    _together(judged, partial(_enter, user), Outcome.REFUSED)
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
        row.outcome, row.why, row.why_said = Outcome.UNDONE, "", {}
        if "proposal" in row.trace:
            act = partial(undo_proposal, row.trace, edit.change, user)
            _attempt(row, Outcome.KEPT, act, writes=True)
        elif isinstance(many.sort, EventSort):
            event = events[row.trace["event"]]
            event.facility = facility
            if _attempt(row, Outcome.KEPT, partial(many.sort.judge_undo, facility, event, later, many)):
                judged.append((row, event))
        elif isinstance(many.sort, SingleSort):
            _attempt(row, Outcome.KEPT, partial(many.sort.undo, facility, row.trace, many), writes=True)
    _together(judged, partial(_withdraw, many), Outcome.KEPT)
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
            _("Somebody has changed it meanwhile; it is now: %(now)s.")
            % {"now": many.sort.say(now) or _("(empty)")}
        )
    wanted = many.sort.wanted(many.change)
    if wanted is not None and wanted == now:
        row.outcome = Outcome.SAME
        return False
    return True


def _enter(user: User, judged: Sequence[tuple[BulkRow, Judged]]) -> None:
    made = life.enter_judged([one for _row, one in judged], user=user)
    for (row, _one), entered in zip(judged, made, strict=True):
        row.trace = {"event" if isinstance(entered, LifeEvent) else "proposal": entered.pk}


def _withdraw(many: Many, judged: Sequence[tuple[BulkRow, LifeEvent]]) -> None:
    events = [event for _row, event in judged]
    life.withdraw_judged(events, user=many.user, reason=TAKEN_BACK, lives=many.held.lives)


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
            _attempt(one[0], refused, partial(act, [one]), writes=True)


def _attempt(
    row: BulkRow, refused: BulkRow.Outcome, act: Callable[[], ResultT], *, writes: bool = False
) -> ResultT | None:
    """Do something with a row; where it is refused, the row says why in each language, and the others are left alone.

    Parameters
    ----------
    row, refused
        The row, and what becomes of it where it is refused.
    act
        What is done. It is done again in each language where it was refused, to be refused again.
    writes
        Whether it writes, and needs a savepoint.
    """
    try:
        with transaction.atomic() if writes else nullcontext():
            return act()
    except REFUSALS as error:
        first = _words(error)
        row.outcome, row.why = refused, first[:600]
        row.why_said = in_each_language(lambda: _refused_again(act, writes=writes) or first)
        return None


def _refused_again(act: Callable[[], object], *, writes: bool) -> str:
    try:
        with transaction.atomic() if writes else nullcontext():
            act()
            if writes:
                transaction.set_rollback(True)
    except REFUSALS as error:
        return _words(error)
    return ""


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
