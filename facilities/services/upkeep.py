"""Who may see and change the files of inspections, findings, assessments and stock-takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from facilities.models import Finding, Inspection, ScoreEntry, StockTakeItem
from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.attachments import registry as attachments
from geo_registry.attachments.models import Attachment
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.reference.models import Source


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
    register_holding(
        Holding(order=5, label=_("files of inspections, assessments and stock-takes"), rows=_files)
    )


def _files(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the files of whatever goes with facilities and assets of some sources: no key of the database takes them along."""
    owners = (
        Inspection.objects.filter(facility__source__in=sources),
        Finding.objects.filter(inspection__facility__source__in=sources),
        ScoreEntry.objects.filter(assessment__facility__source__in=sources),
        StockTakeItem.objects.filter(asset__source__in=sources),
    )
    going = Q(pk__in=[])
    for rows in owners:
        keys = rows.order_by().annotate(key=Cast("pk", CharField())).values("key")
        going |= Q(owner_type=ContentType.objects.get_for_model(rows.model), owner_id__in=keys)
    return Attachment.objects.filter(going)


def _of(row: Finding) -> Any:
    return row.inspection.facility.division
