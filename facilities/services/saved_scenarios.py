"""Scenarios with a name: saved once, compared before and after for several ways to travel, computed again exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import Installation

from ..analysis.scenarios import Action
from ..models import PlanningAnswer, Scenario
from .coverage import Silent
from .coverage_inputs import CoverageRequest
from .planning import PlanningError
from .scenarios import NamedChange, compare_scenarios

MOST_CHANGES = 50


def change_of(said: Mapping[str, Any]) -> NamedChange:
    """Read one change as a page or a saved scenario says it.

    Raises
    ------
    ValidationError
        If it is none.
    """
    try:
        lonlat = said.get("lonlat")
        capacity = said.get("capacity")
        return NamedChange(
            action=Action(said["action"]),
            number=str(said.get("number") or ""),
            lonlat=(float(lonlat[0]), float(lonlat[1])) if lonlat else None,
            capacity=None if capacity in (None, "") else float(capacity),
            into=str(said.get("into") or ""),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ValidationError(_("This is no change that can be tried.")) from error


def changes_from(said: Any) -> list[NamedChange]:
    """Read a list of changes.

    Raises
    ------
    ValidationError
        If it is no list of changes, or too long a one.
    """
    if not isinstance(said, list) or len(said) > MOST_CHANGES:
        raise ValidationError(_("At most %(most)d changes can be tried together.") % {"most": MOST_CHANGES})
    return [change_of(one) for one in said]


def profiles_beside(profile: TravelProfile) -> list[TravelProfile]:
    """Return the ways to travel that a scenario is compared for: first the one asked about, then others of the same people."""
    others = TravelProfile.objects.filter(mode=profile.mode, people=profile.people).exclude(pk=profile.pk)
    return [profile, *others.prefetch_related("road_speeds")]


@transaction.atomic
def save_scenario(
    *,
    name: str,
    request: CoverageRequest,
    question: Mapping[str, str],
    changes: Sequence[NamedChange],
    user: User,
    note: str = "",
) -> Scenario:
    """Save changes under a name, as a row of their own; nothing is computed yet.

    Raises
    ------
    PermissionDenied
        If the person does not plan.
    ValidationError
        Without a name or a change.
    """
    if not policy.may(user, policy.Action.RUN_COVERAGE):
        raise PermissionDenied
    if not changes:
        raise ValidationError(_("There is nothing to save yet: open, move, close or merge something first."))
    row = Scenario(
        name=name.strip(),
        note=note.strip(),
        division=request.division or Installation.home(),
        network=request.network,
        question=dict(question),
        changes=[one.as_json() for one in changes],
        created_by=user,
    )
    row.full_clean(exclude=["answers"])
    row.save()
    return row


def compute_scenario(
    *,
    scenario: Scenario,
    request: CoverageRequest,
    set_key: str,
    user: User | None = None,
    progress: Progress | None = None,
) -> list[PlanningAnswer]:
    """Compute a scenario beside today, for each way to travel, and keep the answers with it.

    Raises
    ------
    PlanningError, AnalysisError
        If a facility is not in operation any more, the changes cannot be carried out together, or somebody has taken the scenario
        away meanwhile.
    """
    report = progress or Silent()
    profiles = profiles_beside(request.profile)
    changes = changes_from(scenario.changes)
    answers = []
    for done, profile in enumerate(profiles):
        report.step(done, len(profiles), str(profile))
        answers.append(
            compare_scenarios(
                request=replace(request, profile=profile),
                set_key=set_key,
                scenarios={scenario.name: changes},
                user=user,
            )
        )
    with transaction.atomic():
        row = Scenario.objects.select_for_update().filter(pk=scenario.pk).first()
        if row is None:
            raise PlanningError(_("The scenario has been taken away meanwhile."))
        row.answers.add(*answers)
        row.has_demo_data = row.has_demo_data or any(one.has_demo_data for one in answers)
        row.save(update_fields=["has_demo_data"])
    report.step(len(profiles), len(profiles), _("Done"))
    return answers


def agree(first: PlanningAnswer, again: PlanningAnswer) -> bool:
    """Whether two computations of one scenario come to the same figures, row by row."""
    return bool(
        first.answer.get("rows") == again.answer.get("rows")
        and first.answer.get("capacity") == again.answer.get("capacity")
    )
