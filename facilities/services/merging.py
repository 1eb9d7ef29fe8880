"""Two records of one facility become one: both numbers lead to it, both histories are kept, and it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.languages import in_each_language, in_readers_language
from geo_registry.worklist.services import notify

from ..models import CapacityReading, Facility, Likeness, Merge, Proposal
from .checks import blocking, findings
from .editing import Blocked, look_again, situation_of
from .facts import FACTS, FOR_APPROVERS, Facts, Type, Wording, facts_of, is_blank, put
from .proposal_words import title_of


@dataclass(frozen=True)
class Choice:
    """One fact of two records, side by side. ``choose`` is the side that is proposed."""

    code: str
    label: str
    kept: str
    dropped: str
    differs: bool
    choose: str


def resolve(number: str) -> Facility | None:
    """Return the record that a number leads to: itself, or the one that it was merged into."""
    facility = Facility.objects.filter(number=number).select_related("duplicate_of").first()
    while facility is not None and facility.duplicate_of is not None:
        facility = facility.duplicate_of
    return facility


def side_by_side(kept: Facility, dropped: Facility) -> list[Choice]:
    """Return all facts of two records, and for each that differs the side that says more."""
    ours, theirs = facts_of(kept), facts_of(dropped)
    wording = Wording.of(ours, theirs)
    choices = []
    for code, fact in FACTS.items():
        a, b = ours.get(code), theirs.get(code)
        if code in FOR_APPROVERS or (is_blank(a) and is_blank(b)):
            continue
        side = "dropped" if is_blank(a) else "kept"
        choices.append(Choice(code, fact.label, wording.say(code, a), wording.say(code, b), a != b, side))
    return choices


@transaction.atomic
def merge_records(
    *, kept: Facility, dropped: Facility, sides: Mapping[str, str], user: User, reason: str = ""
) -> Merge:
    """Make one record the duplicate of another.

    Its readings, statuses, operators and history stay with it; its number leads to the record that is kept, on every page and in
    files. What is counted, counts the kept one only.

    Parameters
    ----------
    kept, dropped
        The two records.
    sides
        For facts, ``kept`` or ``dropped``: whose value the kept record is to have.
    user
        Who decides.
    reason
        Why they are one.

    Raises
    ------
    PermissionDenied
        If the person may not change both at once.
    ValidationError
        If they are one already.
    Blocked
        If the values chosen do not fit together.
    """
    first, second = sorted((kept.pk, dropped.pk))
    ours, other = _both(kept.pk, dropped.pk)
    if not all(may(user, Action.EDIT_FACILITIES_AT_ONCE, division=row.division) for row in (ours, other)):
        raise PermissionDenied
    if ours.pk == other.pk or ours.duplicate_of_id is not None or other.duplicate_of_id is not None:
        raise ValidationError(_("One of the two was merged already."))
    before, theirs = facts_of(ours), facts_of(other)
    taken = {
        code: theirs[code]
        for code, side in sides.items()
        if side == "dropped" and code in FACTS and code not in FOR_APPROVERS and theirs[code] != before[code]
    }
    _check(ours, {**before, **taken}, taken)
    own = {code: value for code, value in taken.items() if FACTS[code].type is not Type.FIGURE}
    if own:
        put(ours, own)
        ours.full_clean(exclude=["kind", "source", "duplicate_of"])
        ours.save()
    made = _copy_figures(ours, other, [code for code in taken if code not in own])
    other.duplicate_of = ours
    other.save(update_fields=["duplicate_of", "updated_at"])
    Likeness.objects.filter(first_id=first, second_id=second).update(judged_by=user, judged_at=timezone.now())
    look_again(ours)
    _give_back_proposals(other, ours, user)
    return Merge.objects.create(
        kept=ours,
        dropped=other,
        before={code: before[code] for code in own},
        after=own | {"readings": made},
        reason=reason.strip()[:200],
        merged_by=user,
    )


def _both(kept: int, dropped: int) -> tuple[Facility, Facility]:
    """Lock two records, in the same order whoever asks for them."""
    rows = Facility.objects.select_for_update(of=("self",)).select_related("division")
    locked = {row.pk: row for row in rows.filter(pk__in=[kept, dropped]).order_by("pk")}
    return locked[kept], locked[dropped]


def _give_back_proposals(dropped: Facility, kept: Facility, user: User) -> None:
    """What anybody has proposed of a record that goes comes back to its author: the facts of the other may be different."""
    said = in_each_language(
        lambda: (
            _("%(number)s was merged into %(kept)s. Propose it there, if it still holds.")
            % {"number": dropped.number, "kept": f"{kept.number} {kept.name}"}
        )
    )
    for proposal in (
        dropped.proposals.waiting().select_for_update(of=("self",)).select_related("author", "facility")
    ):
        proposal.state = Proposal.State.RETURNED
        proposal.decision, proposal.decision_said = in_readers_language(said)[:400], said
        proposal.decided_by = user if user.pk != proposal.author_id else None
        proposal.decided_at = timezone.now()
        proposal.version += 1
        proposal.save()
        notify(
            code="facilities-proposal-returned",
            params={"title": in_each_language(partial(title_of, proposal)), "reasons": said},
            link=reverse("facilities:proposal", args=[proposal.pk]),
            person=proposal.author,
        )


def _check(facility: Facility, facts: Facts, taken: Facts) -> None:
    day = timezone.localdate()
    situation = situation_of(facility, facts, day=day, figures_as_of=day, changed=())
    if stopped := blocking(findings(situation), taken):
        raise Blocked(stopped)


def _copy_figures(ours: Facility, other: Facility, measures: list[str]) -> list[list[Any]]:
    """Copy the newest reading of each measure, with its day; return the new ones, and what those of the same day were."""
    made: list[list[Any]] = []
    for measure in measures:
        reading = other.readings.filter(measure=measure).order_by("-as_of").first()
        if reading is None or reading.total is None:
            continue
        newest = ours.readings.filter(measure=measure).order_by("-as_of").first()
        # A figure that is older than what is there would never be shown.
        as_of = max(reading.as_of, newest.as_of) if newest else reading.as_of
        row = ours.readings.filter(measure=measure, as_of=as_of).first()
        was = [row.total, row.vacant] if row else None
        row = row or CapacityReading(facility=ours, measure=measure, as_of=as_of)
        row.total, row.vacant = reading.total, reading.vacant
        row.save()
        made.append([row.pk, was])
    return made


@transaction.atomic
def take_back(*, merge: Merge, user: User) -> Merge:
    """Make two records of one again. Values that were taken over go back, unless somebody has changed them since.

    Raises
    ------
    PermissionDenied
        If the person may not change both at once.
    ValidationError
        If it was taken back already.
    """
    found = Merge.objects.select_for_update(of=("self",)).select_related("kept", "dropped").get(pk=merge.pk)
    ours, other = _both(found.kept_id, found.dropped_id)
    if not all(may(user, Action.EDIT_FACILITIES_AT_ONCE, division=row.division) for row in (ours, other)):
        raise PermissionDenied
    if found.undone_at is not None or other.duplicate_of_id != ours.pk:
        raise ValidationError(_("This was taken back already."))
    now = facts_of(ours)
    back = {code: value for code, value in found.before.items() if now.get(code) == found.after.get(code)}
    if back:
        put(ours, back)
        ours.save()
    for pk, was in found.after.get("readings", ()):
        row = CapacityReading.objects.filter(facility=ours, pk=pk).first()
        if row is None:
            continue
        if was is None:
            row.delete()
        else:
            row.total, row.vacant = was
            row.save()
    other.duplicate_of = None
    other.save(update_fields=["duplicate_of", "updated_at"])
    found.undone_by, found.undone_at = user, timezone.now()
    found.save(update_fields=["undone_by", "undone_at"])
    return found


def are_two(*, pair: Likeness, user: User) -> None:
    """Note that two records that look alike are two facilities.

    Raises
    ------
    PermissionDenied
        If the person keeps facilities at neither.
    """
    if not any(may(user, Action.EDIT_FACILITIES, division=row.division) for row in (pair.first, pair.second)):
        raise PermissionDenied
    pair.judged_by, pair.judged_at = user, timezone.now()
    pair.save(update_fields=["judged_by", "judged_at"])
