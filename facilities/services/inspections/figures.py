"""How far the inspections of a period are, by township."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Count, Q

from facilities.models import Finding, Inspection
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.territory.models import Division, Level

from .plan import Period


@dataclass(slots=True)
class Progress:
    """One township's figures, or those of all."""

    division: Division | None
    planned: int = 0
    done: int = 0
    overdue: int = 0
    checks_done: int = 0
    drills_done: int = 0
    findings: int = 0
    findings_open: int = 0
    findings_overdue: int = 0
    findings_to_verify: int = 0

    @property
    def percent(self) -> int | None:
        """Done of planned; never 100 before all are."""
        if not self.planned:
            return None
        return 100 if self.done == self.planned else min(99, self.done * 100 // self.planned)

    def add(self, other: Progress) -> None:
        """Add another's figures."""
        for each in fields(self):
            if each.name != "division":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class Table:
    """All townships in a person's scope, and their sum."""

    rows: list[Progress]
    total: Progress = field(default_factory=lambda: Progress(None))


def progress(*, period: Period, user: User, day: datetime.date) -> Table:
    """Return the figures of a period by township, for what lies in the person's scope. Three queries."""
    inspections = policy.limit(Inspection.objects.all(), user).filter(period_from=period.first)
    counted = inspections.exclude(state=Inspection.State.CANCELLED)
    done = Q(state=Inspection.State.DONE)
    by_path: dict[str, dict[str, Any]] = {
        row.pop("facility__division__path"): row
        for row in counted.order_by()
        .values("facility__division__path")
        .annotate(
            planned=Count("pk"),
            done=Count("pk", filter=done),
            overdue=Count("pk", filter=Q(state=Inspection.State.PLANNED, due__lt=day)),
            checks_done=Count("pk", filter=done & Q(kind=Inspection.Kind.CHECK)),
            drills_done=Count("pk", filter=done & Q(kind=Inspection.Kind.DRILL)),
        )
    }
    open_ = Q(state=Finding.State.OPEN)
    rows = (
        Finding.objects.filter(inspection__in=inspections)
        .order_by()
        .values("inspection__facility__division__path")
        .annotate(
            findings=Count("pk"),
            findings_open=Count("pk", filter=open_),
            findings_overdue=Count("pk", filter=open_ & Q(deadline__lt=day)),
            findings_to_verify=Count("pk", filter=Q(state=Finding.State.MENDED)),
        )
    )
    for row in rows:
        by_path.setdefault(row.pop("inspection__facility__division__path"), {}).update(row)
    return fold_by_township(by_path)


def fold_by_township(by_path: dict[str, dict[str, Any]]) -> Table:
    """Add figures of divisions up to their townships."""
    townships = Division.objects.filter(level=Level.TOWNSHIP).defer("boundary").order_by("code")
    table = Table([])
    for township in townships:
        line = Progress(township)
        for path in [path for path in by_path if path.startswith(township.path)]:
            line.add(Progress(None, **by_path.pop(path)))
        if line.planned or line.findings:
            table.rows.append(line)
            table.total.add(line)
    # What lies in no township: the county's own, or a division whose township is not in the registry.
    rest = Progress(None)
    for figures in by_path.values():
        rest.add(Progress(None, **figures))
    if rest.planned or rest.findings:
        table.rows.append(rest)
        table.total.add(rest)
    return table
