"""Pieces of work for the tests; a worker in another process finds them by their path."""

from __future__ import annotations

import time
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from geo_registry.geodata.errors import Message, UnreadableFile
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task


@job_task()
def count(progress: Progress, *, upto: int) -> JobOutcome:
    for done in range(1, upto + 1):
        progress.step(done, upto, f"{done} counted")
    return JobOutcome(url="/result/", message="All counted", result={"upto": upto})


@job_task()
def file(progress: Progress) -> JobOutcome:
    return JobOutcome(url="/file/", result={"rows": 3}, is_file=True)


@job_task()
def nothing(progress: Progress) -> None:
    progress.step(1, 1)


@job_task(urgency=Urgency.AWAITED)
def answer(progress: Progress) -> JobOutcome:
    progress.step(1, 1)
    return JobOutcome(message="answered")


@job_task(urgency=Urgency.AWAITED)
def answer_slowly(progress: Progress) -> None:
    for round_ in range(2000):
        progress.step(round_, 2000, "answering")
        time.sleep(0.05)


@job_task(urgency=Urgency.AT_LEISURE)
def tidy(progress: Progress) -> None:
    progress.step(1, 1)


@job_task()
def fail_as_foreseen(progress: Progress) -> None:
    raise JobFailure(_("Show the result"))


@job_task()
def say(progress: Progress) -> JobOutcome:
    return JobOutcome(message=lambda: _("Show the result"))


@job_task()
def fail_in_words(progress: Progress) -> None:
    raise JobFailure(lambda: _("Show the result"))


@job_task()
def fail_on_a_file(progress: Progress) -> None:
    raise UnreadableFile(Message("The file {name} is empty.", {"name": "roads.zip"}))


@job_task()
def fail_on_a_value(progress: Progress) -> None:
    raise ValidationError(["Too long.", "Too late."])


@job_task()
def fail_unforeseen(progress: Progress) -> None:
    raise ZeroDivisionError("secret detail /home/somebody")


@job_task()
def run_out_of_memory(progress: Progress) -> None:
    raise MemoryError


@job_task()
def linger(progress: Progress, *, seconds: float = 60) -> None:
    """Step often, for a long time."""
    for round_ in range(int(seconds * 20)):
        progress.step(round_, int(seconds * 20), "lingering")
        time.sleep(0.05)


@job_task(restartable=True)
def linger_unless_told(progress: Progress, *, sign: str) -> JobOutcome:
    """Linger until a file appears; whoever kills the worker may write it and let a second one finish."""
    for round_ in range(2000):
        progress.step(round_, 2000, "lingering")
        if Path(sign).exists():
            return JobOutcome(message="told")
        time.sleep(0.05)
    return JobOutcome(message="not told")


def not_a_job() -> None:
    """Something importable that must never run as a job."""
