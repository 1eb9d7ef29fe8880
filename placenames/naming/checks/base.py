"""What a check is given, and what it says: a proposal and what surrounds it in, findings with their evidence out."""

from __future__ import annotations

import abc
import datetime
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import shapely

from geo_registry.geodata.errors import Message, gettext_noop

from ..generic import Lexicon, NameParts, split_name
from ..spelled import Doubt


class Result(enum.StrEnum):
    """What became of a check. "All clear" may be said only where none is `NOT_CHECKED`."""

    FOUND = "found"
    CLEAR = "clear"
    NOT_CHECKED = "not_checked"


class Severity(enum.StrEnum):
    """What a finding does to the case, from the weakest."""

    OFF = "off"
    INFO = "info"
    WARN = "warn"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def weight(self) -> int:
        """A larger weight is more severe."""
        return _WEIGHTS[self]


_WEIGHTS: Mapping[Severity, int] = {severity: weight for weight, severity in enumerate(Severity)}


class Act(enum.StrEnum):
    """What is to be done with a name."""

    NAMING = "naming"
    RENAMING = "renaming"
    RETIRING = "retiring"


class ScopeKind(enum.StrEnum):
    """Within what no two names of a kind may be the same (Art. 9(8)); `NONE` where the law names no scope."""

    BUILT_UP = "built_up"
    COUNTY = "county"
    PROVINCE = "province"
    NATION = "nation"
    NONE = "none"


class Gate(enum.StrEnum):
    """What a blocking finding holds up."""

    APPROVAL = "approval"
    ANNOUNCEMENT = "announcement"


class Settling(enum.StrEnum):
    """How a person may settle a finding."""

    REASON = "reason"
    FILE = "file"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The area within which a name must be the only one.

    Parameters
    ----------
    kind : ScopeKind
        What kind of area it is.
    label : str
        What it is called: the built-up area's or the division's name.
    known : bool
        Whether the register can tell what lies in it: a polygon covers the place, and the names of all of it are kept here.
    lawful : bool
        Whether the law has this scope for the kind of thing at this place, or it is local policy only.
    """

    kind: ScopeKind
    label: str = ""
    known: bool = True
    lawful: bool = True


_NOT_PUBLIC = gettext_noop("A name that is not public, in {county}: ask the county's place-name office.")
_NOT_PUBLIC_ANYWHERE = gettext_noop("A name that is not public: ask the county's place-name office.")
NOT_PUBLIC: Final = frozenset({_NOT_PUBLIC, _NOT_PUBLIC_ANYWHERE})
"""Templates of what is told of a name to whoever may not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """That a name is not everybody's to read: its place has a secrecy level.

    Parameters
    ----------
    path : str
        The path of the division that the place lies in, by which is decided who may read the name; empty where nobody entered it.
    county : str
        The county that anybody is told.
    """

    path: str
    county: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A name that is there already, or that somebody else is proposing.

    Parameters
    ----------
    key : str
        What tells it from others for good: ``place:12`` or ``case:5``.
    text, specific, generic : str
        The name and its parts.
    family : str
        Things that are mistaken for one another: ``road`` for roads, streets and lanes.
    where : str
        The division it lies in.
    distance_m : float or None
        How far from the proposal along the ellipsoid.
    lon, lat : float or None
        A point on it (EPSG:4490, degrees).
    in_scope : bool or None
        Whether it lies in the same scope; ``None`` where that is not known.
    place_id : str
        The permanent address of its place, for a link.
    pending : bool
        Whether it is a proposal of another case.
    decided : bool
        Whether that proposal has been approved already.
    readings : tuple of str
        How each character is read, where a person confirmed it.
    secret : Secret or None
        Whether it is kept from those who may not read it.
    """

    key: str
    text: str
    specific: str
    generic: str = ""
    family: str = ""
    where: str = ""
    distance_m: float | None = None
    lon: float | None = None
    lat: float | None = None
    in_scope: bool | None = None
    place_id: str = ""
    pending: bool = False
    decided: bool = False
    readings: tuple[str, ...] = ()
    secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of one of the office's lists.

    Parameters
    ----------
    key : str
        ``entry:3``.
    text : str
        The word.
    other : str
        What it is paired with, where the list has pairs (大 太).
    note : str
        Whatever the list says of it.
    verified : bool
        Whether somebody has compared it with its source: no other entry may block.
    taken_by : str
        Whom a reserved name has been given to.
    expires : date or None
        The day from which a reservation is void.
    """

    key: str
    text: str
    other: str = ""
    note: str = ""
    verified: bool = False
    taken_by: str = ""
    expires: datetime.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLimits:
    """What a generic term is fit for, as a row says. ``None``: no limit."""

    term: str
    families: tuple[str, ...] = ()
    min_width_m: float | None = None
    max_width_m: float | None = None
    min_length_m: float | None = None
    max_length_m: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A named road beside the proposal; its line is in metres on the plane of `Proposal.line_m`.

    The key of a secret one tells nothing of its name.
    """

    key: str
    text: str
    line_m: shapely.Geometry
    where: str = ""
    lon: float | None = None
    lat: float | None = None
    place_id: str = ""
    secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """What a direction word is measured from: the sibling of the name, or the middle of the division.

    ``word`` is the sibling's own direction (西 in 兴业西路), or empty.
    """

    text: str
    lon: float
    lat: float
    word: str = ""
    secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The name to be checked, and the thing it is for.

    Parameters
    ----------
    text : str
        The name in its normal form.
    family, kind : str
        What kind of thing it is.
    act : Act
        Naming, renaming or retiring.
    own_terms : tuple of str
        Generic terms of the thing's kind.
    is_division : bool
        Whether the thing is an administrative division.
    old_text : str
        The name it has now, if any.
    key : str
        Its own key, so that it is no candidate for itself.
    lon, lat : float or None
        A point on it, degrees.
    line_m : shapely geometry or None
        Its line, in metres on a plane about its middle.
    length_m, width_m : float or None
        Its measures.
    readings : mapping of int to str
        Readings that the officer has chosen, by position.
    measures : str
        What is to be done so that a protected name is not lost.
    spelling, spelling_by_rule : str
        The spelling as the officer has it, and as the rules have it.
    spelling_confirmed : bool
        Whether a person has confirmed it.
    doubts : sequence of Doubt
        What the rules leave open about the spelling.
    approved_on, filed_on, announced_on : date or None
        Days of the procedure.
    """

    text: str
    family: str = "road"
    kind: str = ""
    act: Act = Act.NAMING
    own_terms: tuple[str, ...] = ()
    is_division: bool = False
    old_text: str = ""
    key: str = ""
    lon: float | None = None
    lat: float | None = None
    line_m: shapely.Geometry | None = None
    length_m: float | None = None
    width_m: float | None = None
    readings: Mapping[int, str] = field(default_factory=dict)
    measures: str = ""
    spelling: str = ""
    spelling_by_rule: str = ""
    spelling_confirmed: bool = False
    doubts: Sequence[Doubt] = ()
    approved_on: datetime.date | None = None
    filed_on: datetime.date | None = None
    announced_on: datetime.date | None = None

    @property
    def exists(self) -> bool:
        """Whether the thing bears the name already: such a name is not proposed anew."""
        return bool(self.old_text) and self.old_text == self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What surrounds a proposal.

    Parameters
    ----------
    today : date
        The day of the check.
    lexicon : Lexicon
        Generic terms.
    scope : Scope
        See `Scope`.
    candidates : sequence of Candidate
        Names that may be mistaken for the proposal.
    lists : mapping of str to sequence of Entry
        The office's lists by name; a list that is not there is empty.
    limits : mapping of str to TermLimits
        By generic term.
    stretches : sequence of Stretch
        Named roads on and beside the proposal.
    landmarks : sequence of Landmark
        See `Landmark`; the first that fits is used.
    numbers : mapping of str to float
        Reference values: ``max-characters``, ``filing-days``, ``announcement-days``, ``split-within-m``.
    """

    today: datetime.date
    lexicon: Lexicon
    scope: Scope = Scope(kind=ScopeKind.NONE, known=False)
    candidates: Sequence[Candidate] = ()
    lists: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    limits: Mapping[str, TermLimits] = field(default_factory=dict)
    stretches: Sequence[Stretch] = ()
    landmarks: Sequence[Landmark] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    def parts(self, proposal: Proposal) -> NameParts:
        """Split the proposal, the terms of its own kind first."""
        return split_name(proposal.text, self.lexicon.ending_in(proposal.own_terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that a check found.

    Parameters
    ----------
    message : Message
        The sentence for the officer.
    key : str
        With the name proposed, what a dismissal is remembered by.
    severity : Severity
        What it does.
    text, where, distance_m, lon, lat, place_id
        Which name, where, how far; for the map and a link.
    dismissed : str
        The reason a person gave, if one did.
    secret : Secret or None
        Whether the other name is kept from those who may not read it.
    is_veiled : bool
        Whether this is all that somebody is told who may not read it.
    """

    message: Message
    key: str
    severity: Severity = Severity.INFO
    text: str = ""
    where: str = ""
    distance_m: float | None = None
    lon: float | None = None
    lat: float | None = None
    place_id: str = ""
    dismissed: str = ""
    secret: Secret | None = None
    is_veiled: bool = False

    def veiled(self) -> Evidence:
        """Return it without the other name and its place: that there is one, and who knows it, is told to anybody."""
        county = self.secret.county if self.secret is not None else ""
        message = Message(_NOT_PUBLIC, {"county": county}) if county else Message(_NOT_PUBLIC_ANYWHERE)
        return Evidence(
            message=message, key=self.key, severity=self.severity, dismissed=self.dismissed, secret=self.secret, is_veiled=True
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check's row as the office keeps it: number, version and article with the severities that it chose."""

    number: int
    version: int
    code: str
    severity: Severity
    elsewhere: Severity
    article: str = ""
    title: str = ""
    may_block: bool = True

    def bounded(self, severity: Severity) -> Severity:
        """Return the severity, no more than a review where nobody has read the rule in its source."""
        return Severity.REVIEW if severity is Severity.BLOCK and not self.may_block else severity

    def of(self, in_scope: bool | None) -> Severity:
        """Return what a find means within the scope, outside it, or where that is not known (never a block)."""
        if in_scope:
            return self.bounded(self.severity)
        if in_scope is None and self.elsewhere is Severity.OFF and self.severity is not Severity.OFF:
            return Severity.INFO
        return self.bounded(self.elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says."""

    rule: Rule
    result: Result
    evidence: tuple[Evidence, ...] = ()
    reason: Message | None = None
    gate: Gate = Gate.APPROVAL
    settling: Settling = Settling.REASON

    @property
    def open_evidence(self) -> tuple[Evidence, ...]:
        """What nobody has given a reason for."""
        return tuple(item for item in self.evidence if not item.dismissed)

    @property
    def severity(self) -> Severity:
        """The most severe of what is open; `Severity.OFF` if nothing is."""
        if not self.evidence:
            return Severity.OFF
        return max(
            (item.severity for item in self.open_evidence), key=lambda s: s.weight, default=Severity.OFF
        )

    def blocks(self, gate: Gate) -> bool:
        """Whether the case may not go through a gate as long as this stands."""
        return self.gate is gate and self.severity is Severity.BLOCK

    def told_to(self, may_read: Callable[[Secret], bool]) -> Finding:
        """Return the finding as somebody is told of it who may not read every secret name."""
        if all(item.secret is None for item in self.evidence):
            return self
        told = tuple(
            item if item.secret is None or may_read(item.secret) else item.veiled() for item in self.evidence
        )
        return replace(self, evidence=told)

    def with_dismissals(self, reasons: Mapping[tuple[str, str], str]) -> Finding:
        """Return the finding with what was dismissed before: reasons by the rule's code and the evidence's key."""
        if not self.evidence or not reasons:
            return self
        kept = tuple(
            replace(item, dismissed=reasons.get((self.rule.code, item.key), item.dismissed))
            for item in self.evidence
        )
        return replace(self, evidence=kept)


_SWITCHED_OFF = gettext_noop("This office has switched the check off.")


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Why a check could not be made."""

    reason: Message


class Check(abc.ABC):
    """One rule. Subclasses say what they look for; severities come from the office's row."""

    number: ClassVar[int]
    version: ClassVar[int] = 1
    code: ClassVar[str]
    article: ClassVar[str] = ""
    severity: ClassVar[Severity]
    elsewhere: ClassVar[Severity] = Severity.OFF
    gate: ClassVar[Gate] = Gate.APPROVAL
    settling: ClassVar[Settling] = Settling.REASON

    @abc.abstractmethod
    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Return what is found (nothing: clear), or why it could not be looked for."""

    def default_rule(self) -> Rule:
        """Return the rule as it is shipped."""
        return Rule(
            number=self.number,
            version=self.version,
            code=self.code,
            severity=self.severity,
            elsewhere=self.elsewhere,
            article=self.article,
        )

    def run(self, proposal: Proposal, context: Context, rule: Rule | None = None) -> Finding:
        """Run the check under the office's row, or as it is shipped."""
        row = rule or self.default_rule()
        if row.severity is Severity.OFF and row.elsewhere is Severity.OFF:
            return self._finding(row, Result.NOT_CHECKED, reason=Message(_SWITCHED_OFF))
        seen = self.look(proposal, context, row)
        if isinstance(seen, NotChecked):
            return self._finding(row, Result.NOT_CHECKED, reason=seen.reason)
        evidence = tuple(item for item in seen if item.severity is not Severity.OFF)
        return self._finding(row, Result.FOUND if evidence else Result.CLEAR, evidence=evidence)

    def _finding(
        self,
        rule: Rule,
        result: Result,
        *,
        evidence: tuple[Evidence, ...] = (),
        reason: Message | None = None,
    ) -> Finding:
        return Finding(
            rule=rule, result=result, evidence=evidence, reason=reason, gate=self.gate, settling=self.settling
        )
