"""Named scenarios as pages show them: the job that compares them, and before and after by township and way to travel."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from facilities.models import PlanningAnswer, Scenario
from facilities.services.saved_scenarios import agree, compute_scenario
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, job_task
from geo_registry.territory.models import Division

from .question import Question, read_question
from .runs import changed_since


@job_task(restartable=True)
def scenario_job(progress: Progress, *, scenario: str, user_id: int | None = None) -> JobOutcome:
    """Compare one scenario with today, for each way to travel."""
    row = Scenario.objects.filter(pk=uuid.UUID(scenario)).first()
    if row is None:
        raise JobFailure(lambda: _("The scenario has been taken away meanwhile."))
    question = read_question(row.question)
    compute_scenario(
        scenario=row,
        request=question.request(of_group=True),
        set_key=question.set_key,
        user=User.objects.filter(pk=user_id).first() if user_id else None,
        progress=progress,
    )
    return JobOutcome(url=reverse("maps:planner_scenario", args=[row.pk]))


@transaction.atomic
def enqueue_scenario(scenario: Scenario, *, user: User) -> Job | None:
    """Ask for the comparison in the background; two who ask at once get the one that is under way.

    Returns
    -------
    Job or None
        ``None`` where the scenario has been taken away meanwhile.
    """
    if Scenario.objects.select_for_update().filter(pk=scenario.pk).first() is None:
        return None
    waiting = job_of(scenario)
    if waiting is not None:
        return waiting
    return enqueue(
        task=scenario_job,
        title=lambda: _("Scenario: %(name)s") % {"name": scenario.name},
        created_by=user,
        kwargs={"scenario": str(scenario.pk), "user_id": user.pk},
    )


@dataclass(frozen=True, kw_only=True)
class Column:
    """One way to travel: people covered before and after in one division."""

    before: int
    after: int
    people: int

    @property
    def gained(self) -> int:
        """How many more, or fewer."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Row:
    """One division across the ways to travel."""

    name: str
    code: str | None
    columns: list[Column | None]


def comparison_of(scenario: Scenario, question: Question) -> dict[str, Any]:
    """Return a scenario's latest comparison, whether an earlier one agrees with it, and what has changed since."""
    answers = list(scenario.answers.select_related("profile").order_by("created_at"))
    rounds: dict[int, list[PlanningAnswer]] = {}
    for one in answers:
        rounds.setdefault(one.profile_id, []).append(one)
    latest = [found[-1] for found in rounds.values()]
    latest.sort(key=lambda one: (one.profile_id != question.profile.pk, one.profile.position))
    again = [found for found in rounds.values() if len(found) > 1]
    return {
        "profiles": [str(one.profile) for one in latest],
        "rows": _rows(scenario, latest, question.limit_s),
        "answers": latest,
        "times": max((len(found) for found in rounds.values()), default=0),
        "agrees": all(agree(found[0], found[-1]) for found in again) if again else None,
        "changed": changed_since(latest[0].input_versions) if latest else [],
    }


def _rows(scenario: Scenario, answers: list[PlanningAnswer], limit_s: int) -> list[Row]:
    """Return the whole first, then townships; villages stay in the annex."""
    found: dict[str | None, dict[int, Column]] = {}
    names: dict[str | None, str] = {}
    top = scenario.division.code if scenario.division else None
    for position, one in enumerate(answers):
        for row in one.answer.get("rows", []):
            if row["threshold_s"] != limit_s:
                continue
            code = row["division"]
            names[code] = row["name"] or _("All together")
            found.setdefault(code, {})[position] = Column(
                before=row["today"], after=row["scenarios"][scenario.name], people=row["people"]
            )
    below = Division.objects.filter(parent=scenario.division).order_by("code").values_list("code", flat=True)
    kept: list[str | None] = [top, *dict.fromkeys(below)]
    return [
        Row(
            name=_("All together") if code == top else names[code],
            code=code,
            columns=[found[code].get(position) for position in range(len(answers))],
        )
        for code in kept
        if code in found
    ]


def job_of(scenario: Scenario) -> Job | None:
    """Return the job that is computing a scenario, or ``None``."""
    waiting = Job.objects.filter(kind=scenario_job.path, state__in=[JobState.QUEUED, JobState.RUNNING])
    return waiting.filter(arguments__scenario=str(scenario.pk)).first()
