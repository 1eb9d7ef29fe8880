"""Checks 10 to 15, 19 and 20: words that the office has lists of. A hit asks for a person's judgement (order 71, Arts 3-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.text.readings import is_word

from ..persons import looks_like_person
from .base import Act, Check, Context, Entry, Evidence, NotChecked, Proposal, Rule, Settling, Severity
from .neighbours import specific_of
from .sound import first_readings, readings_of

_EMPTY = gettext_noop("The office's list for this check is empty.")
_EMPTY_PERSONS = gettext_noop(
    "The name is built like no person's name; the office's list of persons is empty."
)
_LEADER = gettext_noop("“{word}” is on the office's list of state leaders.")
_PERSON = gettext_noop("“{word}” is on the office's list of persons and characters.")
_PERSON_PATTERN = gettext_noop("“{word}” is built like a person's name (surname and given name).")
_FOREIGN = gettext_noop("“{word}” is on the list of foreign names.")
_BRAND = gettext_noop("“{word}” is on the list of enterprises and trademarks.")
_FAMOUS = gettext_noop("“{word}” is the name of a famous feature or division.")
_MEANING = gettext_noop("“{word}” is on the list of words that do not fit a place name.")
_MEANING_SOUND = gettext_noop("“{own}” is read like “{word}”, which does not fit a place name.")
_PROTECTED = gettext_noop("“{word}” is a protected name: say first what is done so that it is not lost.")
_RESERVED = gettext_noop("“{word}” is reserved: {note}.")
_TAKEN = gettext_noop("“{word}” is reserved and has been given to {taker}.")


def _hit(template: str, entry: Entry, severity: Severity, **more: object) -> Evidence:
    return Evidence(
        message=Message(template, {"word": entry.text, **more}),
        key=f"word:{entry.text}",
        severity=severity,
        text=entry.text,
        where=entry.note,
    )


class ListCheck(Check):
    """Words of a list anywhere in the specific part."""

    list_name: ClassVar[str]
    template: ClassVar[str]

    def severity_of(self, entry: Entry, proposal: Proposal, rule: Rule) -> Severity:  # noqa: ARG002
        """Return what a hit means; an entry that nobody verified blocks nothing."""
        severity = rule.of(True)
        return Severity.REVIEW if severity is Severity.BLOCK and not entry.verified else severity

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Look each word up; a name that the thing bears already is exempt."""
        if proposal.act is Act.RETIRING or proposal.exists:
            return []
        entries = context.lists.get(self.list_name, ())
        if not entries:
            return NotChecked(Message(_EMPTY))
        specific = specific_of(proposal, context)
        return [
            _hit(self.template, entry, self.severity_of(entry, proposal, rule))
            for entry in entries
            if entry.text in specific
        ]


class StateLeader(ListCheck):
    """Art. 9(4): never a state leader's name."""

    number = 10
    code = "state-leader"
    article = "《地名管理条例》第九条第一款第（四）项"
    severity = Severity.REVIEW
    list_name = "leader"
    template = _LEADER


class Person(ListCheck):
    """Art. 9(4): generally no person's name. By the list, and by how the name is built."""

    number = 11
    code = "person"
    article = "《地名管理条例》第九条第一款第（四）项；《实施办法》第三条、第四条"
    severity = Severity.REVIEW
    list_name = "person"
    template = _PERSON

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """The list first; then surname and given name where no dictionary has the word."""
        seen = super().look(proposal, context, rule)
        if not isinstance(seen, NotChecked) and (seen or proposal.act is Act.RETIRING or proposal.exists):
            return seen
        specific = specific_of(proposal, context)
        if looks_like_person(specific) and not is_word(specific):
            entry = Entry(key="pattern", text=specific)
            return [_hit(_PERSON_PATTERN, entry, rule.of(True))]
        return NotChecked(Message(_EMPTY_PERSONS)) if isinstance(seen, NotChecked) else seen


class ForeignName(ListCheck):
    """Art. 9(5): no foreign person or place."""

    number = 12
    code = "foreign-name"
    article = "《地名管理条例》第九条第一款第（五）项"
    severity = Severity.REVIEW
    list_name = "foreign"
    template = _FOREIGN


class Enterprise(ListCheck):
    """Art. 9(6): no enterprise or trademark; exempt where the word has no specific link to it (order 71)."""

    number = 13
    code = "enterprise"
    article = "《地名管理条例》第九条第一款第（六）项；《实施办法》第三条、第四条"
    severity = Severity.REVIEW
    list_name = "brand"
    template = _BRAND


class FamousFeature(ListCheck):
    """Art. 9(9): a division's specific part may not borrow a famous feature's; roads may."""

    number = 14
    code = "famous-feature"
    article = "《地名管理条例》第九条第一款第（九）项"
    severity = Severity.BLOCK
    elsewhere = Severity.INFO
    list_name = "famous"
    template = _FAMOUS

    def severity_of(self, entry: Entry, proposal: Proposal, rule: Rule) -> Severity:
        """A division's blocks, any other thing's informs."""
        if not proposal.is_division:
            return rule.of(False)
        return super().severity_of(entry, proposal, rule)


class Meaning(Check):
    """Art. 9(1): clear and wholesome. Words of the list, and what is read like them."""

    number = 15
    code = "meaning"
    article = "《地名管理条例》第九条第一款第（一）项"
    severity = Severity.REVIEW

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Each word as it is written; those of two characters or more also as they are read."""
        if proposal.act is Act.RETIRING or proposal.exists:
            return []
        entries = context.lists.get("meaning", ())
        if not entries:
            return NotChecked(Message(_EMPTY))
        read = first_readings(readings_of(proposal.text, proposal.readings))
        found = []
        for entry in entries:
            if entry.text in proposal.text:
                found.append(_hit(_MEANING, entry, rule.of(True)))
                continue
            length = len(entry.text)
            sound = first_readings(readings_of(entry.text))
            at = next((i for i in range(len(read) - length + 1) if read[i : i + length] == sound), None)
            if at is not None and length > 1:
                found.append(_hit(_MEANING_SOUND, entry, rule.of(True), own=proposal.text[at : at + length]))
        return found


class ProtectedName(Check):
    """Art. 25: before a protected name is changed, measures must be taken."""

    number = 19
    code = "protected-name"
    article = "《地名管理条例》第二十五条"
    severity = Severity.BLOCK
    settling = Settling.NEVER

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Only the name that goes counts, and only while no measures are written down."""
        if proposal.act is Act.NAMING or proposal.exists:
            return []
        entries = context.lists.get("protected", ())
        if not entries:
            return NotChecked(Message(_EMPTY))
        if proposal.measures.strip():
            return []
        return [
            _hit(_PROTECTED, entry, rule.of(True) if entry.verified else Severity.REVIEW)
            for entry in entries
            if entry.text == proposal.old_text
        ]


class ReservedName(Check):
    """采词库: words put aside for later. Taken by somebody else they block, where the rule may."""

    number = 20
    code = "reserved-name"
    severity = Severity.WARN

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Compare the whole name and its specific part; what has expired does not count."""
        if proposal.act is Act.RETIRING or proposal.exists:
            return []
        entries = context.lists.get("reserved", ())
        if not entries:
            return NotChecked(Message(_EMPTY))
        found = []
        for entry in entries:
            void = entry.expires is not None and entry.expires <= context.today
            if void or entry.text not in {proposal.text, specific_of(proposal, context)}:
                continue
            if entry.taken_by:
                taken = rule.bounded(Severity.BLOCK if entry.verified else Severity.REVIEW)
                found.append(_hit(_TAKEN, entry, taken, taker=entry.taken_by))
            else:
                found.append(_hit(_RESERVED, entry, rule.of(True), note=entry.note or "-"))
        return found


CHECKS = (
    StateLeader(), Person(), ForeignName(), Enterprise(), FamousFeature(), Meaning(), ProtectedName(), ReservedName(),
)  # fmt: skip
