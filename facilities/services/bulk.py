"""Changing many facilities at once: first what it would do to each, then all of it in one transaction, or its undoing.

The preview is the change itself, taken back: what it says of a row is what would happen, refusals included. The change then holds
each row against what the preview showed, so that a row that somebody has changed meanwhile is left alone and named.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, Urgency, job_task
from geo_registry.languages import in_each_language, in_readers_language
from geo_registry.worklist.services import notify

from ..models import BulkEdit, BulkRow, Facility
from . import proposing
from .bulk_changes import SORTS
from .bulk_walk import change_rows, take_rows_back

# More than these are a new import, not a change by hand.
MOST: Final = 2_000
# So many are changed while the person waits; more in the background.
AT_ONCE: Final = 60
# A change that was begun and not made is forgotten after so many days.
FORGOTTEN_AFTER: Final = datetime.timedelta(days=7)

Outcome = BulkRow.Outcome
State = BulkEdit.State


def choose(*, user: User, facility_ids: Iterable[int], query: str) -> BulkEdit:
    """Remember which rows somebody has chosen. Rows out of the person's scope are not taken.

    Raises
    ------
    ValidationError
        If none is left, or there are too many.
    """
    wanted = list(dict.fromkeys(facility_ids))
    if len(wanted) > MOST:
        raise ValidationError(
            _("At most %(most)d facilities can be changed at once; %(count)d are chosen. Narrow the list.")
            % {"most": MOST, "count": len(wanted)}
        )
    rows = policy.limit(Facility.objects.filter(pk__in=wanted), user).order_by("number")
    kept = list(rows.values_list("pk", flat=True))
    if not kept:
        raise ValidationError(_("Choose at least one facility."))
    begun = BulkEdit.objects.filter(owner=user, state__in=[State.CHOSEN, State.PREVIEWED])
    begun.filter(created_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    return BulkEdit.objects.create(owner=user, facility_ids=kept, query=query[:2000])


def preview(
    *, edit: BulkEdit, change: dict[str, Any], user: User, progress: Progress | None = None
) -> BulkEdit:
    """Say what a change would do to each row: it is made, and taken back.

    Raises
    ------
    ValidationError
        If the change was made already.
    """
    _own(edit, user)
    if edit.state in {State.APPLIED, State.UNDONE}:
        raise ValidationError(_("This change was made already; choose the rows again for another."))
    edit.change, edit.title = change, _title(change)
    with transaction.atomic(), proposing.told_together():
        made = change_rows(edit, user, progress)
        transaction.set_rollback(True)
    with transaction.atomic():
        edit.rows.all().delete()
        BulkRow.objects.bulk_create(made)
        edit.state = State.PREVIEWED
        edit.save(update_fields=["change", "title", "state"])
    return edit


@transaction.atomic
def apply(*, edit: BulkEdit, user: User, progress: Progress | None = None) -> BulkEdit:
    """Make the change that was looked at: all rows in one transaction, each against what the preview showed.

    Raises
    ------
    ValidationError
        If it was not looked at, or is made already.
    """
    locked = BulkEdit.objects.select_for_update(of=("self",)).get(pk=edit.pk)
    _own(locked, user)
    if locked.state != State.PREVIEWED:
        raise ValidationError(_("This change was made already, or nobody has looked at it yet."))
    shown = {row.facility_id: row for row in locked.rows.all()}
    locked.facility_ids = [
        pk
        for pk in locked.facility_ids
        if pk in shown and shown[pk].outcome in {Outcome.CHANGED, Outcome.WAITS}
    ]
    # One word to the county for all that waits, and not one for each.
    title = in_each_language(lambda: _title(locked.change))
    with pghistory.context(bulk=str(locked.pk), change=title), proposing.told_together():
        made = change_rows(locked, user, progress, shown=shown)
    _tell(locked, title, made)
    for row in made:
        kept = shown[row.facility_id]
        kept.outcome, kept.why, kept.why_said, kept.trace = row.outcome, row.why, row.why_said, row.trace
    _keep([shown[row.facility_id] for row in made])
    locked.state, locked.applied_at = State.APPLIED, timezone.now()
    locked.save(update_fields=["state", "applied_at"])
    return locked


@transaction.atomic
def undo(*, edit: BulkEdit, user: User, progress: Progress | None = None) -> BulkEdit:
    """Take the change back, row by row, where nobody has changed the same since.

    Raises
    ------
    ValidationError
        If it was not made, or is taken back already.
    """
    locked = BulkEdit.objects.select_for_update(of=("self",)).get(pk=edit.pk)
    _own(locked, user)
    if locked.state != State.APPLIED:
        raise ValidationError(_("There is nothing to take back."))
    rows = {row.facility_id: row for row in locked.rows.filter(outcome__in=[Outcome.CHANGED, Outcome.WAITS])}
    locked.facility_ids = list(rows)
    title = in_each_language(lambda: _("taken back: %(title)s") % {"title": _title(locked.change)})
    with pghistory.context(bulk=str(locked.pk), change=title):
        gone_through = take_rows_back(locked, user, progress, rows=rows)
    _keep(gone_through)
    locked.state, locked.undone_at = State.UNDONE, timezone.now()
    locked.save(update_fields=["state", "undone_at"])
    return locked


def _keep(rows: Sequence[BulkRow]) -> None:
    """Write what became of rows that are there already, a few hundred in a statement."""
    BulkRow.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["pk"], update_fields=["outcome", "why", "why_said", "trace"]
    )  # fmt: skip


def _tell(edit: BulkEdit, title: dict[str, str], rows: Sequence[BulkRow]) -> None:
    """Tell the county what waits for it, by division: who decides there sees it."""
    waiting = Counter(row.facility.division for row in rows if row.outcome == Outcome.WAITS)
    for division, count in waiting.items():
        for role in proposing.DECIDERS:
            notify(
                code="facilities-proposals-sent",
                params={
                    "title": title,
                    "author": str(edit.owner),
                    "count": count,
                    "where": division.name,
                },
                link=reverse("facilities:proposals"),
                role=role,
                division=division,
            )


def _own(edit: BulkEdit, user: User) -> None:
    if edit.owner_id != user.pk and user.role != Role.ADMINISTRATOR:
        raise PermissionDenied


def _title(change: dict[str, Any]) -> str:
    sort = SORTS[change["sort"]]
    said = sort.say_wanted(change) or _("(empty)")
    return (_("%(what)s: %(value)s") % {"what": sort.label, "value": said})[:200]


def in_words(edit: BulkEdit, rows: Iterable[BulkRow]) -> str:
    """Say a change and what its rows were and would be in the reader's language, whoever looked at it first.

    Returns
    -------
    str
        The change in one sentence. The rows' ``before`` and ``after`` are set.
    """
    if not edit.change:
        return edit.title
    sort = SORTS[edit.change["sort"]]
    after = sort.say_wanted(edit.change)[:400]
    said: dict[str, str] = {}
    for row in rows:
        row.why = in_readers_language(row.why_said or row.why)
        if row.after:
            row.after = after
        if row.base is None:
            continue
        # Many rows have the same value, and saying it may cost a query.
        key = json.dumps(row.base, sort_keys=True)
        if key not in said:
            said[key] = sort.say(row.base)[:400]
        row.before = said[key]
    return _title(edit.change)


def counts(rows: Sequence[BulkRow]) -> list[tuple[str, str, int]]:
    """Return how many rows there are of each outcome: its code, its words, the number."""
    found = Counter(row.outcome for row in rows)
    return [(value, str(label), found[value]) for value, label in Outcome.choices if found[value]]


# In the background


def needs_background(edit: BulkEdit) -> bool:
    """Whether there are so many rows that nobody should wait for the page."""
    return len(edit.facility_ids) > AT_ONCE


def enqueue_step(*, edit: BulkEdit, step: str, change: dict[str, Any] | None, user: User) -> Job:
    """Do a step (preview, apply, undo) in the background; the job's page leads back to the change."""
    titles = {
        "preview": gettext_noop("Looking at a change of %(count)d facilities"),
        "apply": gettext_noop("Changing %(count)d facilities"),
        "undo": gettext_noop("Taking back a change of %(count)d facilities"),
    }
    return enqueue(
        task=bulk_job,
        title=lambda: _(titles[step]) % {"count": len(edit.facility_ids)},
        created_by=user,
        kwargs={"edit": str(edit.pk), "step": step, "change": change, "user_id": user.pk},
    )


@job_task(urgency=Urgency.AWAITED)
def bulk_job(
    progress: Progress, *, edit: str, step: str, change: dict[str, Any] | None, user_id: int
) -> JobOutcome:
    """Do one step of a change. It is done wholly or not at all."""
    found, user = BulkEdit.objects.get(pk=edit), User.objects.get(pk=user_id)
    with pghistory.context(user=user.pk, url=reverse("facilities:bulk", args=[found.pk])):
        if step == "preview":
            preview(edit=found, change=change or {}, user=user, progress=progress)
        elif step == "apply":
            apply(edit=found, user=user, progress=progress)
        else:
            undo(edit=found, user=user, progress=progress)
    return JobOutcome(url=reverse("facilities:bulk", args=[found.pk]))
