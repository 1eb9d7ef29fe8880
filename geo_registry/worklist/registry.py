"""Who has work for people, and how notifications are put into words. Apps above register here in their ``ready()``."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from geo_registry.accounts.models import User

from .counting import Countable, Counts

__all__ = [
    "Asked",
    "Countable",
    "Counts",
    "Item",
    "Pile",
    "Provider",
    "Urgency",
    "is_known_text",
    "providers",
    "register",
    "register_text",
    "words",
]


class Pile(enum.StrEnum):
    """Whose move it is."""

    MINE = "mine"
    """The reader's: to do, to decide, to mend."""
    OTHERS = "others"
    """Somebody else's, on what the reader has handed on."""

    @property
    def label(self) -> Promise:
        """What the pile is called."""
        return _PILES[self]


_PILES = {
    Pile.MINE: gettext_lazy("Waits for me"),
    Pile.OTHERS: gettext_lazy("Waits for others"),
}


class Urgency(enum.IntEnum):
    """The order of a list: what is late, what came back, what has a day, what has none."""

    OVERDUE = 0
    RETURNED = 1
    DUE = 2
    UNDATED = 3

    @property
    def label(self) -> Promise:
        """The heading above such items."""
        return _URGENCIES[self]


_URGENCIES = {
    Urgency.OVERDUE: pgettext_lazy("work", "Overdue"),
    Urgency.RETURNED: pgettext_lazy("work", "Returned"),
    Urgency.DUE: pgettext_lazy("work", "With a due date"),
    Urgency.UNDATED: pgettext_lazy("work", "Without a due date"),
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits, as the list tells it. All words are in the reader's language.

    Parameters
    ----------
    title : str
        What it is about: a name, a file, a township.
    url : str
        Where it is done. An address of this site.
    due : date, optional
        The day by which it is to be done.
    state : str
        What is to be done, or how it stands: "to be approved".
    returned : bool
        Whether it came back to the reader.
    reason : str
        Why it came back, or why it waits, in the words of whoever said so.
    waits_for : str
        Who has the next move when the reader is done; in the pile `Pile.OTHERS`, who has it now.
    where : str
        The division it lies in.
    count : int, optional
        How many single things it stands for, where it leads to a queue.
    """

    title: str
    url: str
    due: datetime.date | None = None
    state: str = ""
    returned: bool = False
    reason: str = ""
    waits_for: str = ""
    where: str = ""
    count: int | None = None

    def urgency(self, day: datetime.date) -> Urgency:
        """How the item stands on ``day``."""
        if self.due is not None and self.due < day:
            return Urgency.OVERDUE
        if self.returned:
            return Urgency.RETURNED
        return Urgency.DUE if self.due is not None else Urgency.UNDATED

    def rank(self, day: datetime.date) -> tuple[int, datetime.date]:
        """Where it stands in a list: smaller is first."""
        return self.urgency(day), self.due or datetime.date.max


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose work is asked for, as of which day, and which pile."""

    user: User
    day: datetime.date
    pile: Pile = Pile.MINE


class Provider(Protocol):
    """An app's work. The number of queries of either method must not grow with the items: tests pin it.

    Only what the person may do is to be told: narrow rows by ``accounts.policy``, and return nothing to whoever has no
    part in it (without a query, where the role alone says so).
    """

    @property
    def label(self) -> str | Promise:
        """What this work is called: "Spellings to confirm"."""

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count the items of a pile; better, name the rows that are to be counted, and they are with everybody's."""

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return ``size`` items from the ``first``-th on, counted from 0, in the order of `Item.rank`."""


Text = Callable[[Mapping[str, Any]], str]

_providers: dict[str, Provider] = {}
_texts: dict[str, Text] = {}


def register(name: str, provider: Provider) -> None:
    """Make an app's work known, under a name that stands in addresses.

    Raises
    ------
    ValueError
        If another provider has the name.
    """
    if type(_providers.get(name, provider)) is not type(provider):
        raise ValueError(f"the provider {name!r} is registered already")
    _providers[name] = provider


def providers() -> dict[str, Provider]:
    """Return all providers by name, in the order in which they were registered."""
    return dict(_providers)


def register_text(code: str, text: Text) -> None:
    """Say how notifications of a code read.

    Parameters
    ----------
    code
        What ``notify`` is called with.
    text
        Given the parameters as JSON brought them back, returns one sentence in the language that is active.

    Raises
    ------
    ValueError
        If another text has the code.
    """
    if _texts.get(code, text) is not text:
        raise ValueError(f"the text {code!r} is registered already")
    _texts[code] = text


def is_known_text(code: str) -> bool:
    """Whether notifications of a code can be put into words."""
    return code in _texts


def words(code: str, params: Mapping[str, Any]) -> str:
    """Put a notification into words. One that this version no longer knows is said to be of an earlier one."""
    text = _texts.get(code)
    if text is None:
        return _("A notice of an earlier version of this registry (%(code)s).") % {"code": code}
    try:
        return text(params)
    except (KeyError, ValueError, TypeError):
        # Written by an earlier version, with other parameters: the list must open all the same.
        return _("A notice of an earlier version of this registry (%(code)s).") % {"code": code}
