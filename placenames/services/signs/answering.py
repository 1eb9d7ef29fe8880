"""Reporters hear of the end of the work that their reports became."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.reports.models import WAITING
from geo_registry.reports.services import handling
from geo_registry.reports.services.routing import may_handle
from placenames.models import SignOrder


def answer_reports(*, order: SignOrder, by: User, instead: str = "") -> int:
    """Answer the reports that work was made of, once it is done or called off; return how many.

    A report that another office has by now, or that has its answer, is left to whoever has it: its page shows how the work ended.

    Parameters
    ----------
    order
        The work.
    by
        Who ended it.
    instead
        What was done in place of work that is called off for it: reporters hear of that, and not of a refusal.
    """
    done = order.state == SignOrder.State.DONE
    answered = 0
    for link in order.reports.select_related("report__handler"):
        report = link.report
        if report.state in WAITING and may_handle(by, report):
            handling.finish(
                report=report,
                by=by,
                answer=ended(order) if done else instead or order.note,
                done=done or bool(instead),
            )
            answered += 1
    return answered


def ended(order: SignOrder) -> str:
    """Say how work that is done ended."""
    said = {
        SignOrder.Kind.REPAIR: _("The sign was mended on %(day)s."),
        SignOrder.Kind.REPLACE: _("A new sign was put up on %(day)s."),
        SignOrder.Kind.REMOVE: _("The sign was taken down on %(day)s."),
    }[SignOrder.Kind(order.kind)]
    day = date_format(order.done_on) if order.done_on else ""
    return f"{said % {'day': day}} {order.note}".strip()
