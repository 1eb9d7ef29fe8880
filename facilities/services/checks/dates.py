"""Days in their order: built, opened, closed; a lease from its first day to its last."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ...models import Status
from .base import Finding, Situation, block, unchecked, warn

_ENDED = {Status.CLOSED.value, Status.MERGED.value}
_DAYS = ("built_on", "opened_on", "lease_from", "lease_to")


def built_before_opened(situation: Situation) -> Iterator[Finding]:
    """A house is opened once it is built."""
    built, opened = situation.day_of("built_on"), situation.day_of("opened_on")
    if built and opened and opened < built:
        yield block("opened_on", _("It cannot have opened before it was built."), "built_on")


def opened_before_closed(situation: Situation) -> Iterator[Finding]:
    """What has closed, or was merged, was open before."""
    opened = situation.day_of("opened_on")
    ended = [day for day, status in situation.statuses if status in _ENDED]
    if opened and ended and min(ended) < opened:
        yield block(
            "opened_on",
            _("It is said to have closed on %(closed)s, before this day.")
            % {"closed": min(ended).isoformat()},
        )


def lease_in_order(situation: Situation) -> Iterator[Finding]:
    """A lease ends after it begins; a house of one's own has none."""
    begin, end = situation.day_of("lease_from"), situation.day_of("lease_to")
    if begin and end and end <= begin:
        yield block("lease_to", _("The lease ends before it begins."), "lease_from")
    if (begin or end) and situation.facts.get("tenure") == "owned":
        yield warn("tenure", _("A house of one's own has no lease."), "lease_from", "lease_to")
    if end and end < situation.day:
        yield warn("lease_to", _("The lease has run out."))


def days_are_believable(situation: Situation) -> Iterator[Finding]:
    """A day long ago is a slip of the key; a day to come is no day on which something was built or opened."""
    key = "facility-earliest-year"
    earliest = situation.limits.get(key)
    for code in _DAYS:
        day = situation.day_of(code)
        if day is None:
            continue
        if earliest is None:
            yield unchecked(code, key)
        elif day.year < earliest:
            yield warn(code, _("This day is very long ago. Is it right?"))
    for code in ("built_on", "opened_on"):
        day = situation.day_of(code)
        if day is not None and day > situation.day:
            yield warn(code, _("This day is still to come. What is planned is better entered as an event."))


CHECKS = (built_before_opened, opened_before_closed, lease_in_order, days_are_believable)
