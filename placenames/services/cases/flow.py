"""Checking a case and approving it: what others propose meanwhile is never overlooked."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from placenames.models import CaseStep, NameCase
from placenames.models.cases import DECIDED, State, Step
from placenames.naming.checks import Act, Evidence, Finding, Gate, Severity

from ..checking import Checked, Subject, check_name
from ..checking.neighbours import APPROVED
from ..checking.words import as_rows
from ..standing import standing_at
from .authority import authorities_of, authority_of

_LOCK: Final = 0x6E61_6D65
"""Whoever approves a name holds this lock until it is committed: the next one sees it."""
NEEDS_REASON: Final = frozenset({"homophone"})
"""Warnings that are approved only with a reason (Art. 9: avoid homophones)."""


class SeenOtherwise(ValidationError):  # noqa: N818 - says what happened
    """Something like the name has come up since the page was opened: it is to be looked at first."""


def subject_of(case: NameCase) -> Subject:
    """Return what the checks take of a case."""
    return Subject(
        text=case.text, kind=case.kind, division=case.division, act=Act(case.act), place=case.place,
        old_text=case.old_text, geometry=case.geometry or standing_at(case.place), roads=list(case.roads.all()),
        width_m=case.width_m,
        readings={int(index): reading for index, reading in case.readings.items()}, measures=case.measures,
        spelling=case.spelling, spelling_confirmed=case.spelling_confirmed_by_id is not None,
        split_mode=case.split_mode, case_key=f"case:{case.pk}", approved_on=case.approved_on, filed_on=case.filed_on,
        announced_on=case.announced_on,
    )  # fmt: skip


def proposing_cases() -> Iterator[tuple[str, Subject]]:
    """Yield what cases propose, each with its key. One that was approved has another key: it must be seen anew."""
    rows = NameCase.objects.proposing().select_related(
        "kind__procedure", "division", "place__division", "place__named_division"
    )
    rows = rows.defer("division__boundary", "place__division__boundary", "place__named_division__boundary")
    rows = rows.prefetch_related("roads")
    for case in rows:
        key = f"case:{case.pk}"
        yield f"{key}{APPROVED}" if case.state in DECIDED else key, subject_of(case)


def other_cases(subject: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield the proposals of other cases of the same family."""
    for key, other in proposing_cases():
        if other.case_key != subject.case_key and other.family == subject.family:
            yield key, other


def checked_case(case: NameCase) -> Checked:
    """Run the checks on a case, with what others propose; see `Checked.told_to`."""
    return check_name(subject_of(case), other_cases=other_cases)


def outstanding(findings: Sequence[Finding], gate: Gate) -> list[tuple[Finding, Evidence]]:
    """Return what stands in the way of a gate: what blocks, what must be reviewed, and warnings that need a reason."""
    found = []
    for finding in findings:
        if finding.gate is not gate:
            continue
        for item in finding.open_evidence:
            asks = item.severity is Severity.REVIEW or (
                item.severity is Severity.WARN and finding.rule.code in NEEDS_REASON
            )
            if item.severity is Severity.BLOCK or asks:
                found.append((finding, item))
    return found


def refuse_outstanding(findings: Sequence[Finding], gate: Gate) -> None:
    """Raise a `ValidationError` that names what stands in the way of a gate, if anything does."""
    found = outstanding(findings, gate)
    if found:
        sentences = [f"{finding.rule.title}: {item.message.render(_)}" for finding, item in found]
        raise ValidationError(sentences)


def locked(case: NameCase) -> NameCase:
    """Return a case as it is now, held until the transaction ends."""
    rows = NameCase.objects.select_for_update(of=("self",)).select_related(
        "kind__procedure", "division", "place"
    )
    return rows.get(pk=case.pk)


def require_state(case: NameCase, states: Collection[str]) -> None:
    """Raise a `ValidationError` if a case is not in one of the states: somebody was quicker."""
    if case.state not in states:
        raise ValidationError(
            _("This cannot be done now: the case is “%(state)s”.") % {"state": case.get_state_display()}
        )


def record(case: NameCase, step: str, user: User | None, **more: object) -> CaseStep:
    """Write a step down."""
    return CaseStep.objects.create(case=case, step=step, by=user, **more)


@transaction.atomic
def check_case(*, case: NameCase, user: User, note: str = "") -> Checked:
    """Run the checks and accept the case as checked.

    Raises
    ------
    PermissionDenied
        If the person does not handle cases there.
    ValidationError
        If the case is not submitted, or something blocks the name: return it instead.
    """
    if not may(user, Action.HANDLE_NAMES, division=case.division):
        raise PermissionDenied
    row = locked(case)
    require_state(row, {State.SUBMITTED})
    checked = checked_case(row)
    told = checked.told_to(user)
    blocking = [finding for finding in told.findings if finding.blocks(Gate.APPROVAL)]
    refuse_outstanding(blocking, Gate.APPROVAL)
    row.findings, row.checked_at = as_rows(checked.findings), timezone.now()
    row.state = State.REPORTED if not missing_reports(row) else State.CHECKED
    row.save()
    record(row, Step.CHECK, user, note=note)
    return told


def missing_reports(case: NameCase) -> list[str]:
    """Return the reports that the kind of thing requires and that are not there."""
    there = set(case.steps.filter(step=Step.REPORT).values_list("report", flat=True))
    return [report for report in case.required_reports if report not in there]


def drafters(case: NameCase) -> set[int]:
    """Return who had a part in the draft: none of them approves it."""
    steps = case.steps.filter(step__in=[Step.DRAFT, Step.SUBMIT]).values_list("by_id", flat=True)
    return {pk for pk in (*steps, case.created_by_id) if pk is not None}


def approve_one_after_another() -> None:
    """Wait until no other transaction approves names, and have others wait until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def approve(
    *,
    case: NameCase,
    user: User,
    seen: Collection[str],
    number: str,
    approved_on: datetime.date,
    authority: str = "",
    note: str = "",
) -> CaseStep:
    """Enter the authority's approval, unless something like the name has come up that the person has not seen.

    Approvals go one after another. The name is checked once more against what has been approved until now, so that of two
    homophones at the same moment the second is refused until the first has been looked at, and set aside with a reason.

    Parameters
    ----------
    case, user
        The case, and who enters the approval: nobody who had a part in the draft.
    seen
        What of other names stood on the page that the person decided by (`Checked.seen`).
    number, approved_on, authority
        Number, day and author of the approval; without an author it is the home county's government, where the law says so.

    Raises
    ------
    PermissionDenied
        If the person may not approve there, or drafted the case.
    SeenOtherwise
        If another name has come up since.
    ValidationError
        If reports are missing, something stands in the way, or number or day are wrong.
    """
    if not may(user, Action.APPROVE, division=case.division):
        raise PermissionDenied
    approve_one_after_another()
    row = locked(case)
    require_state(row, {State.REPORTED, State.CHECKED})
    if user.pk in drafters(row):
        raise PermissionDenied(_("Nobody approves a name that he or she drafted."))
    missing = missing_reports(row)
    if missing:
        raise ValidationError(_("Reports are missing: %(reports)s.") % {"reports": _reports(missing)})
    if not number.strip():
        raise ValidationError({"number": _("Write the number of the approval.")})
    if approved_on > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    by = authority.strip() or authority_of(row)
    if not by:
        sentence = _("Write which office approved it: it stands in the announcement (%(who)s).")
        raise ValidationError({"authority": sentence % {"who": authorities_of(row) or "-"}})
    checked = checked_case(row)
    new = checked.seen - set(seen)
    if new:
        raise SeenOtherwise(_new_sentences(checked.told_to(user), new))
    refuse_outstanding(checked.told_to(user).findings, Gate.APPROVAL)
    row.authority = by
    row.approval_number, row.approved_on = number.strip(), approved_on
    row.findings, row.checked_at, row.state = as_rows(checked.findings), timezone.now(), State.APPROVED
    row.save()
    return record(row, Step.APPROVE, user, note=note, number=row.approval_number, on_day=approved_on)


def _reports(missing: Sequence[str]) -> str:
    from placenames.models import Report

    return "、".join(str(Report(report).label) for report in missing)


def _new_sentences(checked: Checked, new: Collection[str]) -> list[str]:
    sentences = [_("Since this page was opened, other names have come up. Look at them, then decide:")]
    for finding in checked.findings:
        sentences += [i.message.render(_) for i in finding.evidence if f"{finding.rule.code}={i.key}" in new]
    return sentences
