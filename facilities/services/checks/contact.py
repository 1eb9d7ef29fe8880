"""Hours that can be read, telephones that can be dialled, and no personal mobile in public."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from geo_registry.geodata.identity import is_mobile
from geo_registry.geodata.values import BadValue, phone

from ..opening import is_valid
from .base import Finding, Situation, block, warn


def hours_can_be_read(situation: Situation) -> Iterator[Finding]:
    """Hours are written as OpenStreetMap does: the public page says from them whether a place is open."""
    hours = situation.facts.get("opening_hours") or ""
    if hours and not is_valid(hours):
        yield block(
            "opening_hours",
            _("These hours cannot be read. Write them like: Mo-Fr 08:30-17:30; PH off"),
        )


def telephones_can_be_dialled(situation: Situation) -> Iterator[Finding]:
    """A telephone is a telephone; a personal mobile is for the office only."""
    for code in ("public_phone", "private_phone"):
        value = situation.facts.get(code) or ""
        if not value:
            continue
        try:
            phone(value)
        except BadValue as error:
            yield block(code, error.message.render(_))
            continue
        if code == "public_phone" and any(is_mobile(part.strip()) for part in value.split(";")):
            yield block(
                code,
                _("This is a personal mobile number. Enter it as the telephone for the office only."),
            )


def public_can_call(situation: Situation) -> Iterator[Finding]:
    """What is shown to the public has a telephone."""
    if situation.facts.get("published") and not situation.facts.get("public_phone"):
        yield warn("public_phone", _("It is shown to the public, but has no telephone."))


CHECKS = (hours_can_be_read, telephones_can_be_dialled, public_can_call)
