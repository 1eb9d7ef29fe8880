"""The background worker: runs jobs one after the other, and gives up those of workers that died."""

from __future__ import annotations

import logging
import threading
from argparse import ArgumentParser
from datetime import timedelta
from types import FrameType
from typing import Any

from django.core.checks import Tags
from django.db import Error, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from geo_registry import commands
from geo_registry.geodata.isolation.sandbox import die_with
from geo_registry.jobs.beat import Heart
from geo_registry.jobs.lanes import SecondLane
from geo_registry.jobs.progress import worker_is_stopping
from geo_registry.jobs.recurring import run_due
from geo_registry.jobs.services import reap
from geo_registry.jobs.tasks import AWAITED_QUEUE

logger = logging.getLogger(__name__)

KEEP_TASK_ROWS = timedelta(days=30)


class JobWorker(Worker):
    """``django-tasks-db``'s worker, which on SIGTERM also asks the running job to end at its next step.

    Attributes
    ----------
    at_something_long : bool
        Whether it is at work that others need not wait for.
    """

    at_something_long = False

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        """Run a task, and let it be seen meanwhile whether others need not wait for it."""
        self.at_something_long = db_task_result.queue_name != AWAITED_QUEUE
        try:
            super().run_task(db_task_result)
        finally:
            self.at_something_long = False

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Stop after this job, and ask the job to stop."""
        worker_is_stopping.set()
        super().shutdown(signum, frame)


class Reaper(threading.Thread):
    """Looks at intervals for jobs whose worker is silent, does what recurs, and once a day removes old rows of finished tasks."""

    def __init__(self, *, interval_s: float) -> None:
        super().__init__(name="reaper", daemon=True)
        self.interval_s = interval_s
        self.last_pruned = timezone.now() - timedelta(days=1)

    def run(self) -> None:
        """Reap until the worker stops."""
        while not worker_is_stopping.is_set():
            try:
                report = reap()
                if report.lost or report.requeued or report.tidied:
                    logger.warning("Interrupted jobs: %s lost, %s queued again", report.lost, report.requeued)
                run_due()
                self._prune()
            except Error:
                logger.warning("The reaper could not reach the database", exc_info=True)
            finally:
                connection.close()
            worker_is_stopping.wait(self.interval_s)

    def _prune(self) -> None:
        if timezone.now() - self.last_pruned >= timedelta(days=1):
            DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEEP_TASK_ROWS).delete()
            self.last_pruned = timezone.now()


class Command(commands.Command):
    """Runs one worker with its reaper."""

    help = gettext_noop(
        "Run background jobs until told to stop (SIGTERM). Several may run beside each other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take intervals."""
        parser.add_argument(
            "--poll",
            type=float,
            default=0.5,
            metavar="SECONDS",
            help=_("how often to look for work (default 0.5)"),
        )
        parser.add_argument(
            "--reap",
            type=float,
            default=15,
            metavar="SECONDS",
            help=_("how often to look for lost jobs (default 15)"),
        )
        parser.add_argument("--batch", action="store_true", help=_("run what waits, then end"))
        parser.add_argument(
            "--beside",
            type=int,
            metavar="PID",
            help=_("run what somebody waits for while the worker PID is at something long, then end"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until told to stop."""
        beside = options["beside"]
        if beside:
            die_with(beside)
        # What the web server refuses to start with, the worker refuses as well.
        self.check(tags=[Tags.database], databases=["default"], include_deployment_checks=True)
        batch = options["batch"] or bool(beside)
        worker = JobWorker(
            queue_names=[AWAITED_QUEUE] if beside else ["*"],
            excluded_queue_names=[],
            interval=options["poll"],
            batch=batch,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        worker.configure_signals()
        pause_s = max(1.0, options["poll"])
        if beside:
            _work(worker, batch=True, pause_s=pause_s)
            return
        Heart().start()
        Reaper(interval_s=options["reap"]).start()
        lane = SecondLane(worker)
        try:
            if not batch:
                lane.start()
            _work(worker, batch=batch, pause_s=pause_s)
        finally:
            if not batch:
                lane.end()


def _work(worker: JobWorker, *, batch: bool, pause_s: float) -> None:
    """Run jobs until told to stop; a database that is away for a while is waited for.

    What ran when it went is given up by the reaper, and started again where it may be.
    """
    while True:
        try:
            worker.run()
        except Error:
            if batch:
                raise
            logger.warning("The worker lost the database, and tries again", exc_info=True)
            connection.close()
            if worker_is_stopping.wait(pause_s):
                return
        else:
            return
