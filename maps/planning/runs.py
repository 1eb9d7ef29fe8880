"""The saved run that answers a question, whether the register has changed since, and the job that makes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from facilities.models import CoverageRun, Measure
from facilities.services.register_stamp import register_stamp
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job, JobState

from ..services.coverage_job import coverage_arguments, coverage_job, enqueue_coverage
from ..services.coverage_page import day_words, minutes
from .question import SWITCHES, Question

# What a run is computed from, by the word that a page uses for it.
WORDS: Final[Mapping[str, str | Promise]] = {
    "facilities": _("facilities"),
    "people": _("population"),
    "roads": _("roads"),
    "divisions": _("divisions"),
    "speeds": _("speeds"),
}
_LOOKED_THROUGH = 100


def find_run(question: Question) -> CoverageRun | None:
    """Return the latest saved run that answers the question as it is asked, or ``None``."""
    return next((run for run in runs_for(question) if has_set(run, question.set_key)), None)


def runs_for(question: Question) -> list[CoverageRun]:
    """Return saved runs that were asked the same of any facilities, the latest first."""
    rows = (
        CoverageRun.objects.finished()
        .at_home()
        .filter(
            network=question.network,
            profile=question.profile,
            day=question.day,
            thresholds_s__contains=[question.limit_s],
        )
        .select_related("network", "profile", "division")
        .defer("division__boundary")
        .prefetch_related("sets__tier", "sets__kind", "sets__function")
    )
    return [run for run in rows[:_LOOKED_THROUGH] if _same_words(run, question)]


def has_set(run: CoverageRun, set_key: str) -> bool:
    """Whether a run has an answer for these facilities."""
    return any(one.key == set_key for one in run.sets.all())


def _same_words(run: CoverageRun, question: Question) -> bool:
    said = run.parameters
    return (
        bool(said.get("winter")) == question.winter
        and bool(said.get("delivery")) == question.delivery
        and bool(said.get("leave_out_failing")) == question.failing
        and (said.get("capacity") or "") == question.capacity
        and said.get("group", question.network.serves) == question.network.serves
    )


def words_of_run(run: CoverageRun) -> str:
    """Return what a run was asked, so that two of one day are told apart: how people travel, limits, conditions, the day."""
    said = run.parameters
    keys = {"winter": "winter", "delivery": "delivery", "failing": "leave_out_failing"}
    limits = "、".join(minutes(limit) for limit in run.thresholds_s)
    parts = [
        str(run.profile),
        gettext("%(minutes)s minutes") % {"minutes": limits},
        *(str(word) for name, word in SWITCHES.items() if said.get(keys[name])),
        *([str(Measure(said["capacity"]).label)] if said.get("capacity") else []),
        day_words(run.day),
    ]
    return " · ".join(parts)


def changed_since(versions: Mapping[str, Any]) -> list[str]:
    """Return, in words, which inputs somebody has changed since an answer was computed; nothing of answers that kept no stamp.

    Parameters
    ----------
    versions
        ``input_versions`` of a run or of a planner's answer.
    """
    then, now = versions.get("register") or {}, register_stamp()
    return [str(word) for name, word in WORDS.items() if name in then and list(then[name]) != now[name]]


def running_job(question: Question, *, among: QuerySet[Job]) -> Job | None:
    """Return the first of some jobs that is computing this question already."""
    waiting = among.filter(kind=coverage_job.path, state__in=[JobState.QUEUED, JobState.RUNNING])
    wanted = coverage_arguments(question.request())
    for job in waiting.order_by("created_at"):
        if {key: job.arguments.get(key) for key in wanted} == wanted:
            return job
    return None


@transaction.atomic
def compute(question: Question, *, user: User) -> Job:
    """Ask for the run that answers the question; one that the same person is waiting for already is not asked for twice.

    Another person's is another job: whoever cancels the own one takes it from nobody.
    """
    # A button that is pressed twice, or in two tabs, asks once.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = running_job(question, among=Job.objects.filter(created_by=user))
    if found is not None:
        return found
    return enqueue_coverage(request=question.request(), user=user)
