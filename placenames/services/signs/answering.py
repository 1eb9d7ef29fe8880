"""Reporters hear of the end of the work that their reports became."""

from __future__ import annotations

import datetime

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
        What was done that ended this work too: where it is called off for that, reporters hear of it, and not of a refusal.
    """
    done = order.state == SignOrder.State.DONE
    answered = 0
    for link in order.reports.select_related("report__handler"):
        report = link.report
        if report.state in WAITING and may_handle(by, report):
            handling.finish(
                report=report,
                by=by,
                answer=_answer(order, instead),
                done=done or bool(instead),
            )
            answered += 1
    return answered


def _answer(order: SignOrder, instead: str) -> str:
    """Return what reporters hear; a note that whoever ended other work has put here is the office's own."""
    if order.state == SignOrder.State.DONE:
        return _happened(order) if instead else ended(order)
    return instead or order.note


def new_sign_put_up(on_day: datetime.date) -> str:
    """Say that a new sign stands."""
    return _("A new sign was put up on %(day)s.") % {"day": date_format(on_day)}


def ended(order: SignOrder) -> str:
    """Say how work that is done ended, with the note of whoever did it."""
    return f"{_happened(order)} {order.note}".strip()


def _happened(order: SignOrder) -> str:
    if order.done_on is None:
        return ""
    if order.kind == SignOrder.Kind.REPLACE:
        return new_sign_put_up(order.done_on)
    said = (
        _("The sign was mended on %(day)s.")
        if order.kind == SignOrder.Kind.REPAIR
        else _("The sign was taken down on %(day)s.")
    )
    return said % {"day": date_format(order.done_on)}
