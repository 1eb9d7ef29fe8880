"""What somebody waits for does not wait behind an hour of computing.

One worker does one thing after another, the most urgent first; but what it has begun it does not lay down. So while it is at
something long and something awaited is in the queue, it starts a second process, which does what is awaited and ends. While
nobody waits, the second one costs nothing.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from .progress import worker_is_stopping
from .tasks import AWAITED_QUEUE

logger = logging.getLogger(__name__)

_MEMORY = Path("/proc/meminfo")
_LOOK_EVERY_S = 1.0
_PATIENCE_S = 30.0
# A process that failed would fail again: whoever waits is then served when the long work ends.
_AFTER_FAILURE_S = 60.0


class Busy(Protocol):
    """A worker, as far as it is looked at here."""

    @property
    def at_something_long(self) -> bool:
        """Whether it is at work that others need not wait for."""


class SecondLane(threading.Thread):
    """Looks whether something awaited waits behind something long, and has it done by a process beside this one.

    Parameters
    ----------
    worker : Busy
        The worker of this process.
    interval_s : float
        How often to look while it is at something long.
    """

    def __init__(self, worker: Busy, *, interval_s: float = _LOOK_EVERY_S) -> None:
        super().__init__(name="second lane", daemon=True)
        self._worker, self._interval_s = worker, interval_s
        self._helper: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def run(self) -> None:
        """Look until the worker stops; then see the other process off.

        The system ends that process with the thread that started it: this one, which therefore waits for it.
        """
        while not worker_is_stopping.wait(self._interval_s):
            try:
                if self._is_free() and self._worker.at_something_long and _somebody_waits():
                    self._start()
            except (Error, OSError):
                logger.warning("Nothing could be done beside the work that is going on", exc_info=True)
            finally:
                connection.close()
        self._dismiss()

    def end(self) -> None:
        """Ask for the end, also of the process beside this one at its next step, and wait for it."""
        worker_is_stopping.set()
        if self.is_alive():
            self.join(_PATIENCE_S)

    def _dismiss(self) -> None:
        if self._helper is None or self._is_free():
            return
        self._helper.terminate()
        try:
            self._helper.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._helper.kill()

    def _is_free(self) -> bool:
        if self._helper is not None and (code := self._helper.poll()) is not None:
            self._helper = None
            if code and not worker_is_stopping.is_set():
                logger.error("The process for awaited work ended with code %d; see above for why", code)
                self._not_before = time.monotonic() + _AFTER_FAILURE_S
        return self._helper is None

    def _start(self) -> None:
        if time.monotonic() < self._not_before or not may_start():
            return
        # The program by which this worker was started, with other arguments; both are our own.
        command = [sys.executable, sys.argv[0], "work_jobs", "--beside", str(os.getpid())]
        self._helper = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - see above


def may_start() -> bool:
    """Tell whether there is room for a second process: ``JOB_SECOND_LANE_MB`` must be free; 0 forbids it."""
    needed_mb = settings.JOB_SECOND_LANE_MB
    free_mb = available_mb()
    return bool(needed_mb) and (free_mb is None or free_mb >= needed_mb)


def available_mb() -> int | None:
    """Return the megabytes that programs may still take, as Linux reckons; None where it does not say."""
    try:
        lines = _MEMORY.read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))) // 1024
    except (OSError, StopIteration, ValueError):
        return None


def _somebody_waits() -> bool:
    waiting = DBTaskResult.objects.ready().filter(queue_name=AWAITED_QUEUE, enqueued_at__lte=timezone.now())
    return waiting.exists()
