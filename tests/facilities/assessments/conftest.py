"""The people and places of inspections, and a sheet with three items."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from facilities.models import ScoreItem, ScoreSheet, VersionState
from facilities.services.assessments import scoring
from tests.facilities.inspections.conftest import (  # noqa: F401 - fixtures
    clerk,
    clerk_there,
    county,
    facility,
    folder,
    here,
    planner,
    reviewer,
    shot,
    sign_in,
    there,
    viewer,
)

DAY = datetime.date(2026, 11, 20)


@pytest.fixture
def sheet(facility):  # noqa: F811
    made = ScoreSheet.objects.create(code="meals", name_zh="考核表", pass_mark=60, state=VersionState.IN_USE)
    made.kinds.add(facility.kind)
    for position, (weight, scale, evidence) in enumerate(
        [(50, 10, True), (30, 5, False), (20, 10, False)], start=1
    ):
        ScoreItem.objects.create(
            sheet=made,
            position=position,
            text_zh=f"项目{position}",
            weight=Decimal(weight),
            scale=scale,
            evidence_required=evidence,
        )
    return made


@pytest.fixture
def assessment(facility, clerk, sheet):  # noqa: F811
    return scoring.begin(facility=facility, by=clerk, day=DAY)
