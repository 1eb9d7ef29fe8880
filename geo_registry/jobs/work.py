"""What a piece of background work looks like: a function that is handed its progress.

::

    @job_task(restartable=True, urgency=Urgency.COMPUTED)
    def compute(progress: JobProgress, *, network: str) -> JobOutcome:
        for done, village in enumerate(villages, start=1):
            ...
            progress.step(done, len(villages), _("Computing walking times"))
        return JobOutcome(url=reverse("..."))

    job = enqueue(task=compute, title=lambda: _("Coverage"), created_by=request.user, kwargs={"network": "elderly-care"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

from django.utils.module_loading import import_string

from geo_registry.languages import Sentence, said_now


class JobStopped(Exception):  # noqa: N818 - a request that is obeyed, not a fault
    """The work is asked to end before it is done. Bodies let it pass, after tidying up."""


class JobCancelled(JobStopped):
    """Somebody asked for the end."""


class JobInterrupted(JobStopped):
    """The worker is being stopped, or the job was given up as lost and belongs to another worker now."""


class JobFailure(Exception):  # noqa: N818 - reads as what it is: the job's failure, in the user's words
    """The work cannot be done, and the message says why in one sentence for whoever asked for it: a text, or how it is said."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(said_now(sentence))


class Urgency(IntEnum):
    """Which of the waiting work is done first; the value is the priority that the queue sorts by.

    What is ``AWAITED`` takes seconds or a few minutes, and somebody looks at a page until it is done: it also need not wait
    until something long has ended (see `lanes`). What is ``COMPUTED`` may take an hour, and people come back for it. Nobody
    has asked for what is done ``AT_LEISURE``.
    """

    AWAITED = 50
    COMPUTED = 0
    AT_LEISURE = -50


class Progress(Protocol):
    """What a body may tell while it works."""

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Report progress; raises `JobStopped` when the work is to end."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What came of a job.

    Parameters
    ----------
    url : str
        The page that shows it, or the file that was made; offered to whoever asked.
    message : str or callable
        One sentence: a text, or how it is said, so that each reader has it in the own language.
    result : Mapping
        Figures to keep, as JSON.
    is_file : bool
        What is offered at ``url`` is no page, but a file to be saved.
    """

    url: str = ""
    message: Sentence = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    is_file: bool = False


Body = Callable[..., JobOutcome | None]


@dataclass(frozen=True, slots=True)
class JobTask:
    """A function that may run in the background.

    Parameters
    ----------
    body : callable
        Takes a `Progress` and keyword arguments that JSON can carry.
    path : str
        Where a worker finds this object: module and name.
    restartable : bool
        Whether doing it again from the start after an interruption does no harm.
    urgency : Urgency
        Whether somebody waits for it.
    """

    body: Body
    path: str
    restartable: bool = False
    urgency: Urgency = Urgency.COMPUTED


def job_task(*, restartable: bool = False, urgency: Urgency = Urgency.COMPUTED) -> Callable[[Body], JobTask]:
    """Make a function of a module a `JobTask` under its own name.

    Parameters
    ----------
    restartable : bool, default False
        Whether it may be started again after its worker was lost.
    urgency : Urgency, default COMPUTED
        Whether somebody waits for it.

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(body: Body) -> JobTask:
        path = f"{body.__module__}.{body.__qualname__}"
        return JobTask(body=body, path=path, restartable=restartable, urgency=urgency)

    return decorate


def find_job_task(path: str) -> JobTask:
    """Return the `JobTask` at a path.

    Raises
    ------
    LookupError
        If there is none: nothing else that can be imported is ever run as a job.
    """
    try:
        found = import_string(path)
    except ImportError as error:
        raise LookupError(f"There is no job {path!r}") from error
    if not isinstance(found, JobTask):
        raise LookupError(f"{path!r} is not a job")  # noqa: TRY004 - looked up, not passed
    return found
