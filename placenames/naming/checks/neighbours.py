"""Checks 1 to 5: other names that are, sound or look the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.text.normal import match_form

from .base import Act, Candidate, Check, Context, Evidence, NotChecked, Proposal, Rule, Severity
from .shape import anagram, folded_shape, one_edit
from .sound import Options, may_sound_same, nearly_same, readings_of, same_sound

_NO_SCOPE = gettext_noop(
    "It is not known which names lie in the same area: no outline covers the place, or its names are not kept here."
)
_SAME = gettext_noop("“{name}” is there already: {where}.")
_SAME_DISTANCE = gettext_noop("“{name}” is there already: {where}, {distance} m away.")
_SAME_SPECIFIC = gettext_noop("“{name}” has the same specific part: {where}.")
_SOUND = gettext_noop("“{name}” is read the same: {where}.")
_MAY_SOUND = gettext_noop("“{name}” may be read the same, by another reading of its characters: {where}.")
_NEAR = gettext_noop("“{name}” sounds nearly the same: {where}.")
_ONE_EDIT = gettext_noop("“{name}” differs by one character: {where}.")
_ANAGRAM = gettext_noop("“{name}” has the same characters in another order: {where}.")
_CONFUSABLE = gettext_noop("“{name}” looks the same but for characters that are easily confused: {where}.")
_PROPOSED = gettext_noop("{where} (proposed, not in force yet)")
_DECIDED = gettext_noop("{where} (approved, not in force yet)")
_NO_DIVISION = gettext_noop("in no division that is drawn")
CONFUSABLE = "confusable"


def evidence_of(template: str, candidate: Candidate, severity: Severity) -> Evidence:
    """Return what a check says of another name."""
    where: str | Message = candidate.where or Message(_NO_DIVISION)
    if candidate.pending:
        where = Message(_DECIDED if candidate.decided else _PROPOSED, {"where": where})
    params: dict[str, object] = {"name": candidate.text, "where": where}
    if template == _SAME and candidate.distance_m is not None:
        template = _SAME_DISTANCE
        params["distance"] = f"{candidate.distance_m:.0f}"
    return Evidence(
        message=Message(template, params), key=candidate.key, severity=severity, text=candidate.text,
        where=candidate.where, distance_m=candidate.distance_m, lon=candidate.lon, lat=candidate.lat,
        place_id=candidate.place_id, secret=candidate.secret,
    )  # fmt: skip


class NeighbourCheck(Check):
    """A check that compares the proposal with other names of its family."""

    def candidates(self, proposal: Proposal, context: Context) -> Iterator[Candidate]:
        """Yield the names of the same family, without the proposal's own."""
        for candidate in context.candidates:
            if candidate.key != proposal.key and candidate.family == proposal.family:
                yield candidate

    def compare(self, proposal: Proposal, context: Context) -> Callable[[Candidate], str]:
        """Return a function that tells the sentence for a candidate that is hit, or nothing."""
        raise NotImplementedError

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Compare, nearest first. A retired name is no candidate for anything."""
        if proposal.act is Act.RETIRING:
            return []
        hit = self.compare(proposal, context)
        found = []
        for candidate in self.candidates(proposal, context):
            template = hit(candidate)
            if template:
                found.append(evidence_of(template, candidate, rule.of(_in_scope(candidate, context))))
        found = [item for item in found if item.severity is not Severity.OFF]
        if not found and not context.scope.known:
            return NotChecked(Message(_NO_SCOPE))
        return sorted(
            found, key=lambda e: (-e.severity.weight, e.distance_m is None, e.distance_m or 0, e.key)
        )


def _in_scope(candidate: Candidate, context: Context) -> bool | None:
    if not context.scope.known:
        return None
    return bool(candidate.in_scope) and context.scope.lawful


def specific_of(proposal: Proposal, context: Context) -> str:
    """Return 专名 of the proposal, or the whole where it has no known generic term."""
    return context.parts(proposal).specific


class Duplicate(NeighbourCheck):
    """The same name within the scope of Art. 9(8); outside it, local policy."""

    number = 1
    code = "duplicate"
    article = "《地名管理条例》第九条第一款第（八）项"
    severity = Severity.BLOCK
    elsewhere = Severity.WARN

    def compare(self, proposal: Proposal, context: Context) -> Callable[[Candidate], str]:  # noqa: ARG002
        """Equal in the form that is compared (NFKC, without signs)."""
        own = match_form(proposal.text)
        return lambda candidate: _SAME if match_form(candidate.text) == own else ""


class SameSpecific(NeighbourCheck):
    """兴业路 and 兴业巷: what tells them apart is the generic term only."""

    number = 2
    code = "same-specific"
    severity = Severity.WARN

    def compare(self, proposal: Proposal, context: Context) -> Callable[[Candidate], str]:
        """Equal specific parts, other generic terms."""
        parts = context.parts(proposal)

        def hit(candidate: Candidate) -> str:
            if not (parts.generic and candidate.generic) or candidate.generic == parts.generic:
                return ""
            return _SAME_SPECIFIC if match_form(candidate.specific) == match_form(parts.specific) else ""

        return hit


class _Sounding(NeighbourCheck):
    """Other characters that are read alike; how alike, each check says."""

    def sentence(self, own: Options, other: Options) -> str:
        """Return what is said of another name's readings beside the proposal's own, or nothing."""
        raise NotImplementedError

    def compare(self, proposal: Proposal, context: Context) -> Callable[[Candidate], str]:
        """Compare readings by character; the same characters are no homophone."""
        specific = specific_of(proposal, context)
        chosen = {index: reading for index, reading in proposal.readings.items() if index < len(specific)}
        own = readings_of(specific, chosen)

        def hit(candidate: Candidate) -> str:
            if candidate.specific == specific:
                return ""
            return self.sentence(own, readings_of(candidate.specific, dict(enumerate(candidate.readings))))

        return hit


class Homophone(_Sounding):
    """Other characters, the same sound: with tones as each is likeliest read, then by any reading."""

    number = 3
    code = "homophone"
    article = "《地名管理条例》第九条第一款第（七）（八）项"
    severity = Severity.WARN

    def sentence(self, own: Options, other: Options) -> str:
        """Equal with tones."""
        if same_sound(own, other):
            return _SOUND
        return _MAY_SOUND if may_sound_same(own, other) else ""


class NearHomophone(_Sounding):
    """Nearly the same sound: tones, zh/z, ch/c, sh/s, ing/in and eng/en set aside."""

    number = 4
    code = "near-homophone"
    severity = Severity.INFO

    def sentence(self, own: Options, other: Options) -> str:
        """Equal when folded, and not equal with tones."""
        return _NEAR if nearly_same(own, other) and not may_sound_same(own, other) else ""


def _of_families(one: str, other: str) -> bool:
    """Whether both are a family's: 陈家渠 and 赵家庄 differ by the surname alone, as all such names do; nobody mixes them up."""
    return all(len(name) == 2 and name.endswith("家") for name in (one, other))


class LookAlike(NeighbourCheck):
    """One edit, another order, or characters that are easily confused."""

    number = 5
    code = "look-alike"
    severity = Severity.INFO

    def compare(self, proposal: Proposal, context: Context) -> Callable[[Candidate], str]:
        """Compare specific parts."""
        specific = specific_of(proposal, context)
        pairs = [(entry.text, entry.other) for entry in context.lists.get(CONFUSABLE, ()) if entry.other]
        own = folded_shape(specific, pairs)

        def hit(candidate: Candidate) -> str:
            if candidate.specific == specific or not candidate.specific:
                return ""
            if folded_shape(candidate.specific, pairs) == own:
                return _CONFUSABLE
            if anagram(specific, candidate.specific):
                return _ANAGRAM
            if _of_families(specific, candidate.specific):
                return ""
            same_length = min(len(specific), len(candidate.specific)) > 1
            return _ONE_EDIT if same_length and one_edit(specific, candidate.specific) else ""

        return hit


CHECKS = (Duplicate(), SameSpecific(), Homophone(), NearHomophone(), LookAlike())
