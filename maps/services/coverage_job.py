"""Coverage in the background: what the planner's button starts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from facilities.analysis.accessibility import Measure as AccessMeasure
from facilities.models import Function, Kind, Measure, Network
from facilities.services.coverage import AccessChoice, CoverageRequest, compute_coverage
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, job_task
from geo_registry.reference.models import TravelProfile


@job_task(restartable=True)
def coverage_job(
    progress: Progress,
    *,
    network: str,
    profile: str,
    thresholds_s: Sequence[int],
    day: str,
    kinds: Sequence[str] = (),
    functions: Sequence[str] = (),
    winter: bool = False,
    delivery: bool = False,
    leave_out_failing: bool = False,
    capacity: str = "",
    access: Mapping[str, str] | None = None,
    user_id: int | None = None,
) -> JobOutcome:
    """Compute one run. Starting it again after an interruption does no harm: a run is saved whole or not at all."""
    request = CoverageRequest(
        network=Network.objects.get(code=network),
        profile=TravelProfile.objects.get(code=profile),
        thresholds_s=tuple(thresholds_s),
        day=datetime.date.fromisoformat(day),
        kinds=tuple(Kind.objects.filter(code__in=kinds)),
        functions=tuple(Function.objects.filter(code__in=functions)),
        winter=winter,
        delivery=delivery,
        leave_out_failing=leave_out_failing,
        capacity=Measure(capacity) if capacity else None,
        access=AccessChoice(
            measure=AccessMeasure(access["measure"]), decay=access["decay"], supply=Measure(access["supply"])
        )
        if access
        else None,
    )
    user = User.objects.filter(pk=user_id).first() if user_id else None
    run = compute_coverage(request=request, user=user, progress=progress)
    return JobOutcome(url=reverse("maps:planner_run", args=[run.pk]), result={"run": str(run.pk)})


def coverage_arguments(request: CoverageRequest) -> dict[str, Any]:
    """Return a request as the job's arguments: equal questions have equal ones."""
    return {
        "network": request.network.code,
        "profile": request.profile.code,
        "thresholds_s": list(request.thresholds_s),
        "day": request.day.isoformat(),
        "kinds": [kind.code for kind in request.kinds],
        "functions": [function.code for function in request.functions],
        "winter": request.winter,
        "delivery": request.delivery,
        "leave_out_failing": request.leave_out_failing,
        "capacity": request.capacity.value if request.capacity else "",
        "access": {
            "measure": request.access.measure.value,
            "decay": request.access.decay,
            "supply": request.access.supply.value,
        }
        if request.access
        else None,
    }


def enqueue_coverage(*, request: CoverageRequest, user: User | None) -> Job:
    """Ask for a run in the background; the job's page leads to it."""
    return enqueue(
        task=coverage_job,
        title=lambda: (
            _("Coverage: %(network)s, %(profile)s, %(day)s")
            % {"network": request.network, "profile": request.profile, "day": request.day.isoformat()}
        ),
        created_by=user,
        kwargs=coverage_arguments(request) | {"user_id": user.pk if user else None},
    )
