"""Who it is: a name, a code that checks, and nothing that identifies a person."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from geo_registry.geodata.identity import credit_code, holds_citizen_number
from geo_registry.geodata.values import BadValue

from ..facts import FACTS, Type
from .base import Finding, Situation, block, warn


def has_a_name(situation: Situation) -> Iterator[Finding]:
    """Nobody finds a facility without a name."""
    if not situation.facts.get("name"):
        yield block("name", _("A facility needs a name."))
    if not situation.facts.get("division"):
        yield block("division", _("Say in which division it lies."))


def code_is_right(situation: Situation) -> Iterator[Finding]:
    """A unified social credit code has its check digit (GB 32100-2015); without a code there is a reason."""
    code = situation.facts.get("social_credit_code") or ""
    reason = situation.facts.get("social_credit_code_absent") or ""
    if code:
        try:
            credit_code(code)
        except BadValue as error:
            yield block("social_credit_code", error.message.render(_))
        if reason:
            yield warn(
                "social_credit_code_absent",
                _("There is a code, so no reason for its absence is needed."),
                "social_credit_code",
            )
    elif not reason:
        yield warn(
            "social_credit_code_absent",
            _("Without a unified social credit code, say why there is none."),
            "social_credit_code",
        )


def no_citizens_numbers(situation: Situation) -> Iterator[Finding]:
    """A citizen's identity number may not even come in."""
    for code, fact in FACTS.items():
        value = situation.facts.get(code)
        if fact.type in {Type.TEXT, Type.LONG_TEXT} and value and holds_citizen_number(value):
            yield block(code, _("This holds a citizen's identity number. Such numbers are not kept here."))


CHECKS = (has_a_name, code_is_right, no_citizens_numbers)
