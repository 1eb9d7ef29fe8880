"""A change of many names: wholly or not at all, in one history context, with progress; and taken back, never over a later edit."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from geo_registry.accounts.models import User
from geo_registry.imports.services.neutral import message_to_json
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, job_task
from placenames.models import Name, NameBatch, NameBatchRow, NameReview, Place, Spelling
from placenames.naming.checks import Finding, Severity

from .checking import Checker
from .checking.words import finding_message, to_be_looked_at
from .reviewing import Chosen, Preview, preview, require, subject_of_name, with_what_checks_need

AT_ONCE: Final = 300
"""More than so many names are changed in the background."""
CHECKED: Final = frozenset({NameBatch.Act.ACCEPT.value})
"""What is done only to names that the checks were run on."""
_CHUNK: Final = 1_000

Outcome = NameBatchRow.Outcome
Changer = Callable[[NameBatch, Sequence[int], datetime.datetime], list[NameBatchRow]]


def begin(
    *,
    user: User,
    action: str,
    chosen: Chosen,
    token: str,
    authority: str = "",
    approved_on: datetime.date | None = None,
) -> NameBatch:
    """Write down a change of many that was looked at, before it is made.

    Parameters
    ----------
    user, action, chosen
        As for `reviewing.preview`.
    token
        That of the preview.
    authority, approved_on
        Who accepted recorded names as standard ones, and when.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `reviewing.preview`.
    """
    require(user, action)
    # Whoever looked at one and begins another has let the first one go.
    mine = NameBatch.objects.filter(owner=user, act=action, state=NameBatch.State.WAITING)
    mine.filter(checked_at__isnull=False).delete()
    batch = NameBatch(
        owner=user, act=action, division=chosen.division, kind=chosen.kind, text=chosen.text, token=token,
    )  # fmt: skip
    if authority or approved_on is not None:
        _decide(batch, authority, approved_on)
    batch.save()
    return batch


def decide(*, batch: NameBatch, user: User, authority: str, approved_on: datetime.date | None) -> NameBatch:
    """Say who accepted the names of a change that waits as standard ones, and when.

    Raises
    ------
    PermissionDenied
        If it is somebody else's, or the person may not.
    ValidationError
        If author or day are missing, or the change is made already.
    """
    require(user, batch.act)
    if batch.owner_id != user.pk:
        raise PermissionDenied
    if batch.state != NameBatch.State.WAITING:
        raise ValidationError(_("The change is made already."))
    _decide(batch, authority, approved_on)
    batch.save()
    return batch


def _decide(batch: NameBatch, authority: str, approved_on: datetime.date | None) -> None:
    if batch.act != NameBatch.Act.ACCEPT:
        return
    if not authority.strip() or approved_on is None or approved_on > timezone.localdate():
        raise ValidationError(_("Say who accepted the names as standard ones, and on which day."))
    batch.authority, batch.approved_on = authority.strip(), approved_on


@transaction.atomic
def check(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Run the checks on the names of a change that waits: a row for each with what was found; what is blocked is left alone.

    Raises
    ------
    PermissionDenied
        If the person may not.
    ValidationError
        If the names are no longer those that were shown.
    """
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state == NameBatch.State.WAITING and row.checked_at is None:
        _check(row, _shown(row, user), progress)
    return row


def _shown(row: NameBatch, user: User) -> Preview:
    """Return the names of a change as they were shown, or refuse."""
    chosen = Chosen(division=row.division, kind=row.kind, text=row.text)
    shown = preview(user=user, action=row.act, chosen=chosen)
    if shown.token != row.token:
        raise ValidationError(_("The names have changed since they were shown. Look at the preview again."))
    return shown


def _check(row: NameBatch, shown: Preview, progress: Progress | None) -> None:
    checker = Checker(least=Severity.WARN)
    for done, chunk in _chunks(shown.name_ids):
        names = with_what_checks_need(Name.objects.filter(pk__in=chunk)).order_by("pk")
        found = zip(names, checker.check([subject_of_name(name) for name in names]), strict=True)
        NameBatchRow.objects.bulk_create(_checked_row(row, name, checked.findings) for name, checked in found)
        _tell(progress, done, shown.count, _("Checking names"))
    row.checked_at = timezone.now()
    row.save()


def _checked_row(batch: NameBatch, name: Name, findings: Sequence[Finding]) -> NameBatchRow:
    found = [finding for finding in findings if to_be_looked_at(finding)]
    blocked = any(finding.severity is Severity.BLOCK for finding in found)
    return NameBatchRow(
        batch=batch, name=name, outcome=Outcome.LEFT if blocked else Outcome.CHOSEN,
        weight=max((finding.severity.weight for finding in found), default=0),
        findings=[message_to_json(finding_message(finding)) for finding in found],
    )  # fmt: skip


@transaction.atomic
def carry_out(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Do to all what the preview showed, or nothing. Doing it again changes nothing.

    Raises
    ------
    PermissionDenied
        If the person may not.
    ValidationError
        If the names are no longer those that were shown.
    """
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state != NameBatch.State.WAITING:
        return row
    if row.act == NameBatch.Act.ACCEPT and row.approved_on is None:
        raise ValidationError(_("Say who accepted the names as standard ones, and on which day."))
    shown = _shown(row, user)
    # Whoever changes one of these names meanwhile waits; whoever was quicker is seen by the second look.
    list(Name.objects.select_for_update().filter(pk__in=shown.name_ids).order_by("pk").values_list("pk"))
    shown = _shown(row, user)
    if row.act in CHECKED and row.checked_at is None:
        _check(row, shown, progress)
    name_ids = _to_be_changed(row, shown)
    now = timezone.now()
    change = _CHANGERS[row.act]
    with pghistory.context(name_batch=str(row.pk), change=str(row)):
        for done, chunk in _chunks(name_ids):
            try:
                made = change(row, chunk, now)
            except IntegrityError as error:
                raise ValidationError(
                    _("The names have changed since they were shown. Look at the preview again.")
                ) from error
            NameBatchRow.objects.bulk_create(each for each in made if each.pk is None)
            NameBatchRow.objects.bulk_update(
                [each for each in made if each.pk is not None], ["outcome", "trace"]
            )
            _tell(progress, done, len(name_ids), _("Changing names"))
    row.state, row.done_at, row.count = NameBatch.State.DONE, now, len(name_ids)
    row.save()
    return row


def _to_be_changed(row: NameBatch, shown: Preview) -> Sequence[int]:
    """Return the names that were shown, without those that a check blocks."""
    if row.checked_at is None:
        return shown.name_ids
    chosen = row.rows.filter(outcome=Outcome.CHOSEN).order_by("name_id")
    return list(chosen.values_list("name_id", flat=True))


def _chunks(pks: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    for start in range(0, len(pks), _CHUNK):
        chunk = pks[start : start + _CHUNK]
        yield start + len(chunk), chunk


def _tell(progress: Progress | None, done: int, total: int, message: str) -> None:
    if progress is not None:
        progress.step(done, total, message)


def _confirm(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    rows = Spelling.objects.filter(name__in=name_ids, status=Spelling.Status.PROPOSED, doubts=[])
    held = list(rows.order_by("name_id", "pk").values_list("pk", "name_id", "text"))
    # A name has one confirmed spelling: of several proposals the first.
    first = {name_id: (pk, text) for pk, name_id, text in reversed(held)}
    Spelling.objects.filter(pk__in=[pk for pk, _text in first.values()]).update(
        status=Spelling.Status.CONFIRMED, confirmed_by=batch.owner, confirmed_at=now
    )
    return [
        NameBatchRow(batch=batch, name_id=name_id, trace={"spelling": pk, "text": text})
        for name_id, (pk, text) in first.items()
    ]


def _accept(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    names = list(Name.objects.filter(pk__in=name_ids).select_related("place").order_by("pk"))
    made = list(batch.rows.filter(name__in=name_ids).order_by("name_id"))
    for each, name in zip(made, names, strict=True):
        each.outcome = Outcome.CHANGED
        each.trace = {
            "text": name.text, "place": name.place_id, "approved_by": name.place.approved_by,
            "approved_on": name.place.approved_on.isoformat() if name.place.approved_on else None,
        }  # fmt: skip
    Name.objects.filter(pk__in=name_ids).update(status=Name.Status.STANDARD)
    Place.objects.filter(pk__in=[name.place_id for name in names]).update(
        approved_by=batch.authority, approved_on=batch.approved_on, updated_at=now
    )
    return made


def _fine(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    made = NameReview.objects.bulk_create(
        NameReview(name_id=pk, outcome=NameReview.Outcome.FINE, by=batch.owner, at=now) for pk in name_ids
    )
    return [
        NameBatchRow(
            batch=batch, name_id=review.name_id, trace={"review": review.pk, "at": review.at.isoformat()}
        )
        for review in made
    ]


_CHANGERS: Final[dict[str, Changer]] = {
    NameBatch.Act.CONFIRM: _confirm,
    NameBatch.Act.ACCEPT: _accept,
    NameBatch.Act.FINE: _fine,
}


# -- taking it back --------------------------------------------------------------------------------


@transaction.atomic
def undo(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Take a change back for every name that is still as the change left it; the others are kept and can be listed.

    Raises
    ------
    PermissionDenied
        If the person may not do what the change did.
    ValidationError
        If it is not done, or taken back already.
    """
    require(user, batch.act)
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not may_see(row, user):
        raise PermissionDenied
    if row.state != NameBatch.State.DONE:
        raise ValidationError(_("Only a change that is in force can be taken back."))
    take_back = _UNDOERS[row.act]
    changed = row.rows.filter(outcome=Outcome.CHANGED)
    pks = list(changed.order_by("pk").values_list("pk", flat=True))
    with pghistory.context(name_batch=str(row.pk), change=_("taken back: %(change)s") % {"change": row}):
        for done, chunk in _chunks(pks):
            rows = list(NameBatchRow.objects.filter(pk__in=chunk).order_by("pk"))
            list(Name.objects.select_for_update().filter(pk__in=[r.name_id for r in rows]).order_by("pk"))
            undone = take_back(row, rows)
            for each in rows:
                each.outcome = Outcome.UNDONE if each.pk in undone else Outcome.KEPT
            NameBatchRow.objects.bulk_update(rows, ["outcome"])
            _tell(progress, done, len(pks), _("Taking back"))
    row.state, row.undone_at, row.undone_by = NameBatch.State.UNDONE, timezone.now(), user
    row.save()
    return row


def _unconfirm(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    texts = {row.trace["spelling"]: (row.pk, row.trace["text"]) for row in rows}
    same = Spelling.objects.select_for_update().filter(
        pk__in=texts, status=Spelling.Status.CONFIRMED, confirmed_at=batch.done_at
    )
    back = [pk for pk, text in same.values_list("pk", "text") if text == texts[pk][1]]
    Spelling.objects.filter(pk__in=back).update(
        status=Spelling.Status.PROPOSED, confirmed_by=None, confirmed_at=None
    )
    return {texts[pk][0] for pk in back}


def _unaccept(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    by_name = {row.name_id: row for row in rows}
    names = Name.objects.filter(pk__in=by_name, status=Name.Status.STANDARD, valid_to__isnull=True)
    # What somebody has written about the approval since, or the name itself, is later work.
    names = names.filter(place__approved_by=batch.authority, place__approved_on=batch.approved_on)
    same = [name for name in names.select_related("place") if name.text == by_name[name.pk].trace["text"]]
    Name.objects.filter(pk__in=[name.pk for name in same]).update(status=Name.Status.RECORDED)
    places = []
    for name in same:
        trace: dict[str, Any] = by_name[name.pk].trace
        place, day = name.place, trace["approved_on"]
        place.approved_by = trace["approved_by"]
        place.approved_on = datetime.date.fromisoformat(day) if day else None
        place.updated_at = timezone.now()
        places.append(place)
    Place.objects.bulk_update(places, ["approved_by", "approved_on", "updated_at"])
    return {by_name[name.pk].pk for name in same}


def _unreview(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    moments = {row.trace["review"]: (row.pk, row.trace["at"]) for row in rows}
    reviews = NameReview.objects.filter(pk__in=moments, outcome=NameReview.Outcome.FINE, by=batch.owner)
    same = [pk for pk, at in reviews.values_list("pk", "at") if at.isoformat() == moments[pk][1]]
    NameReview.objects.filter(pk__in=same).delete()
    return {moments[pk][0] for pk in same}


_UNDOERS: Final = {
    NameBatch.Act.CONFIRM.value: _unconfirm,
    NameBatch.Act.ACCEPT.value: _unaccept,
    NameBatch.Act.FINE.value: _unreview,
}


# -- how it is shown ---------------------------------------------------------------------------------

GROUPS: Final[dict[str, Q]] = {
    "found": Q(weight__gt=0) & ~Q(outcome=Outcome.LEFT),
    "left": Q(outcome=Outcome.LEFT),
    "chosen": Q(outcome=Outcome.CHOSEN),
    "kept": Q(outcome=Outcome.KEPT),
}
"""What a page of a change may be narrowed to."""
GROUP_WORDS: Final = (
    ("left", pgettext_lazy("change of many names", "left alone: a check blocks it")),
    ("found", pgettext_lazy("change of many names", "with something to look at")),
    ("kept", pgettext_lazy("change of many names", "kept: changed again since")),
)


def counts(batch: NameBatch) -> dict[str, int]:
    """Return how many rows each group of a change has."""
    return batch.rows.aggregate(
        **{group: Count("pk", filter=condition) for group, condition in GROUPS.items()}
    )


def last_of(user: User, *, most: int = 5) -> QuerySet[NameBatch]:
    """Return a person's last changes: those that were made, and those whose names are checked and wait for the word."""
    rows = NameBatch.objects.filter(owner=user)
    return rows.exclude(state=NameBatch.State.WAITING, checked_at__isnull=True)[:most]


# -- in the background -----------------------------------------------------------------------------


def may_see(batch: NameBatch, user: User) -> bool:
    """Whether a person may look at a change: who made it, and who may do the same everywhere it reached."""
    if batch.owner_id == user.pk:
        return True
    scope = user.scope()
    try:
        require(user, batch.act)
    except PermissionDenied:
        return False
    reach = batch.division
    return scope is None or (reach is not None and reach.path.startswith(scope.path))


def in_background(*, batch: NameBatch, step: str, count: int, user: User) -> Job:
    """Check a change (``check``), carry it out (``apply``), or take it back (``undo``), by the worker; its page leads to it."""
    titles = {
        "check": _("Checking %(count)d names"),
        "apply": _("Changing %(count)d names"),
        "undo": _("Taking back a change of %(count)d names"),
    }
    return enqueue(
        task=batch_job,
        title=titles[step] % {"count": count},
        created_by=user,
        kwargs={"batch": str(batch.pk), "step": step, "user_id": user.pk},
    )


@job_task(restartable=True)
def batch_job(progress: Progress, *, batch: str, step: str, user_id: int) -> JobOutcome:
    """Do one step of a change. It is done wholly or not at all."""
    found, user = NameBatch.objects.get(pk=batch), User.objects.get(pk=user_id)
    url = reverse("naming:batch", args=[found.pk])
    try:
        with pghistory.context(user=user.pk, url=url):
            if step == "check":
                check(batch=found, user=user, progress=progress)
            elif step == "apply":
                carry_out(batch=found, user=user, progress=progress)
            elif found.state != NameBatch.State.UNDONE:
                undo(batch=found, user=user, progress=progress)
    except ValidationError as error:
        raise JobFailure(" ".join(error.messages)) from error
    return JobOutcome(url=url)
