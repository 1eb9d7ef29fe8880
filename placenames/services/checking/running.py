"""One call: everything about a proposed name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import shapely
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.text.normal import match_form, normal_form
from placenames.models import PlaceKind
from placenames.models.rules import Dismissal
from placenames.naming import Lexicon, NameParts, Romanisation, romanise, split_name
from placenames.naming.checks import (
    Context,
    Finding,
    Proposal,
    Settling,
    Severity,
    Stretch,
    all_clear,
    run_checks,
)

from .neighbours import candidates, proposals
from .rows import limits, lists_on, numbers_on, rules_on
from .scopes import area_of
from .subject import Plane, Subject, length_m, middle
from .surroundings import landmarks, stretches

# Other cases' proposals: keys with their subjects. Set by the app's cases.
OtherCases = Callable[[Subject], Iterable[tuple[str, Subject]]]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found.

    Parameters
    ----------
    findings
        One for each of the 22 checks, by number.
    parts
        专名 and 通名.
    spelled
        The spelling by the rules with the readings chosen.
    scope_label, scope_kind
        The area within which the name must be the only one; the label is empty where it is not known.
    """

    findings: Sequence[Finding]
    parts: NameParts
    spelled: Romanisation
    scope_kind: str
    scope_label: str

    @property
    def all_clear(self) -> bool:
        """Whether every check was made and nothing is open."""
        return all_clear(self.findings)

    @property
    def seen(self) -> frozenset[str]:
        """What of other names is to be seen before the name is approved: the rule's code and the evidence's key."""
        return frozenset(
            f"{finding.rule.code}={item.key}" for finding in self.findings[:3] for item in finding.evidence
        )


def check_name(
    subject: Subject, *, today: datetime.date | None = None, other_cases: OtherCases | None = None
) -> Checked:
    """Run the 22 checks on a name with all that the register knows.

    Parameters
    ----------
    subject
        The name, and the thing it is for.
    today
        The day whose rules and lists hold.
    other_cases
        Proposals that are under way, which are candidates too.
    """
    day = today or timezone.localdate()
    lexicon = PlaceKind.objects.lexicon()
    shape = subject.shape()
    parts = _parts(subject, lexicon)
    area = area_of(subject, shape)
    found = candidates(subject, parts, area, shape)
    if other_cases is not None:
        found += proposals(other_cases(subject), subject, area, lambda other: _parts(other, lexicon))
    numbers = numbers_on(day)
    plane = Plane(middle(shape)[1]) if shape is not None else None
    context = Context(
        today=day,
        lexicon=lexicon,
        scope=area.scope,
        candidates=found,
        lists=lists_on(day),
        limits=limits(),
        stretches=_stretches(subject, shape, plane, numbers),
        landmarks=landmarks(subject, parts),
        numbers=numbers,
    )
    spelled = romanise(
        subject.text,
        lexicon=lexicon.ending_in(subject.kind.generic_terms),
        split_mode=subject.split_mode or subject.kind.split_mode,
        readings=subject.readings,
    )
    proposal = _proposal(subject, shape, plane, spelled)
    reasons = _dismissals(subject.text)
    findings = run_checks(proposal, context, rules=rules_on(day), dismissals=reasons)
    return Checked(
        findings=findings, parts=parts, spelled=spelled, scope_kind=area.scope.kind.value, scope_label=area.scope.label
    )  # fmt: skip


def _parts(subject: Subject, lexicon: Lexicon) -> NameParts:
    return split_name(normal_form(subject.text), lexicon.ending_in(subject.kind.generic_terms))


def _stretches(
    subject: Subject, shape: shapely.Geometry | None, plane: Plane | None, numbers: dict[str, float]
) -> list[Stretch]:
    if shape is None or plane is None or shapely.get_dimensions(shape) != 1:
        return []
    return stretches(subject, shape, plane, reach_m=numbers.get("split-within-m", 0.0))


def _proposal(
    subject: Subject, shape: shapely.Geometry | None, plane: Plane | None, spelled: Romanisation
) -> Proposal:
    line = shape if shape is not None and shapely.get_dimensions(shape) == 1 else None
    lon, lat = middle(shape) if shape is not None else (None, None)
    widths = [road.width_m for road in subject.roads if road.width_m is not None]
    return Proposal(
        text=normal_form(subject.text), family=subject.family, kind=subject.kind.code, act=subject.act,
        own_terms=tuple(subject.kind.generic_terms), is_division=subject.is_division, old_text=subject.old_text,
        key=subject.case_key, lon=lon, lat=lat,
        line_m=plane.project(line) if line is not None and plane is not None else None,
        length_m=length_m(line) if line is not None else None,
        width_m=subject.width_m if subject.width_m is not None else min(widths, default=None),
        readings=subject.readings, measures=subject.measures, spelling=subject.spelling, spelling_by_rule=spelled.text,
        spelling_confirmed=subject.spelling_confirmed, doubts=spelled.doubts, approved_on=subject.approved_on,
        filed_on=subject.filed_on, announced_on=subject.announced_on,
    )  # fmt: skip


def _dismissals(text: str) -> dict[tuple[str, str], str]:
    rows = Dismissal.objects.filter(text=match_form(text))
    return {
        (code, against): reason for code, against, reason in rows.values_list("code", "against", "reason")
    }


@transaction.atomic
def dismiss(
    *,
    subject: Subject,
    findings: Sequence[Finding],
    code: str,
    against: str,
    reason: str,
    user: User,
    with_file: bool = False,
) -> Dismissal:
    """Set one finding aside with a reason; the same name is not held against the same thing again.

    Parameters
    ----------
    subject
        The name proposed.
    findings
        What the checks found of it.
    code, against
        The rule's code and the evidence's key.
    reason
        Why it does not stand in the way.
    user
        Who says so.
    with_file
        Whether a document for it is on the case's file (check 6 wants one).

    Raises
    ------
    PermissionDenied
        If the person may not keep names where the thing lies.
    ValidationError
        If no reason is given, or the check's findings cannot be set aside, or not without a document.
    """
    if not may(user, Action.EDIT_NAMES, division=subject.division):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError(_("Say why this does not stand in the way."))
    finding = next((finding for finding in findings if finding.rule.code == code), None)
    item = next((item for item in finding.evidence if item.key == against), None) if finding else None
    by_file = finding is not None and finding.settling is Settling.FILE
    blocks = item is not None and item.severity is Severity.BLOCK
    if finding is None or item is None or finding.settling is Settling.NEVER or (blocks and not by_file):
        raise ValidationError(_("This finding cannot be set aside: change the name, or what it is about."))
    if by_file and blocks and not with_file:
        raise ValidationError(_("This finding is set aside only with a document: add it to the case first."))
    row, _made = Dismissal.objects.update_or_create(
        code=code,
        text=match_form(subject.text),
        against=against,
        defaults={"reason": reason.strip(), "by": user},
    )
    return row
