"""Hours that can be read, telephones that can be dialled, and no personal mobile in public."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..contact import read_hours, read_phones
from .base import Finding, Situation, block, warn


def hours_can_be_read(situation: Situation) -> Iterator[Finding]:
    """The public page says from the hours whether a place is open."""
    try:
        read_hours(situation.facts.get("opening_hours") or "")
    except ValueError as error:
        yield block("opening_hours", str(error))


def telephones_can_be_dialled(situation: Situation) -> Iterator[Finding]:
    """A telephone is a telephone; a personal mobile is for the office only."""
    for code in ("public_phone", "private_phone"):
        try:
            read_phones(situation.facts.get(code) or "", public=code == "public_phone")
        except ValueError as error:
            yield block(code, str(error))


def public_can_call(situation: Situation) -> Iterator[Finding]:
    """What is shown to the public has a telephone."""
    if situation.facts.get("published") and not situation.facts.get("public_phone"):
        yield warn("public_phone", _("It is shown to the public, but has no telephone."))


CHECKS = (hours_can_be_read, telephones_can_be_dialled, public_can_call)
