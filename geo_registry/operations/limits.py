"""How often somebody may ask within a minute: counted in the database, so that all processes and machines count as one.

The count is a row of a table that is not written ahead (unlogged): it is lost when the database crashes, and costs little. If
it cannot be counted, a full disk for one, the request is let through: reading must not fail for want of a count.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import logging
import time

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.client_address import client_address
from geo_registry.jobs.recurring import register_recurring

from .models import AccessKey, RateWindow

logger = logging.getLogger(__name__)
_MINUTE_S = 60


def register() -> None:
    """Have old counts removed."""
    register_recurring(
        "forget-rates",
        title=_("Forget who has asked how often"),
        every=datetime.timedelta(minutes=10),
        body=forget,
    )


def most(key: AccessKey | None) -> int:
    """Return how many requests a minute may have; 0: as many as one likes."""
    return int(settings.API_KEY_RATE_PER_MINUTE if key is not None else settings.API_RATE_PER_MINUTE)


def count(request: HttpRequest, *, key: AccessKey | None, weight: int = 1) -> int:
    """Count a request.

    Parameters
    ----------
    weight
        As how many it counts.

    Returns
    -------
    int
        0 if it may go on; else the seconds to wait.
    """
    limit = most(key)
    if not limit:
        return 0
    now = time.time()
    try:
        used = _add(_bucket(request, key), int(now // _MINUTE_S), weight)
    except DatabaseError:
        logger.warning("Requests could not be counted", exc_info=True)
        return 0
    return 0 if used <= limit else max(1, _MINUTE_S - int(now % _MINUTE_S))


def forget() -> int:
    """Remove counts of minutes that are over."""
    before = int(time.time() // _MINUTE_S) - 2
    return RateWindow.objects.filter(minute__lt=before).delete()[0]


def _bucket(request: HttpRequest, key: AccessKey | None) -> str:
    """Return whose count it is: the key's, or that of the visitor's machine, which cannot be read back from it."""
    who = f"key {key.pk}" if key is not None else f"{timezone.localdate()} {client_address(request)}"
    return hmac.new(settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]


def _add(bucket: str, minute: int, weight: int) -> int:
    table = connection.ops.quote_name(RateWindow._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS t (bucket, minute, count) VALUES (%s, %s, %s)"  # noqa: S608 - the table's own name
            " ON CONFLICT (bucket, minute) DO UPDATE SET count = t.count + excluded.count RETURNING count",
            [bucket, minute, weight],
        )
        return int(cursor.fetchone()[0])
