"""Check 22: filing within 15 calendar days of approval, and announcing (Arts 13 and 14)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from geo_registry.geodata.errors import Message, gettext_noop

from .base import Check, Context, Evidence, Gate, NotChecked, Proposal, Rule, Settling, Severity

_FILING_LATE = gettext_noop("It was approved on {day} and had to be filed by {due}: {days} days late.")
_FILING_DUE = gettext_noop("It was approved on {day} and must be filed by {due}: {days} days left.")
_ANNOUNCING_LATE = gettext_noop(
    "It was approved on {day} and had to be announced by {due}: {days} days late."
)
_ANNOUNCING_DUE = gettext_noop("It was approved on {day} and must be announced by {due}: {days} days left.")
_NO_DAYS = gettext_noop("No reference value says how many days there are.")
# A day as people write it; each language has its own order and its own names of months.
_DAY_OF_MONTH = (
    gettext_noop("{day} January {year}"),
    gettext_noop("{day} February {year}"),
    gettext_noop("{day} March {year}"),
    gettext_noop("{day} April {year}"),
    gettext_noop("{day} May {year}"),
    gettext_noop("{day} June {year}"),
    gettext_noop("{day} July {year}"),
    gettext_noop("{day} August {year}"),
    gettext_noop("{day} September {year}"),
    gettext_noop("{day} October {year}"),
    gettext_noop("{day} November {year}"),
    gettext_noop("{day} December {year}"),
)
FILING, ANNOUNCING = "filing-days", "announcement-days"


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a step must be done.

    Parameters
    ----------
    step : str
        ``filing-days`` or ``announcement-days``: the key of the number of days.
    due : date
        The last day: the day of approval plus so many calendar days.
    done_on : date or None
        The day it was done.
    """

    step: str
    due: datetime.date
    done_on: datetime.date | None

    def days_left(self, today: datetime.date) -> int:
        """How many days are left until the end of the last one; negative: how many it is late, or was."""
        return (self.due - (self.done_on or today)).days


def deadlines(
    *,
    approved_on: datetime.date | None,
    filed_on: datetime.date | None = None,
    announced_on: datetime.date | None = None,
    days: dict[str, float],
) -> list[Deadline]:
    """Return the deadlines that an approval sets, in calendar days: 30 January + 15 is 14 February."""
    if approved_on is None:
        return []
    done = {FILING: filed_on, ANNOUNCING: announced_on}
    return [
        Deadline(step, approved_on + datetime.timedelta(days=int(days[step])), done[step])
        for step in (FILING, ANNOUNCING)
        if step in days
    ]


def _in_words(day: datetime.date) -> Message:
    return Message(_DAY_OF_MONTH[day.month - 1], {"day": day.day, "year": day.year})


class Deadlines(Check):
    """What is still to be done after approval, and by when."""

    number = 22
    code = "deadlines"
    article = "《地名管理条例》第十三条、第十四条"
    severity = Severity.WARN
    gate = Gate.ANNOUNCEMENT
    settling = Settling.NEVER

    def look(self, proposal: Proposal, context: Context, rule: Rule) -> Sequence[Evidence] | NotChecked:
        """Late is as severe as the row says; what is still in time informs."""
        if proposal.approved_on is None:
            return []
        days = {key: context.numbers[key] for key in (FILING, ANNOUNCING) if key in context.numbers}
        if not days:
            return NotChecked(Message(_NO_DAYS))
        found = []
        for deadline in deadlines(
            approved_on=proposal.approved_on, filed_on=proposal.filed_on, announced_on=proposal.announced_on, days=days
        ):  # fmt: skip
            left = deadline.days_left(context.today)
            if deadline.done_on is not None and left >= 0:
                continue
            late, due = (
                (_FILING_LATE, _FILING_DUE)
                if deadline.step == FILING
                else (_ANNOUNCING_LATE, _ANNOUNCING_DUE)
            )
            params = {
                "day": _in_words(proposal.approved_on),
                "due": _in_words(deadline.due),
                "days": abs(left),
            }
            severity = rule.of(True) if left < 0 else Severity.INFO
            found.append(
                Evidence(
                    message=Message(late if left < 0 else due, params), key=deadline.step, severity=severity
                )
            )
        return found


CHECKS = (Deadlines(),)
