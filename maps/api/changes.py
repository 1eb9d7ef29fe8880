"""The change feed of a collection: what changed or went since a moment, oldest first, page after page.

A reader keeps the address named ``resume`` and asks it again later. A feature that changes while it reads moves to the end: it may
be seen twice, never missed. A feature that is no longer public is told by its key and the word ``gone`` alone, whatever the
reason, and at once: whether it is public is asked at the moment of the answer.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from geo_registry.reference.models import Source

from ..models import PublicFeature
from .answering import features_by_key
from .asking import DEFAULT_LIMIT, limit_of, single_values
from .collections import Collection
from .ledger import OVERLAP, looked_at
from .problems import Problem

MOST: Final = 1_000
IN_FEED: Final = 100
PARAMETERS: Final = ("f", "since", "after", "limit")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One feature that changed (``feature`` as GeoJSON) or is gone (``None``)."""

    key: str
    at: datetime.datetime
    number: int
    feature: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some changes; ``last`` is the number after which the next ones come."""

    changes: Sequence[Change]
    last: int
    more: bool
    sources: Sequence[Source]
    looked_at: datetime.datetime | None


def read(query: QueryDict) -> dict[str, Any]:
    """Return what is asked of the feed.

    Raises
    ------
    Problem
        If a parameter is not known or its value does not fit.
    """
    values = single_values(query, set(PARAMETERS))
    if "since" in values and "after" in values:
        raise Problem(
            400, _("“since” begins a reading, “after” goes on with one: not both."), parameter="after"
        )
    after = values.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        raise Problem(
            400,
            _("This page's address is damaged. Follow the links from one page to the next."),
            parameter="after",
        )
    limit = limit_of(values.get("limit"), most=MOST, usual=DEFAULT_LIMIT)
    return {"since": _moment(values.get("since")), "after": int(after), "limit": limit}


def _moment(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time())
            return timezone.make_aware(day, timezone.get_default_timezone())
        # A plus sign that was not written as %2B reads as a blank.
        moment = parse_datetime(text.replace(" ", "+"))
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    raise Problem(
        400, _("A date (2026-01-31) or a moment with its time zone (2026-01-31T08:00:00Z) is needed."), parameter="since"
    )  # fmt: skip


def page(collection: Collection, *, since: datetime.datetime | None, after: int, limit: int) -> Page:
    """Return the changes since a moment, or after a number, the oldest first."""
    rows = PublicFeature.objects.filter(collection=collection.id, number__gt=after)
    if since is not None:
        # Moments before the year 1 mean everything.
        with contextlib.suppress(OverflowError):
            rows = rows.filter(changed_at__gte=since - OVERLAP)
    # Before the rows: what is noted after it may be there besides, and is read again the next time.
    seen_until = looked_at(collection)
    found = list(rows.order_by("number")[: limit + 1])
    changes, sources = _told(collection, found[:limit])
    last = changes[-1].number if changes else after
    return Page(changes=changes, last=last, more=len(found) > limit, sources=sources, looked_at=seen_until)


def latest(collection: Collection) -> tuple[Sequence[Change], Sequence[Source]]:
    """Return the last changes, the newest first: what a feed to subscribe to shows."""
    rows = PublicFeature.objects.filter(collection=collection.id).order_by("-number")
    return _told(collection, list(rows[:IN_FEED]))


def _told(collection: Collection, rows: Sequence[PublicFeature]) -> tuple[list[Change], Sequence[Source]]:
    public, sources = features_by_key(collection, [row.key for row in rows])
    changes = [
        Change(key=row.key, at=row.changed_at, number=row.number, feature=public.get(row.key)) for row in rows
    ]
    return changes, sources
