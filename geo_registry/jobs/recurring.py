"""What the worker does again and again by itself. Apps above register it in their ``ready()``.

Each has a row that says when it was last done. Whoever does it holds the row: of several workers one does it, and the
others go on. If it fails, the row says how, the log says all, and it is tried again when it is due next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from .models import RecurringWork

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A function without arguments, and how often it is to be called. Calling it more often must do no harm.

    ``title`` says in the reader's words what it does.
    """

    name: str
    title: str | Promise
    every: timedelta
    body: Callable[[], object]


_known: dict[str, Recurring] = {}


def register_recurring(
    name: str, *, title: str | Promise, every: timedelta, body: Callable[[], object]
) -> None:
    """Have the worker call a function at intervals.

    Parameters
    ----------
    name
        Under which it is kept when it was last done.
    title
        What it does, for the administrator.
    every, body
        How often, and what.

    Raises
    ------
    ValueError
        If the name is taken by another function.
    """
    known = _known.get(name)
    if known is not None and known.body is not body:
        raise ValueError(f"the recurring work {name!r} is registered already")
    _known[name] = Recurring(name, title, every, body)


def known() -> dict[str, Recurring]:
    """Return what is registered, by its name."""
    return dict(_known)


def run_due(*, now: datetime | None = None) -> list[str]:
    """Do what is due. Safe in several processes at once.

    Returns
    -------
    list of str
        The names of what was done, or tried, by this process.
    """
    moment = now or timezone.now()
    return [recurring.name for recurring in _known.values() if _run(recurring, moment)]


def _run(recurring: Recurring, moment: datetime) -> bool:
    row = RecurringWork.objects.filter(name=recurring.name).first()
    if row is None:
        RecurringWork.objects.bulk_create([RecurringWork(name=recurring.name)], ignore_conflicts=True)
    elif not _is_due(row, recurring, moment):
        return False
    with transaction.atomic():
        held = RecurringWork.objects.select_for_update(skip_locked=True).filter(name=recurring.name).first()
        if held is None or not _is_due(held, recurring, moment):
            return False
        held.last_begun_at, held.error = moment, ""
        try:
            with transaction.atomic():
                recurring.body()
        except Exception as error:
            logger.exception("Recurring work %s failed", recurring.name)
            held.error = f"{type(error).__name__}: {error}"[:500]
        held.save()
    return True


def _is_due(row: RecurringWork, recurring: Recurring, moment: datetime) -> bool:
    return row.last_begun_at is None or row.last_begun_at + recurring.every <= moment
