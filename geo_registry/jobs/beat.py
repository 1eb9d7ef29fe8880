"""The worker's sign of life: whether anybody does background work at all.

Each worker writes the time into one row, from a thread that does nothing else. A worker that computes for an hour goes on
writing; one that was killed, or whose machine stands still, does not.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from .models import RecurringWork
from .progress import worker_is_stopping

logger = logging.getLogger(__name__)
WORKER: Final = "worker"


def beat() -> None:
    """Write that a worker lives."""
    RecurringWork.objects.update_or_create(name=WORKER, defaults={"last_begun_at": timezone.now()})


def last_beat() -> datetime | None:
    """Return when a worker was last heard of."""
    return RecurringWork.objects.filter(name=WORKER).values_list("last_begun_at", flat=True).first()


def is_silent(last: datetime | None) -> bool:
    """Say whether a worker that was last heard of then is taken for gone."""
    return last is None or timezone.now() - last > timedelta(seconds=settings.JOB_HEARTBEAT_TIMEOUT_S)


class Heart(threading.Thread):
    """Beats six times within the time after which a worker is given up."""

    def __init__(self) -> None:
        super().__init__(name="heart", daemon=True)

    def run(self) -> None:
        """Beat until the worker stops."""
        while not worker_is_stopping.is_set():
            try:
                beat()
            except Error:
                logger.warning("The worker's sign of life could not be written", exc_info=True)
            finally:
                connection.close()
            worker_is_stopping.wait(settings.JOB_HEARTBEAT_TIMEOUT_S / 6)
