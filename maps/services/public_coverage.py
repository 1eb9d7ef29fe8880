"""The coverage that the statistics page tells: small counts hidden in the background, once for each run.

All sets, groups and limits of a run are hidden together (`coverage_public.public_records`), which takes longer than a page
may: the worker looks from time to time whether the run that everybody begins with is another one, and a job computes its
figures. A page reads what is there.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import CoverageRun, Facility, Network
from geo_registry.disclosure import DisclosureError
from geo_registry.jobs.models import Job
from geo_registry.jobs.recurring import register_recurring
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, Urgency, job_task
from geo_registry.reference.services import ReferenceMissing, coverage_limits_min, effective_value
from geo_registry.territory.models import AgeGroup, Division

from ..models import PublicCoverage
from ..planning.question import plain_run
from . import coverage_page as page
from .coverage_public import NotForThePublic, public_records

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A division's people within the limit; ``None`` where a figure is not published."""

    name: str
    people: int | None
    covered: int | None
    share: float | None


@dataclass(frozen=True, kw_only=True)
class ToldRun:
    """A run as the statistics page tells it."""

    choice: page.Choice
    rows: Sequence[Told]


def public_runs() -> list[CoverageRun]:
    """Return for each public network the run that everybody begins with; never one that a planner has asked with conditions."""
    networks = Network.objects.filter(public=True).order_by("position", "code")
    return [run for network in networks if (run := plain_run(network)) is not None]


def told_runs() -> list[ToldRun]:
    """Return what has been computed of the runs for the public. Of one in which a secret place has a part, nothing is told."""
    found = []
    for run in public_runs():
        kept = PublicCoverage.objects.filter(run=run).first()
        if kept is None or not kept.rows:
            continue
        choice = page.choose(run, {"limit": str(kept.limit_s), "group": kept.group})
        if not has_secret_part(choice):
            found.append(ToldRun(choice=choice, rows=_named(kept)))
    return found


def _named(kept: PublicCoverage) -> list[Told]:
    names = dict(
        Division.objects.filter(pk__in=[row["division"] for row in kept.rows]).values_list("pk", "name")
    )
    return [
        Told(
            name=_("all of it") if row["whole"] else names.get(row["division"], ""),
            people=row["people"],
            covered=row["covered"],
            share=row["share"],
        )
        for row in kept.rows
    ]


def has_secret_part(choice: page.Choice) -> bool:
    """Whether a facility that is kept from everybody, or stands in a secret place, has a part in what was counted."""
    open_to_all = Facility.objects.of_no_secret_place().values("pk")
    return Facility.objects.filter(pk__in=choice.set.facility_ids).exclude(pk__in=open_to_all).exists()


def limit_of(run: CoverageRun) -> int:
    """Return the limit in seconds that is told of a run: the longest agreed on; its own longest where it has not got that."""
    try:
        agreed = round(60 * coverage_limits_min()[-1])
    except ReferenceMissing:
        agreed = 0
    return agreed if agreed in run.thresholds_s else max(run.thresholds_s)


def compute(run: CoverageRun) -> PublicCoverage:
    """Compute and keep what may be told of a run, at the threshold of today.

    Raises
    ------
    ReferenceMissing
        If nobody has said what a small count is.
    """
    choice = page.choose(run, {"limit": str(limit_of(run))})
    threshold = int(effective_value("suppression-threshold"))
    rows = []
    try:
        records = public_records(choice)
    except (DisclosureError, NotForThePublic):
        # Parts that do not make up their whole cannot be protected against one another: then nothing is told.
        logger.exception("The coverage of run %s cannot be published", run.pk)
    else:
        for row in page.table(choice):
            division = row.division.pk if row.division else 0
            record = records[division, choice.group.value, choice.limit_s]
            hidden = record.covered is None or record.share is None
            rows.append(
                {
                    "division": division,
                    "whole": row.division == choice.parent,
                    "people": record.people,
                    "covered": None if hidden else record.covered,
                    "share": None if hidden else record.share,
                }
            )
    kept, _made = PublicCoverage.objects.update_or_create(
        run=run,
        defaults={
            "threshold": threshold,
            "group": AgeGroup(choice.group).value,
            "limit_s": choice.limit_s,
            "rows": rows,
        },
    )
    return kept


@job_task(restartable=True, urgency=Urgency.AT_LEISURE)
def public_coverage_job(progress: Progress, *, run: str) -> JobOutcome:
    """Compute what may be told of one run."""
    progress.step(0, 1, _("Hiding small counts"))
    kept = compute(CoverageRun.objects.finished().get(pk=run))
    progress.step(1, 1, _("Done"))
    return JobOutcome(
        message=lambda: _("%(count)d rows for the statistics page.") % {"count": len(kept.rows)}
    )


def job_title(run: CoverageRun) -> str:
    """Return what the computation of one run is called in the list of jobs."""
    return _("Coverage for the public: %(network)s") % {"network": run.network.name}


def look_for_newer_runs() -> int:
    """Ask for what is missing: runs for the public that were not computed yet, or at another threshold or limit.

    Returns
    -------
    int
        How many jobs were asked for.
    """
    try:
        threshold = int(effective_value("suppression-threshold"))
    except ReferenceMissing:
        return 0
    asked = 0
    for run in public_runs():
        known = PublicCoverage.objects.filter(run=run, threshold=threshold, limit_s=limit_of(run)).exists()
        waiting = Job.objects.unfinished().filter(kind=public_coverage_job.path, arguments__run=str(run.pk))
        if known or waiting.exists():
            continue
        enqueue(
            task=public_coverage_job,
            title=partial(job_title, run),
            created_by=None,
            kwargs={"run": str(run.pk)},
        )
        asked += 1
    return asked


def register() -> None:
    """Have the worker look."""
    register_recurring(
        "public-coverage",
        title=gettext_lazy("Coverage figures for the public"),
        every=datetime.timedelta(minutes=10),
        body=look_for_newer_runs,
    )
