"""Spellings that wait, as work for the officer: one entry that leads to the queue."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.policy import Action, may
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from .spellings import waiting_names, with_doubts


class SpellingsToConfirm:
    """The queue of spellings. Thousands may wait: the list names the queue and how long it is, and not each name."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Spellings to confirm")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count the queue as one thing to do."""
        if not self._concerns(asked):
            return Counts()
        return Countable(rows=waiting_names(asked.user), as_one=True)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return the queue. Two queries."""
        waiting = waiting_names(asked.user).count() if self._concerns(asked) and first == 0 and size else 0
        if not waiting:
            return []
        doubtful = with_doubts(waiting_names(asked.user)).count()
        said = ngettext("%(count)d with doubts", "%(count)d with doubts", doubtful) % {"count": doubtful}
        return [
            Item(
                title=_("Confirm how names are spelled"),
                url=reverse("placenames:spellings"),
                count=waiting,
                state=said if doubtful else "",
            )
        ]

    def _concerns(self, asked: Asked) -> bool:
        return asked.pile is Pile.MINE and may(asked.user, Action.CONFIRM_SPELLING)


def register() -> None:
    """Make it known."""
    registry.register("spellings", SpellingsToConfirm())
