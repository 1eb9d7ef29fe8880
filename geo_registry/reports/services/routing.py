"""Whose a report is: the township's of the village, and where nobody answers there, the county's."""

from __future__ import annotations

import datetime
from typing import Final

from django.contrib.gis.geos import Point
from django.utils import timezone

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action, may
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import Division, Installation, Level
from geo_registry.territory.services.locating import divisions_at
from geo_registry.worklist.services.notifying import notify

from ..models import Report
from ..registry import kind_of

TOWNSHIP_DAYS: Final = "report-days-township"
COUNTY_DAYS: Final = "report-days-county"


def first_handler(division: Division | None) -> Division | None:
    """Return the division whose office handles what is reported of a record in ``division``; ``None``: the county's.

    The township, if it has a clerk who may sign in; else the part of it that has one; else the county.
    """
    if division is None or division.level < Level.TOWNSHIP:
        return None
    manned = Division.objects.filter(
        path__in=_paths(division),
        level__gte=Level.TOWNSHIP,
        pk__in=User.objects.filter(is_active=True, role=Role.CLERK, office__isnull=False).values(
            "office__division_id"
        ),
    )
    return manned.order_by("level").first()


def where_it_is(division: Division | None, point: Point | None) -> Division | None:
    """Return what a report is about lies in, as exactly as is known.

    A road through several townships is the county's record; where its reporter stood tells in whose township the sign is.

    Parameters
    ----------
    division
        That of the record.
    point
        Where the reporter says it is (EPSG:4490); beyond the record's own division it is not taken for better.
    """
    found = divisions_at([(point.x, point.y)])[0] if point is not None else None
    exact: Division | None = Division.objects.filter(pk=found).first() if found is not None else None
    if exact is None or (division is not None and not exact.path.startswith(division.path)):
        return division
    return exact


def _paths(division: Division) -> list[str]:
    """Return the paths of a division and all above it."""
    steps = division.path.rstrip("/").split("/")
    return ["/".join(steps[: length + 1]) + "/" for length in range(len(steps))]


def due_day(*, handler: Division | None, day: datetime.date | None = None) -> datetime.date:
    """Return by when the office of ``handler`` is to answer what reaches it on ``day``."""
    today = day or timezone.localdate()
    return today + datetime.timedelta(
        days=int(effective_value(COUNTY_DAYS if handler is None else TOWNSHIP_DAYS))
    )


def may_handle(user: User, report: Report) -> bool:
    """Say whether a person may act on a report: whose office has it, and whose office stands above that one."""
    division = report.handler or Installation.home()
    return may(user, Action.HANDLE_REPORTS, division=division)


def tell_handlers(report: Report, *, code: str, key: str) -> None:
    """Tell those who have a report now. Part of the caller's transaction."""
    kind = kind_of(report.kind)
    role = Role.CLERK if report.handler is not None else (kind.county_role if kind else Role.PLANNER)
    notify(
        code=code,
        params={"subject": report.subject, "topic": report.topic, "due": report.due.isoformat()},
        link=f"/office/reports/{report.pk}/",
        role=role,
        division=report.handler or Installation.home(),
        key=key,
    )
