"""What all rooms of the workspace have in common: the question, the person's scope, the way between rooms."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import pgettext

from facilities.models import CoverageRun, Facility, Network
from facilities.services.rounds.opening import current_round
from facilities.services.rounds.progress import overdue_count
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import AgeGroup, Division, Installation

from ...services import coverage_page as page
from ..question import (
    CAPACITIES,
    METRES,
    MINUTES,
    SWITCHES,
    NothingToAsk,
    Question,
    may_say_metres,
    read_question,
    sets_of_network,
)


def runs(request: HttpRequest) -> QuerySet[CoverageRun]:
    """Return the runs of the home, for everybody who acts anywhere in it."""
    rows = CoverageRun.objects.finished().at_home().select_related("network", "profile", "division")
    return rows if policy.may(request.user, policy.Action.READ) else rows.none()


def scope(request: HttpRequest) -> Division | None:
    """Return the division that the person looks at and below: a clerk's own township."""
    path = policy.scope_path(request.user) if isinstance(request.user, User) else None
    return Division.objects.filter(path=path).first() if path else None


def seen_facilities(request: HttpRequest) -> set[str] | None:
    """Return the numbers of the facilities that may be named to whoever acts in a part of the home only; ``None``: all.

    Such a person sees of other townships what everybody sees.
    """
    own = scope(request)
    if own is None or own == Installation.home():
        return None
    rows = Facility.objects.filter(
        Q(division__path__startswith=own.path) | Q(pk__in=Facility.objects.public().values("pk"))
    )
    return set(rows.values_list("number", flat=True))


def may_run(request: HttpRequest) -> bool:
    """Whether the person may start computations."""
    return policy.may(request.user, policy.Action.RUN_COVERAGE)


def choice_of(request: HttpRequest, run: CoverageRun, question: Question | None = None) -> page.Choice:
    """Read what of a run is looked at."""
    params = request.GET if question is None else question.choice_parameters() | _parent(request)
    return page.choose(run, params, within=scope(request))


def _parent(request: HttpRequest) -> dict[str, str]:
    return {"in": request.GET["in"]} if request.GET.get("in") else {}


def overdue(request: HttpRequest) -> dict[str, object]:
    """Say how many facilities nobody has confirmed in time: what a figure rests on may be out of date."""
    today = timezone.localdate()
    count = overdue_count(request.user, day=today) if isinstance(request.user, User) else 0
    return {"overdue": count, "overdue_round": current_round(today) if count else None}


def words_of(question: Question) -> dict[str, Any]:
    """Return what the sentence offers for each of its words."""
    units = [(MINUTES, pgettext("limit", "minutes"))]
    if may_say_metres(question.profile):
        units.append((METRES, pgettext("limit", "metres")))
    return {
        "question": question,
        "networks": list(Network.objects.all()),
        "profiles": list(TravelProfile.objects.all()),
        "age_groups": [AgeGroup(value) for value in AgeGroup.values],
        "sets": sets_of_network(question.network),
        "units": units,
        "capacities": CAPACITIES,
        "switches": [(name, word, getattr(question, name)) for name, word in SWITCHES.items()],
    }


def asked(request: HttpRequest) -> Question:
    """Read the question of a room."""
    return read_question(request.GET)


def nothing_to_ask(request: HttpRequest, error: NothingToAsk) -> HttpResponse:
    """Say what has to be loaded first."""
    return render(request, "maps/planning/empty.html", {"why": str(error)} | overdue(request))


def begun(request: HttpRequest, job: Job, *, back: str) -> HttpResponse:
    """Answer whoever has had something computed: a script is told where to ask how far it is, a form goes back to its page."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(
            {
                "state_url": reverse("jobs:state", args=[job.pk]),
                "cancel_url": reverse("jobs:cancel", args=[job.pk]),
            }
        )
    target = request.POST.get("next", "")
    return HttpResponseRedirect(
        target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else back
    )
