"""What happens to reports by itself: they climb, contacts are forgotten, and who may see their photos."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.attachments import registry as attachments
from geo_registry.attachments.models import Attachment
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.jobs.recurring import register_recurring
from geo_registry.reference.models import Source
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import Installation

from ..models import Contact, Report
from .handling import climb_overdue
from .limits import forget_before

CONTACT_DAYS: Final = "report-contact-kept-days"


def forget_contacts(*, day: datetime.date | None = None) -> int:
    """Delete contacts of reports that ended more than ``report-contact-kept-days`` ago.

    Returns
    -------
    int
        How many were deleted.
    """
    today = day or timezone.localdate()
    try:
        days = int(effective_value(CONTACT_DAYS, today))
    except ReferenceMissing:
        # Without a row nobody has agreed to keep them any longer than the answer.
        days = 0
    before = today - datetime.timedelta(days=days)
    deleted, _by_table = Contact.objects.filter(report__ended_at__date__lt=before).delete()
    return deleted


def upkeep() -> None:
    """Do all of it; more often does no harm."""
    climb_overdue()
    forget_contacts()
    forget_before(timezone.localdate())


def may_see_photos(person: Any, report: Report) -> bool:
    """Say whether a person may see what a reporter photographed: whoever handles reports there."""
    where = report.division or Installation.home()
    return isinstance(person, User) and may(person, Action.HANDLE_REPORTS, division=where)


def register() -> None:
    """Make it known below."""
    register_recurring(
        "reports",
        title=_("Reports from the public: pass on what is late, delete contacts"),
        every=datetime.timedelta(hours=1),
        body=upkeep,
    )
    attachments.register(
        Report,
        may_see=may_see_photos,
        may_change=lambda _person, _report: False,
        # The file as the phone sent it says where and with what it was taken: nobody needs that.
        may_see_original=lambda _person, _report: False,
    )
    register_holding(Holding(order=4, label=_("files of reports from the public"), rows=_files))
    register_holding(Holding(order=6, label=_("reports from the public"), rows=_reports))


def _reports(sources: Sequence[Source]) -> QuerySet[Any]:
    return Report.objects.filter(source__in=sources)


def _files(sources: Sequence[Source]) -> QuerySet[Any]:
    keys = _reports(sources).order_by().annotate(text_key=Cast("pk", CharField())).values("text_key")
    return Attachment.objects.filter(owner_type=ContentType.objects.get_for_model(Report), owner_id__in=keys)
