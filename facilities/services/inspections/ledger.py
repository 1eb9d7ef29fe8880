"""The ledger of a period's inspections and of their findings, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from facilities.models import Finding, Inspection

from ..tables import Sheet, workbook
from .plan import Period


def ledger(*, inspections: QuerySet[Inspection], period: Period) -> bytes:
    """Return the workbook: a row for each inspection, and a row for each finding."""
    rows = inspections.select_related("facility__kind", "facility__division", "done_by", "check_list")
    findings = (
        Finding.objects.filter(inspection__in=inspections)
        .select_related("inspection__facility__division", "mended_by", "verified_by", "item")
        .order_by("inspection__facility__number", "deadline")
    )
    remark = _("%(period)s; written on %(day)s") % {
        "period": period.label,
        "day": timezone.localdate().isoformat(),
    }
    return workbook(
        [
            Sheet(
                _("Inspections"),
                [
                    _("Facility number"), _("Facility"), _("Kind"), _("Division"), _("What"), _("To be done by"),
                    _("State"), _("Done on"), _("Done by"), _("Check-list"), _("Participants"), pgettext("inspection", "Summary"),
                ],
                _inspection_rows(rows),
                remark,
            ),
            Sheet(
                _("Findings"),
                [
                    _("Facility number"), _("Facility"), _("Division"), _("Safety"), _("What is not in order"), _("Severity"),
                    _("Found on"), _("To be mended by"), _("Who must mend it"), _("State"), _("Mended on"),
                    _("How it was mended"), _("Looked at again by"), _("Looked at again on"),
                ],
                _finding_rows(findings),
                remark,
            ),
        ]
    )  # fmt: skip


def _kind(row: Inspection) -> str:
    """Say what was done, and of a drill which."""
    kind = row.get_kind_display()
    return _("%(what)s: %(value)s") % {"what": kind, "value": row.get_drill_display()} if row.drill else kind


def _inspection_rows(rows: QuerySet[Inspection]) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            row.facility.number, row.facility.name, row.facility.kind.name, row.facility.division.name,
            _kind(row), row.due,
            row.get_state_display(), row.done_on, str(row.done_by or ""), str(row.check_list or ""),
            row.participants, row.summary,
        ]  # fmt: skip


def _finding_rows(rows: QuerySet[Finding]) -> Iterator[list[Any]]:
    for row in rows:
        facility = row.inspection.facility
        yield [
            facility.number, facility.name, facility.division.name, row.get_hazard_display(), row.text,
            row.get_severity_display(), row.inspection.done_on, row.deadline, row.responsible_role,
            row.get_state_display(), row.mended_on, row.mended_note, str(row.verified_by or ""), row.verified_on,
        ]  # fmt: skip
