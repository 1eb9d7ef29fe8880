"""The handle a job's body is given, and the thread that writes for it.

A body often works inside one long transaction, and what it wrote there about its progress nobody would see before the
end. So `JobProgress.step` only notes the figures; a thread with a database connection of its own writes them, tells
that the worker lives, and looks whether somebody asked for the end. The thread beats also while a kernel computes
for minutes without a step.

Where tasks run at once, inside the transaction that asked for them, there is no thread: nobody else sees the job before its
end, so nobody can read its progress or ask for anything, and to the thread its row would look as if it were given up.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import datetime
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from .models import Job, JobState
from .work import JobCancelled, JobInterrupted

logger = logging.getLogger(__name__)

# Set when this process is asked to end: every body in it is stopped at its next step.
worker_is_stopping = threading.Event()


class JobProgress:
    """Progress of one run of one job; a context manager around the body.

    Parameters
    ----------
    job_id : UUID
        The job.
    run_started_at : datetime
        When this run began. Rows of a later run of the same job are left alone.
    write_interval_s : float
        How often the thread looks for something to write and for a request to cancel.
    beat_interval_s : float, optional
        How often it writes a sign of life when there is nothing else; default a sixth of ``JOB_HEARTBEAT_TIMEOUT_S``.
    """

    def __init__(
        self,
        *,
        job_id: uuid.UUID,
        run_started_at: datetime,
        write_interval_s: float = 0.5,
        beat_interval_s: float | None = None,
    ) -> None:
        self._rows = Job.objects.filter(pk=job_id, state=JobState.RUNNING, started_at=run_started_at)
        self._write_interval_s = write_interval_s
        self._beat_interval_s = beat_interval_s or settings.JOB_HEARTBEAT_TIMEOUT_S / 6
        self._lock = threading.Lock()
        self._figures: dict[str, int | str | None] = {}
        self._unwritten = False
        self._cancel_asked = False
        self._given_up = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write_until_end, name=f"job-{job_id}", daemon=True)
        self._is_seen = not connection.in_atomic_block

    def __enter__(self) -> Self:
        if self._is_seen:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.set()
        if self._is_seen:
            self._thread.join()

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Note how far the work is; cheap enough to call in every round of a loop.

        Parameters
        ----------
        done : int
            Steps done.
        total : int, optional
            Steps in all, where that is known.
        message : str
            What is being done, translated; an empty one keeps the last.

        Raises
        ------
        JobCancelled
            If somebody asked for the end.
        JobInterrupted
            If the worker is being stopped, or this run was given up as lost.
        """
        self.check()
        with self._lock:
            self._figures |= {"done": done, "total": total} | ({"message": message[:300]} if message else {})
            self._unwritten = True

    def check(self) -> None:
        """Raise what `step` would raise, without noting anything."""
        if self._cancel_asked:
            raise JobCancelled
        if self._given_up or worker_is_stopping.is_set():
            raise JobInterrupted

    def figures(self) -> dict[str, int | str | None]:
        """Return what was noted last, as values of the job's fields."""
        with self._lock:
            return dict(self._figures)

    def _write_until_end(self) -> None:
        last_beat = time.monotonic()
        try:
            while not self._end.wait(self._write_interval_s):
                try:
                    if self._unwritten or time.monotonic() - last_beat >= self._beat_interval_s:
                        self._write()
                        last_beat = time.monotonic()
                    self._look_for_requests()
                except DatabaseError:
                    # The next beat tries again with a new connection; the work itself goes on.
                    logger.warning("Progress of a job could not be written", exc_info=True)
                    connection.close()
        finally:
            connection.close()

    def _write(self) -> None:
        with self._lock:
            figures, self._unwritten = dict(self._figures), False
        self._rows.update(**figures, heartbeat_at=timezone.now())

    def _look_for_requests(self) -> None:
        found = self._rows.values_list("cancel_requested", flat=True).first()
        if found is None:
            self._given_up = True
        elif found:
            self._cancel_asked = True
