"""Notifications: told in the transaction of the event, read one by one or all at once, forgotten in time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from geo_registry.accounts.models import Role, User
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import Division

from .. import registry
from ..models import Notification, Reading

KEEP_DAYS: Final = "notifications-kept-days"
# The header counts no further: "99+".
MOST_COUNTED: Final = 100


def notify(
    *,
    code: str,
    params: Mapping[str, Any] | None = None,
    link: str = "",
    person: User | None = None,
    role: Role | None = None,
    division: Division | None = None,
    key: str | None = None,
) -> Notification | None:
    """Tell a person, or everybody of a role who acts in a division, what has happened.

    It is part of the caller's transaction: what is taken back was never told.

    Parameters
    ----------
    code
        What has happened; its words are registered with ``registry.register_text``.
    params
        What the words need, as JSON carries it (days in ISO 8601).
    link
        The page of this site where it can be looked at.
    person
        Whom to tell.
    role, division
        Or which role, and where it happened: who of that role acts there is told. Without a division, who acts in the
        whole home.
    key
        What must be told once only has a key of its own: telling it again does nothing.

    Returns
    -------
    Notification or None
        ``None`` where the key was told already.

    Raises
    ------
    ValueError
        If nobody or both a person and a role are named, the code has no words, or the link leads away from this site.
    TransactionManagementError
        Outside a transaction: the event could be kept and the notice lost.
    """
    if (person is None) == (role is None):
        raise ValueError("tell either a person or a role")
    if not registry.is_known_text(code):
        raise ValueError(f"nobody registered words for {code!r}")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"{link!r} is no page of this site")
    if not connection.in_atomic_block:
        raise TransactionManagementError("a notification is told in the transaction of its event")
    notification = Notification(
        code=code,
        params=dict(params or {}),
        link=link,
        person=person,
        role=role or "",
        division=division if person is None else None,
        key=key,
    )
    if key is None:
        notification.save()
        return notification
    # Two workers at once: the second's row is left out by the database, not refused with an error.
    Notification.objects.bulk_create([notification], ignore_conflicts=True)
    return Notification.objects.filter(key=key, created_at=notification.created_at).first()


def unread_count(user: User) -> int:
    """Return how many notifications a person has not read, up to `MOST_COUNTED`. One query."""
    return Notification.objects.unread_by(user).order_by()[:MOST_COUNTED].count()


def mark_read(*, notification: Notification, user: User) -> None:
    """Note that a person has read a notification; once is enough."""
    Reading.objects.bulk_create([Reading(notification=notification, person=user)], ignore_conflicts=True)


def mark_unread(*, notification: Notification, user: User) -> None:
    """Take it back."""
    Reading.objects.filter(notification=notification, person=user).delete()


@transaction.atomic
def mark_all_read(*, user: User, until: datetime.datetime) -> int:
    """Note that a person has read everything told up to a moment: what came while the page was open stays unread.

    Returns
    -------
    int
        How many those were.
    """
    unread = Notification.objects.unread_by(user).filter(created_at__lte=until).values_list("pk", flat=True)
    rows = [Reading(notification_id=pk, person=user) for pk in unread]
    Reading.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def prune(*, now: datetime.datetime | None = None) -> int:
    """Delete notifications older than the reference value ``notifications-kept-days``; without one, none.

    Returns
    -------
    int
        How many were deleted.
    """
    try:
        days = int(effective_value(KEEP_DAYS))
    except ReferenceMissing:
        return 0
    before = (now or timezone.now()) - datetime.timedelta(days=days)
    _total, by_table = Notification.objects.filter(created_at__lt=before).delete()
    return by_table.get(Notification._meta.label, 0)
