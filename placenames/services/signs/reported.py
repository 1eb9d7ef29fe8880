"""What the public reports of a sign becomes work: the clerk says which sign and what is to be done; the report follows the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.reports.models import WAITING, Report, ReportQuerySet, State
from geo_registry.reports.registry import Link, Topic
from geo_registry.reports.services import handling
from geo_registry.reports.services.routing import may_handle
from geo_registry.reports.services.work import in_scope
from geo_registry.territory.geography import DistanceM
from placenames.models import Sign, SignOrder, SignOrderReport

from . import settings
from .lists import signs_for
from .work import open_order

KIND: Final = "name"
_MOST: Final = 30


def reports_for(user: User) -> ReportQuerySet:
    """Return the reports about place names that a person may see and that still wait for an answer."""
    return in_scope(user).filter(kind=KIND, state__in=WAITING)


def signs_near(report: Report, user: User) -> list[tuple[Sign, float | None]]:
    """Return the signs of the place that a report is about, with metres from where the reporter stood, the nearest first."""
    rows = signs_for(user).filter(site__place__short_id=report.key).exclude(status=Sign.Status.REMOVED)
    if report.point is None:
        return [(sign, None) for sign in rows.order_by("asset_number")[:_MOST]]
    near = rows.annotate(metres=DistanceM("site__point", report.point)).order_by("metres", "asset_number")
    return [(sign, sign.metres) for sign in near[:_MOST]]


def plan_address(report: Report) -> str:
    """Return where the signs that the place must have are planned, for a sign that nobody has recorded."""
    return reverse("signs:plan") + "?" + urlencode({"road": report.key})


@transaction.atomic
def make_work(*, report: Report, sign: Sign, kind: str, note: str, by: User) -> SignOrder:
    """Open work at a sign for a report, which is taken up by that; the same work that is open already takes the report in.

    Raises
    ------
    PermissionDenied
        If another office has the report.
    ValidationError
        If it has its answer, or has become work already.
    """
    row = Report.objects.select_for_update(of=("self",)).select_related("handler").get(pk=report.pk)
    if not may_handle(by, row):
        raise PermissionDenied
    if row.state not in WAITING or SignOrderReport.objects.filter(report=row).exists():
        raise ValidationError(_("This report has become work, or has its answer, already."))
    if kind not in SignOrder.Kind.values:
        raise ValidationError({"kind": _("Say what is to be done.")})
    today = timezone.localdate()
    reason = note.strip() or _("Reported by the public: %(text)s") % {"text": " ".join(row.text.split())}
    order = open_order(
        sign=sign, kind=kind, by=by, reason=reason, on_day=today, due=settings.days_after("repair", today)
    )
    SignOrderReport.objects.create(report=row, order=order, by=by)
    if row.state == State.OPEN:
        handling.take_up(report=row, by=by)
    return order


def links_of(report_id: int, topic: str) -> Sequence[Link]:
    """Return what the office finds beside a report: the work that it became, or the page where it becomes work."""
    link = SignOrderReport.objects.filter(report=report_id).select_related("order__sign").first()
    if link is not None:
        order = link.order
        said = _("Work at the sign: %(work)s, %(state)s") % {
            "work": order.get_kind_display(), "state": order.get_state_display(),
        }  # fmt: skip
        return [Link(label=said, url=reverse("signs:order", args=[order.pk]))]
    if topic not in {Topic.SIGN, Topic.GONE, Topic.OTHER, Topic.NAME}:
        return []
    return [
        Link(
            label=_("Make work at a sign of it"),
            url=reverse("signs:report", args=[report_id]),
            is_action=True,
        )
    ]
