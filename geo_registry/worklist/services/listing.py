"""My work: what all apps have for a person, the most urgent first."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.utils.functional import Promise

from geo_registry.accounts.models import User

from ..counting import Countable, count_together
from ..registry import Asked, Counts, Item, Pile, Provider, Urgency, providers

PAGE_SIZE: Final = 25
# All kinds together are merged so far and no further; one kind alone can be paged to its end.
MERGED_MOST: Final = 500


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One app's share of the list."""

    name: str
    label: str | Promise
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An item with the kind of work it belongs to."""

    kind: Kind
    item: Item
    urgency: Urgency
    overdue_days: int
    due_in_days: int | None


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """One page of a person's work."""

    pile: Pile
    counts: dict[Pile, Counts]
    kinds: Sequence[Kind]
    chosen: Kind | None
    groups: Sequence[tuple[Urgency, Sequence[Listed]]]
    total: int
    page: int
    pages: int
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to list."""
        return not self.groups


def worklist(
    *, user: User, day: datetime.date, pile: Pile = Pile.MINE, kind: str = "", page: int = 1
) -> Worklist:
    """Return a page of what waits.

    Parameters
    ----------
    user
        Whose work.
    day
        Today, by which is late what is late.
    pile
        Whose move it is.
    kind
        The name of a provider, to list only its items; one that is not known or has none is left out of account.
    page
        Counted from 1; one too far is the last.
    """
    known = providers()
    kinds = _kinds(known, user=user, day=day)
    shown = kinds[pile]
    chosen = next((one for one in shown if one.name == kind), None)
    total = chosen.counts.total if chosen else sum(one.counts.total for one in shown)
    reachable = total if chosen or len(shown) < 2 else min(total, MERGED_MOST)
    pages = max(1, -(-reachable // PAGE_SIZE))
    page = min(max(page, 1), pages)
    asked = Asked(user=user, day=day, pile=pile)
    found = _items(known, [chosen] if chosen else shown, asked, page=page)
    return Worklist(
        pile=pile,
        counts={each: sum((one.counts for one in kinds[each]), Counts()) for each in Pile},
        kinds=shown,
        chosen=chosen,
        groups=[(urgency, list(rows)) for urgency, rows in groupby(found, key=lambda row: row.urgency)],
        total=total,
        page=page,
        pages=pages,
        is_cut=reachable < total and page == pages,
    )


def _kinds(known: dict[str, Provider], *, user: User, day: datetime.date) -> dict[Pile, list[Kind]]:
    """Return, for each pile, the providers that have something in it. All that can be counted in one query is."""
    asked = [
        (pile, name, provider, provider.counts(Asked(user=user, day=day, pile=pile)))
        for pile in Pile
        for name, provider in known.items()
    ]
    open_ = [counts for _pile, _name, _provider, counts in asked if isinstance(counts, Countable)]
    counted = iter(count_together(open_))
    kinds: dict[Pile, list[Kind]] = {pile: [] for pile in Pile}
    for pile, name, provider, counts in asked:
        found = next(counted) if isinstance(counts, Countable) else counts
        if found.total:
            kinds[pile].append(Kind(name=name, label=provider.label, counts=found))
    return kinds


def _items(known: dict[str, Provider], kinds: Sequence[Kind], asked: Asked, *, page: int) -> list[Listed]:
    first, last = (page - 1) * PAGE_SIZE, page * PAGE_SIZE
    if len(kinds) == 1:
        rows = known[kinds[0].name].items(asked, first=first, size=PAGE_SIZE)
        return [_listed(kinds[0], item, asked.day) for item in rows]
    merged = [
        (item.rank(asked.day), position, number, kind, item)
        for position, kind in enumerate(kinds)
        for number, item in enumerate(known[kind.name].items(asked, first=0, size=last))
    ]
    merged.sort(key=lambda entry: entry[:3])
    return [_listed(kind, item, asked.day) for *_rank, kind, item in merged[first:last]]


def _listed(kind: Kind, item: Item, day: datetime.date) -> Listed:
    days = (item.due - day).days if item.due is not None else None
    return Listed(
        kind=kind,
        item=item,
        urgency=item.urgency(day),
        overdue_days=-days if days is not None and days < 0 else 0,
        due_in_days=days if days is not None and days >= 0 else None,
    )
