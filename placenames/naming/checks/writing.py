"""Checks 6, 7, 8, 18 and 21: how the name is written, in characters and in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.text.normal import normal_form
from geo_registry.text.numerals import cardinal
from geo_registry.text.pinyin import plain_letters

from ..characters import examine_characters
from ..traditional import simplified
from .base import Act, Check, Context, Evidence, Gate, NotChecked, Proposal, Rule, Settling, Severity

_OUTSIDE = gettext_noop("“{character}” is not among the 8105 characters of the national standard.")
_OUTSIDE_SIMPLIFIED = gettext_noop(
    "“{character}” is not among the 8105 characters of the national standard; the standard writes “{other}”."
)
_THIRD = gettext_noop(
    "“{character}” is a rare character (third level of the standard): few people can read it."
)
_NOT_HAN = gettext_noop("“{character}” is no Chinese character.")
_NO_GENERIC = gettext_noop("The name has no generic term (路, 巷, 村 …) that is known here.")
_NO_SPECIFIC = gettext_noop("The name is a generic term alone: its specific part is missing.")
_DOUBLED = gettext_noop("Two generic terms follow one another: “{inner}” and “{generic}”.")
_ORDINAL = gettext_noop("The name is an ordinal and nothing else: it tells nothing of the place.")
_LONG = gettext_noop("The name has {count} characters; more than {limit} are hard to read on a sign.")
_UNCONFIRMED = gettext_noop(
    "The spelling “{spelling}” has not been confirmed by a person: it may not be published."
)
_OTHERWISE = gettext_noop("The spelling is “{spelling}”; by the rules of 1984 it would be “{rule}”.")
_ORDINAL_ONLY = re.compile(r"第?(?P<number>[零一二三四五六七八九十百千]+|[0-9]+)号?")


def _about(template: str, character: str, severity: Severity, **more: object) -> Evidence:
    return Evidence(
        message=Message(template, {"character": character, **more}),
        key=f"character:{character}",
        severity=severity,
        text=character,
    )


class StandardCharacters(Check):
    """Outside the 8105 (overridden with a document); third level warns (Art. 9(3): avoid rare characters)."""

    number = 6
    code = "outside-standard-characters"
    article = "《地名管理条例》第九条第一款第（三）项；《通用规范汉字表》"
    severity = Severity.BLOCK
    settling = Settling.FILE

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:  # noqa: ARG002
        """Name each character once."""
        if proposal.act is Act.RETIRING:
            return []
        seen = examine_characters(proposal.text)
        found = []
        for character in seen.outside:
            other = simplified(character)
            template = _OUTSIDE_SIMPLIFIED if other else _OUTSIDE
            found.append(_about(template, character, rule.of(True), other=other))
        rare = min(Severity.WARN, rule.severity, key=lambda s: s.weight)
        return [*found, *(_about(_THIRD, character, rare) for character in seen.third_level)]


class Script(Check):
    """Letters, figures and signs (Art. 9(3): the common national script)."""

    number = 7
    code = "script"
    article = "《地名管理条例》第九条第一款第（三）项"
    severity = Severity.BLOCK
    settling = Settling.NEVER

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:  # noqa: ARG002
        """Name each character that is not Chinese."""
        if proposal.act is Act.RETIRING:
            return []
        seen = examine_characters(proposal.text).not_han
        return [_about(_NOT_HAN, character, rule.of(True)) for character in seen]


class SpecificAndGeneric(Check):
    """专名 + 通名 (Art. 9): one missing blocks, one doubled warns."""

    number = 8
    code = "specific-and-generic"
    article = "《地名管理条例》第九条第一款"
    severity = Severity.BLOCK
    settling = Settling.NEVER

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Split by the longest term; a term in the middle with a modifier after it became part of 专名."""
        if proposal.act is Act.RETIRING:
            return []
        if not context.lexicon.terms:
            return NotChecked(Message(_NO_GENERIC))
        if normal_form(proposal.text) in context.lexicon.terms:
            return [Evidence(message=Message(_NO_SPECIFIC), key="specific", severity=rule.of(True))]
        parts = context.parts(proposal)
        if not parts.generic:
            return [Evidence(message=Message(_NO_GENERIC), key="generic", severity=rule.of(True))]
        inner = context.lexicon.within.longest_suffix(parts.specific)
        # 兴业路街 doubles; 马路街 and 大桥路 do not: what is left before the inner term must be a name of its own.
        related = inner in context.lexicon.numbered and parts.generic in context.lexicon.numbered
        if not related or len(parts.specific) - len(inner) < 2:
            return []
        warn = min(Severity.WARN, rule.severity, key=lambda s: s.weight)
        message = Message(_DOUBLED, {"inner": inner, "generic": parts.generic})
        return [Evidence(message=message, key="doubled", severity=warn)]


class OrdinalOrLong(Check):
    """一号路 tells nothing; a name of many characters fits no sign."""

    number = 18
    code = "ordinal-or-long"
    severity = Severity.WARN

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Ordinal by pattern; length by the reference value ``max-characters``."""
        if proposal.act is Act.RETIRING:
            return []
        found = []
        ordinal = _ORDINAL_ONLY.fullmatch(context.parts(proposal).specific)
        # 三八 is a day, and no number.
        if ordinal and (ordinal["number"].isdigit() or cardinal(ordinal["number"]) is not None):
            found.append(Evidence(message=Message(_ORDINAL), key="ordinal", severity=rule.of(True)))
        limit = context.numbers.get("max-characters")
        if limit is not None and len(proposal.text) > limit:
            message = Message(_LONG, {"count": len(proposal.text), "limit": f"{limit:.0f}"})
            found.append(Evidence(message=message, key="long", severity=rule.of(True)))
        return found


class SpellingConfirmed(Check):
    """The officer confirms the spelling; what is unconfirmed is never announced."""

    number = 21
    code = "spelling"
    article = "（84）中地字第17号《中国地名汉语拼音字母拼写规则（汉语地名部分）》"
    severity = Severity.BLOCK
    gate = Gate.ANNOUNCEMENT
    settling = Settling.NEVER

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:  # noqa: ARG002
        """Unconfirmed blocks the announcement, each doubt informs; confirmed otherwise than by rule informs."""
        if proposal.act is Act.RETIRING:
            return []
        if proposal.spelling_confirmed:
            if plain_letters(proposal.spelling) == plain_letters(proposal.spelling_by_rule):
                return []
            params = {"spelling": proposal.spelling, "rule": proposal.spelling_by_rule}
            return [Evidence(message=Message(_OTHERWISE, params), key="otherwise", severity=Severity.INFO)]
        spelling = proposal.spelling or proposal.spelling_by_rule
        unconfirmed = Evidence(
            message=Message(_UNCONFIRMED, {"spelling": spelling}), key="unconfirmed", severity=rule.of(True)
        )
        doubts = [
            Evidence(message=doubt.message, key=f"doubt:{doubt.index}", severity=Severity.INFO)
            for doubt in proposal.doubts
        ]
        return [unconfirmed, *doubts]


CHECKS = (StandardCharacters(), Script(), SpecificAndGeneric(), OrdinalOrLong(), SpellingConfirmed())
