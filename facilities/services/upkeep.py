"""Who may see and change the files of inspections, findings, assessments and stock-takes."""

from __future__ import annotations

from typing import Any

from facilities.models import Finding, Inspection, ScoreEntry, StockTakeItem
from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.attachments import registry as attachments


def register() -> None:
    """Say who may see and change which files."""
    attachments.register(
        Inspection,
        may_see=lambda person, row: policy.may(person, Action.READ, division=row.facility.division),
        may_change=lambda person, row: policy.may(
            person, Action.EDIT_FACILITIES, division=row.facility.division
        ),
    )
    attachments.register(
        Finding,
        may_see=lambda person, row: policy.may(person, Action.READ, division=_of(row)),
        may_change=lambda person, row: policy.may(person, Action.EDIT_FACILITIES, division=_of(row)),
    )
    attachments.register(
        ScoreEntry,
        may_see=lambda person, row: policy.may(
            person, Action.READ, division=row.assessment.facility.division
        ),
        may_change=lambda person, row: policy.may(
            person, Action.EDIT_FACILITIES, division=row.assessment.facility.division
        ),
    )
    attachments.register(
        StockTakeItem,
        may_see=lambda person, row: policy.may(person, Action.READ, division=row.asset.division),
        may_change=lambda person, row: policy.may(
            person, Action.EDIT_FACILITIES, division=row.asset.division
        ),
    )


def _of(row: Finding) -> Any:
    return row.inspection.facility.division
