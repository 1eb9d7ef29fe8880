"""One call: everything about a proposed name, or about thousands."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import shapely
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, Person, may
from geo_registry.text.normal import match_form, normal_form
from placenames.models import PlaceKind
from placenames.models.rules import Dismissal
from placenames.naming import Lexicon, NameParts, Romanisation, romanise, split_name
from placenames.naming.checks import (
    REGISTRY,
    Candidate,
    Context,
    Finding,
    Landmark,
    Proposal,
    Settling,
    Severity,
    Stretch,
    all_clear,
    run_checks,
)
from placenames.naming.checks.neighbours import LookAlike

from .neighbours import Proposed, candidates, proposals
from .rows import limits, lists_on, numbers_on, rules_on
from .scopes import Scopes
from .secrecy import MayRead, nobody, readable_by
from .subject import Plane, Subject, length_m, middle
from .surroundings import Lying, landmarks, stretches

AT_A_TIME: Final = 1_000
"""So many names are held in memory, with what surrounds them."""

# Other cases' proposals: keys with their subjects. Set by the app's cases.
OtherCases = Callable[[Subject], Iterable[tuple[str, Subject]]]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found.

    Parameters
    ----------
    found
        One for each of the 22 checks, by number, with names that are not everybody's to read: never shown or kept as they are.
    parts
        专名 and 通名.
    spelled
        The spelling by the rules with the readings chosen.
    scope_label, scope_kind
        The area within which the name must be the only one; the label is empty where it is not known.
    may_read
        Which secret names whoever is told may read; unless `told_to` says for whom, none.
    """

    found: Sequence[Finding]
    parts: NameParts
    spelled: Romanisation
    scope_kind: str
    scope_label: str
    may_read: MayRead = nobody

    def told_to(self, person: Person) -> Checked:
        """Return the same as one person is told of it, who may read secret names or not."""
        return replace(self, may_read=readable_by(person))

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What is told and kept: of a secret name, to whoever may not read it, only that there is one."""
        return [finding.told_to(self.may_read) for finding in self.found]

    @property
    def all_clear(self) -> bool:
        """Whether every check was made and nothing is open."""
        return all_clear(self.found)

    @property
    def seen(self) -> frozenset[str]:
        """What of other names is to be seen before the name is approved: the rule's code and the evidence's key."""
        return frozenset(
            f"{finding.rule.code}={item.key}" for finding in self.found[:3] for item in finding.evidence
        )


class Checker:
    """The checks, with what is the same for every name read once: rules, lists, limits, numbers, generic terms.

    Parameters
    ----------
    today
        The day whose rules and lists hold.
    least
        Checks that can find nothing as severe as this, by the office's own rows, are not made.
    """

    def __init__(self, *, today: datetime.date | None = None, least: Severity = Severity.OFF) -> None:
        self.day = today or timezone.localdate()
        self.lexicon = PlaceKind.objects.lexicon()
        self.numbers = numbers_on(self.day)
        self.rules = rules_on(self.day)
        self.lists = lists_on(self.day)
        self.limits = limits()
        self.wanted = frozenset(number for number in REGISTRY if self._may_find(number, least))

    def _may_find(self, number: int, least: Severity) -> bool:
        rule = self.rules.get(number) or REGISTRY[number].default_rule()
        return max(rule.severity.weight, rule.elsewhere.weight) >= least.weight

    def check(
        self, subjects: Sequence[Subject], *, other_cases: OtherCases | None = None
    ) -> Iterator[Checked]:
        """Check names with all that the register knows, by the thousand: the number of statements does not grow with them.

        Parameters
        ----------
        subjects
            The names, and the things they are for; kinds with their procedures.
        other_cases
            Proposals that are under way, which are candidates too; asked for each subject.
        """
        for start in range(0, len(subjects), AT_A_TIME):
            yield from self._check(subjects[start : start + AT_A_TIME], other_cases)

    def parts(self, subject: Subject) -> NameParts:
        """Split a name, the terms of its own kind first."""
        return _parts(subject, self.lexicon)

    def _check(self, subjects: Sequence[Subject], other_cases: OtherCases | None) -> list[Checked]:
        shapes = [subject.shape() for subject in subjects]
        scopes = Scopes(subjects, shapes)
        proposed = [
            Proposed(
                subject=subject, parts=_parts(subject, self.lexicon), area=scopes.of(subject, shape), shape=shape
            )
            for subject, shape in zip(subjects, shapes, strict=True)
        ]  # fmt: skip
        found = candidates(proposed, looks=LookAlike.number in self.wanted)
        beside = self._stretches(proposed)
        marks = landmarks(proposed, scopes)
        reasons = _dismissals(subject.text for subject in subjects)
        return [
            self._one(item, candidates=[*own, *self._pending(item, other_cases)], stretches=near, landmarks=mark,
                      reasons=reasons.get(match_form(item.subject.text), {}))
            for item, own, near, mark in zip(proposed, found, beside, marks, strict=True)
        ]  # fmt: skip

    def _pending(self, item: Proposed, other_cases: OtherCases | None) -> list[Candidate]:
        if other_cases is None:
            return []
        return proposals(
            other_cases(item.subject), item.subject, item.area, lambda other: _parts(other, self.lexicon)
        )

    def _stretches(self, proposed: Sequence[Proposed]) -> list[list[Stretch]]:
        found: list[list[Stretch]] = [[] for _item in proposed]
        lying = {
            number: Lying(subject=item.subject, shape=item.shape, plane=Plane(middle(item.shape)[1]))
            for number, item in enumerate(proposed)
            if item.shape is not None and shapely.get_dimensions(item.shape) == 1
        }
        near = stretches(list(lying.values()), reach_m=self.numbers.get("split-within-m", 0.0))
        for number, each in zip(lying, near, strict=True):
            found[number] = each
        return found

    def _one(
        self,
        item: Proposed,
        *,
        candidates: Sequence[Candidate],
        stretches: Sequence[Stretch],
        landmarks: Sequence[Landmark],
        reasons: Mapping[tuple[str, str], str],
    ) -> Checked:
        subject, scope = item.subject, item.area.scope
        context = Context(
            today=self.day, lexicon=self.lexicon, scope=scope, candidates=candidates, lists=self.lists,
            limits=self.limits, stretches=stretches, landmarks=landmarks, numbers=self.numbers,
        )  # fmt: skip
        spelled = romanise(
            subject.text,
            lexicon=self.lexicon.ending_in(subject.kind.generic_terms),
            split_mode=subject.split_mode or subject.kind.split_mode,
            readings=subject.readings,
        )
        findings = run_checks(
            _proposal(item, spelled), context, rules=self.rules, dismissals=reasons, only=self.wanted
        )
        return Checked(
            found=findings, parts=item.parts, spelled=spelled, scope_kind=scope.kind.value, scope_label=scope.label
        )  # fmt: skip


def check_name(
    subject: Subject, *, today: datetime.date | None = None, other_cases: OtherCases | None = None
) -> Checked:
    """Run the 22 checks on one name (see `Checker`)."""
    return next(Checker(today=today).check([subject], other_cases=other_cases))


def _parts(subject: Subject, lexicon: Lexicon) -> NameParts:
    return split_name(normal_form(subject.text), lexicon.ending_in(subject.kind.generic_terms))


def _proposal(item: Proposed, spelled: Romanisation) -> Proposal:
    subject, shape = item.subject, item.shape
    line = shape if shape is not None and shapely.get_dimensions(shape) == 1 else None
    lon, lat = middle(shape) if shape is not None else (None, None)
    widths = [road.width_m for road in subject.roads if road.width_m is not None]
    return Proposal(
        text=normal_form(subject.text), family=subject.family, kind=subject.kind.code, act=subject.act,
        own_terms=tuple(subject.kind.generic_terms), is_division=subject.is_division, old_text=subject.old_text,
        key=subject.case_key, lon=lon, lat=lat,
        line_m=Plane(lat).project(line) if line is not None and lat is not None else None,
        length_m=length_m(line) if line is not None else None,
        width_m=subject.width_m if subject.width_m is not None else min(widths, default=None),
        readings=subject.readings, measures=subject.measures, spelling=subject.spelling, spelling_by_rule=spelled.text,
        spelling_confirmed=subject.spelling_confirmed, doubts=spelled.doubts, approved_on=subject.approved_on,
        filed_on=subject.filed_on, announced_on=subject.announced_on,
    )  # fmt: skip


def _dismissals(texts: Iterable[str]) -> dict[str, dict[tuple[str, str], str]]:
    """Return the reasons given before, by the name in the form that is compared."""
    rows = Dismissal.objects.filter(text__in={match_form(text) for text in texts})
    found: defaultdict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for text, code, against, reason in rows.values_list("text", "code", "against", "reason"):
        found[text][code, against] = reason
    return found


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
        What the checks found of it, as the person is told.
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
        If no reason is given, or the check's findings cannot be set aside, or not without a document, or not by somebody who may
        not read the name that it is about.
    """
    if not may(user, Action.EDIT_NAMES, division=subject.division):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError(_("Say why this does not stand in the way."))
    finding = next((finding for finding in findings if finding.rule.code == code), None)
    item = next((item for item in finding.evidence if item.key == against), None) if finding else None
    if item is not None and item.is_veiled:
        raise ValidationError(
            _("The name that this is about is not public: the county's place-name office sets it aside.")
        )
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
