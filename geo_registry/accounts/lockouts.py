"""Who cannot sign in at the moment because a wrong password was given too often."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.utils import timezone


@dataclass(frozen=True)
class Lockout:
    """An account that is locked from one address; ``until`` is when that ends by itself."""

    address: str
    failures: int
    until: datetime.datetime | None


def lockouts(usernames: Iterable[str]) -> dict[str, list[Lockout]]:
    """Return the lock-outs that hold now, by account name. One query."""
    cool_off: datetime.timedelta | None = get_cool_off()
    rows = AccessAttempt.objects.filter(username__in=list(usernames))
    if cool_off is not None:
        rows = rows.filter(attempt_time__gte=timezone.now() - cool_off)
    counted = rows.values("username", "ip_address").annotate(
        failures=Sum("failures_since_start"), newest=Max("attempt_time")
    )
    found: dict[str, list[Lockout]] = defaultdict(list)
    for row in counted.filter(failures__gte=settings.AXES_FAILURE_LIMIT).order_by("username", "ip_address"):
        until = row["newest"] + cool_off if cool_off is not None else None
        found[row["username"]].append(Lockout(str(row["ip_address"] or ""), row["failures"], until))
    return dict(found)
