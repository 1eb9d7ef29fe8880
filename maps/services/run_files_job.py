"""Files of a run that take more than a moment: made in the background, then handed out from where they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from facilities.models import CoverageRun
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task
from geo_registry.territory.models import Division, Installation

from ..models import RunFile
from . import coverage_page as page
from .coverage_export import ExportError
from .run_files import KINDS, Wanted, kept, made


@job_task(restartable=True, urgency=Urgency.AWAITED)
def run_file_job(
    progress: Progress,
    *,
    run: str,
    kind: str,
    params: Mapping[str, str],
    within: str,
    is_public: bool,
    user_id: int | None,
) -> JobOutcome:
    """Make one file. If it has been made meanwhile, for whomever, that one is handed out."""
    division = Division.objects.filter(code=within).first() if within else None
    choice = page.choose(CoverageRun.objects.finished().get(pk=run), params, within=division)
    wanted = Wanted(choice=choice, kind=KINDS[kind], is_public=is_public)
    try:
        made(wanted, by=User.objects.filter(pk=user_id).first() if user_id else None, progress=progress)
    except ExportError as error:
        raise JobFailure(str(error)) from error
    progress.step(3, 3, _("Done"))
    return JobOutcome(
        url=address(wanted), message=lambda: _("The file is made. It is kept with the run."), is_file=True
    )


def enqueue_file(wanted: Wanted, *, user: User | None) -> Job:
    """Ask for a file in the background; the job's page leads to it."""
    choice = wanted.choice
    return enqueue(
        task=run_file_job,
        title=lambda: (
            _("%(file)s: %(network)s, %(day)s")
            % {"file": wanted.kind.label, "network": choice.run.network, "day": choice.run.day.isoformat()}
        ),
        created_by=user,
        kwargs={
            "run": str(choice.run.pk),
            "kind": wanted.kind.code,
            "params": _params(choice),
            "within": choice.within.code if choice.within else "",
            "is_public": wanted.is_public,
            "user_id": user.pk if user else None,
        },
    )


def _params(choice: page.Choice) -> dict[str, str]:
    params = {"set": choice.set.key, "limit": str(choice.limit_s), "group": choice.group.value}
    return params | ({"in": choice.parent.code} if choice.parent else {})


def address(wanted: Wanted) -> str:
    """Return where the file is handed out."""
    query = wanted.choice.query(public=1 if wanted.is_public else None)
    return f"{reverse('maps:planner_file', args=[wanted.choice.run.pk, wanted.kind.code])}?{query}"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A file as the run's page offers it: ready with its size, or to be made."""

    kind: str
    label: str
    url: str
    make_url: str
    file: RunFile | None
    is_slow: bool
    is_public: bool

    @property
    def is_ready(self) -> bool:
        """Whether a touch is enough."""
        return self.file is not None or not self.is_slow


def offered(choice: page.Choice) -> list[Offered]:
    """Return every file that may be taken away of what is looked at: for the office, and the whole of a run for the public."""
    whole = choice.within is None and choice.parent == choice.run.division
    audiences = (False, True) if whole and Installation.current().map_review_number else (False,)
    found = []
    for is_public in audiences:
        for kind in KINDS.values():
            wanted = Wanted(choice=choice, kind=kind, is_public=is_public)
            make_url = reverse("maps:planner_file_make", args=[choice.run.pk, kind.code])
            found.append(
                Offered(
                    kind=kind.code,
                    label=str(kind.label),
                    url=address(wanted),
                    make_url=f"{make_url}?{choice.query(public=1 if is_public else None)}",
                    file=kept(wanted),
                    # What must not be published is looked for, and that takes its time.
                    is_slow=kind.is_slow or is_public,
                    is_public=is_public,
                )
            )
    return found
