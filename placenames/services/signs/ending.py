"""What ends with a sign that is put up or taken down: the old sign, open work at it, and reports that wait for that work."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.reports.models import WAITING
from geo_registry.reports.services.routing import may_handle
from placenames.models import Sign, SignOrder, SignOrderReport

from .answering import answer_reports, ended, new_sign_put_up
from .inventory import move

_Kind, _State = SignOrder.Kind, SignOrder.State
_NEW_SIGN: Final[Mapping[str, str]] = {_Kind.REPLACE: _State.DONE, _Kind.REPAIR: _State.CANCELLED}
"""With a new sign that is put up; who is to take the old one down has not been there with that."""
_REPLACED: Final[Mapping[str, str]] = {_Kind.REPAIR: _State.CANCELLED, _Kind.REMOVE: _State.DONE}
"""With work that put the new sign in the old one's place."""


@transaction.atomic
def take_step(
    *, sign: Sign, status: str, by: User, on_day: datetime.date, note: str = "", revision: int | None = None
) -> Sign:  # fmt: skip
    """Take a sign a step on, as `inventory.move`; with one that is put up, the sign that it replaces is down and its work is done.

    Where somebody is to take the old sign down, it stands until that work is done.

    Raises
    ------
    ChangedMeanwhile, ValidationError
        As `inventory.move`.
    """
    new = move(sign=sign, status=status, by=by, on_day=on_day, note=note, revision=revision)
    if new.status == Sign.Status.INSTALLED and new.replaces_id is not None:
        old = Sign.objects.select_for_update(of=("self",)).get(pk=new.replaces_id)
        number = _("New sign: %(number)s") % {"number": new.asset_number}
        _end(old, _NEW_SIGN, by=by, on_day=on_day, note=number, instead=new_sign_put_up(on_day))
        if old.status != Sign.Status.REMOVED and not old.orders.filter(state=_State.OPEN).exists():
            move(sign=old, status=Sign.Status.REMOVED, by=by, on_day=max(on_day, old.status_on), note=number)
    return new


def end_other_work(*, order: SignOrder, by: User, on_day: datetime.date) -> None:
    """End what no other work is needed for once a sign was replaced or taken down; whoever reported it hears what was done.

    To mend it is called off. To replace it is done by a new sign alone: where one was taken down, it stays open while the new
    one is on its way, and is called off where none is.

    Parameters
    ----------
    order
        The work that is done.
    """
    if order.kind == _Kind.REPLACE:
        ends = _REPLACED
    elif order.kind == _Kind.REMOVE:
        ends = {_Kind.REPAIR: _State.CANCELLED}
        if not order.sign.replaced_by.kept().exists():
            ends[_Kind.REPLACE] = _State.CANCELLED
    else:
        return
    _end(order.sign, ends, by=by, on_day=on_day, note=ended(order), instead=ended(order))


def _end(
    sign: Sign, ends: Mapping[str, str], *, by: User, on_day: datetime.date, note: str, instead: str
) -> None:
    """End open work at a sign: ``ends`` says how, by its kind; other work stays open."""
    for order in SignOrder.objects.select_for_update(of=("self",)).open().filter(sign=sign, kind__in=ends):
        order.state, order.note = ends[order.kind], note[:300]
        if order.state == _State.DONE:
            order.done_by, order.done_on = by, max(on_day, order.opened_on)
        order.save()
        answer_reports(order=order, by=by, instead=instead)


@dataclass(frozen=True, kw_only=True)
class Ends:
    """What ends with signs that are put up, in numbers."""

    taken_down: int
    answered: int


def ends_with(*, signs: Iterable[Sign], by: User) -> Ends:
    """Say what `take_step` would end by putting signs up: old ones that come down, reports that the person answers. Two queries."""
    old = [sign.replaces_id for sign in signs if sign.replaces_id is not None]
    if not old:
        return Ends(taken_down=0, answered=0)
    stays = SignOrder.objects.open().exclude(kind__in=_NEW_SIGN).values("sign")
    links = SignOrderReport.objects.filter(
        order__sign__in=old, order__state=_State.OPEN, order__kind__in=_NEW_SIGN, report__state__in=WAITING
    ).select_related("report__handler")
    return Ends(
        taken_down=Sign.objects.kept().filter(pk__in=old).exclude(pk__in=stays).count(),
        answered=sum(may_handle(by, link.report) for link in links),
    )
