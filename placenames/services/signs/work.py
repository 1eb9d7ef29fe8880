"""What was seen at a sign, what is to be done about it, and what a renaming opens."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all
from placenames.models import Defect, Name, Place, Sign, SignInspection, SignOrder, SignStep

from . import settings
from .answering import answer_reports
from .ending import end_other_work
from .inventory import _made, may_keep, move, next_numbers

BEFORE, AFTER = "before", "after"


@transaction.atomic
def inspect(
    *, sign: Sign, by: User, key: uuid.UUID, on_day: datetime.date, defects: Sequence[str] = (), note: str = "",
    point: Point | None = None, accuracy_m: float | None = None, photos: Sequence[Any] = (),
) -> SignInspection:  # fmt: skip
    """Write down what was seen at a sign; the same entry sent twice is one.

    What is wrong makes the sign damaged and opens the work: a repair, a replacement where it shows another name, and where it is
    gone, a replacement of what is taken off the inventory. While a warranty lasts the repair is a claim under it.

    Parameters
    ----------
    sign
        Which one.
    key
        Given by whoever sends it, new for each entry.
    on_day
        The day on site.
    defects
        Codes of `Defect`; none: it is in order.
    point, accuracy_m
        Where the person stood, and how exactly that is known; without it, where the first photo says that it was taken.
    photos
        Files of a form.

    Raises
    ------
    PermissionDenied
        If the person does not keep the place where it stands.
    ValidationError
        If the sign does not stand, the day lies in the future, or a defect is unknown.
    """
    if not may_keep(by, sign.site):
        raise PermissionDenied
    row = Sign.objects.select_for_update(of=("self",)).select_related("batch").get(pk=sign.pk)
    known = SignInspection.objects.filter(key=key).first()
    if known is not None:
        return known
    codes = [code for code in Defect.values if code in set(defects)]
    if set(defects) - set(codes):
        raise ValidationError({"defects": _("Unknown defect.")})
    if on_day > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    if not row.stands:
        raise ValidationError(
            _("This sign does not stand: it is %(state)s.") % {"state": row.get_status_display()}
        )
    seen = SignInspection.objects.create(
        key=key,
        sign=row,
        on_day=on_day,
        defects=codes,
        note=note[:300],
        point=point,
        accuracy_m=accuracy_m,
        by=by,
    )
    if photos:
        _stood_where(seen, attach_all(files=list(photos), owner=seen, by=by, purpose=BEFORE))
    if codes:
        _follow(row, codes, by, on_day)
    return seen


def _stood_where(seen: SignInspection, photos: Sequence[Attachment]) -> None:
    """Take the position from a photo where the telephone gave none: the camera often writes it into the picture."""
    if seen.point is not None:
        return
    seen.point = next((photo.content.position for photo in photos if photo.content.position), None)
    if seen.point is not None:
        seen.save(update_fields=["point"])


def _follow(sign: Sign, codes: Sequence[str], by: User, on_day: datetime.date) -> None:
    reason = "、".join(str(Defect(code).label) for code in codes)
    replace = {Defect.GONE, Defect.RENAMED, Defect.NONSTANDARD} & set(codes)
    status = Sign.Status.REMOVED if Defect.GONE in codes else Sign.Status.DAMAGED
    if sign.status != status:
        sign = move(sign=sign, status=status, by=by, on_day=max(on_day, sign.status_on), note=reason)
    kind = SignOrder.Kind.REPLACE if replace else SignOrder.Kind.REPAIR
    open_order(sign=sign, kind=kind, by=by, reason=reason, on_day=on_day)
    if replace and sign.site.place.current_name() is not None:
        replacement_of(sign=sign, by=by)


@transaction.atomic
def open_order(
    *, sign: Sign, kind: str, by: User | None, reason: str, on_day: datetime.date, due: datetime.date | None = None
) -> SignOrder:  # fmt: skip
    """Open work at a sign, or return the same work that is open already.

    Without a day it is to be done within the days of the value ``sign-repair-days``. Within the warranty of its batch a repair is a
    claim under it; what was stolen or renamed is not the maker's business.
    """
    there = SignOrder.objects.open().filter(sign=sign, kind=kind).first()
    if there is not None:
        return there
    until = sign.batch.warranty_until if sign.batch is not None else None
    row = SignOrder(
        sign=sign, kind=kind, reason=reason[:300], opened_on=on_day, opened_by=by,
        due=due or settings.days_after("repair", on_day),
        under_warranty=kind == SignOrder.Kind.REPAIR and until is not None and on_day < until,
    )  # fmt: skip
    row.full_clean(exclude=["sign", "opened_by"])
    row.save()
    return row


@transaction.atomic
def finish_order(
    *, order: SignOrder, by: User, on_day: datetime.date, cost: Decimal | None = None, note: str = "",
    photos: Sequence[Any] = (),
) -> SignOrder:  # fmt: skip
    """Say that work is done: a repaired sign is in order again, a replaced one is taken down and the new one stands.

    Other work at a sign that is down with it ends as `ending.end_other_work` says.

    Raises
    ------
    PermissionDenied
        If the person does not keep the sign.
    ValidationError
        If it is not open any more, or the day cannot be.
    """
    if not may_keep(by, order.sign.site):
        raise PermissionDenied
    row = (
        SignOrder.objects.select_for_update(of=("self",)).select_related("sign__site__place").get(pk=order.pk)
    )
    if row.state != SignOrder.State.OPEN:
        raise ValidationError(_("This work is done or called off already."))
    if on_day > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    if on_day < row.opened_on:
        raise ValidationError({"on_day": _("That is before it was opened.")})
    row.state, row.done_on, row.done_by, row.cost, row.note = (
        SignOrder.State.DONE,
        on_day,
        by,
        cost,
        note[:300],
    )
    row.full_clean(exclude=["sign", "opened_by", "done_by"])
    row.save()
    if photos:
        attach_all(files=list(photos), owner=row, by=by, purpose=AFTER)
    _carry_out(row, by, on_day)
    answer_reports(order=row, by=by)
    end_other_work(order=row, by=by, on_day=on_day)
    return row


def _carry_out(row: SignOrder, by: User, on_day: datetime.date) -> None:
    sign = row.sign
    day = max(on_day, sign.status_on)
    if row.kind == SignOrder.Kind.REPAIR:
        if sign.status == Sign.Status.DAMAGED:
            move(sign=sign, status=Sign.Status.ACCEPTED, by=by, on_day=day, note=row.note)
        return
    if row.kind == SignOrder.Kind.REPLACE:
        _put_up(replacement_of(sign=sign, by=by), by, on_day)
    if sign.status != Sign.Status.REMOVED:
        move(sign=sign, status=Sign.Status.REMOVED, by=by, on_day=day, note=row.note)


def _put_up(new: Sign, by: User, on_day: datetime.date) -> None:
    """Bring the new sign to where it stands: who says that it was put up says that it was ordered."""
    for status in (Sign.Status.ORDERED, Sign.Status.INSTALLED):
        if new.status in (Sign.Status.PLANNED, Sign.Status.ORDERED) and new.status != status:
            new = move(sign=new, status=status, by=by, on_day=max(on_day, new.status_on))


@transaction.atomic
def replacement_of(
    *, sign: Sign, by: User | None, name: Name | None = None, due: datetime.date | None = None
) -> Sign:
    """Return the sign that is to stand in the place of another, planned now unless it is under way already.

    Raises
    ------
    ValidationError
        If the place has no name that it could show.
    """
    shows = name or sign.site.place.current_name()
    if shows is None:
        raise ValidationError(_("The place has no name in force."))
    under_way = sign.replaced_by.exclude(status=Sign.Status.REMOVED).first()
    if under_way is not None:
        return under_way
    today = timezone.localdate()
    new = Sign(
        asset_number=next_numbers(1)[0], site=sign.site, sort=sign.sort, colour=sign.colour, faces=sign.faces,
        material=sign.material, replaces=sign, due=due or settings.days_after("setting", today), source=sign.source,
    )  # fmt: skip
    return _made(new, shows, by, today)  # type: ignore[arg-type]


@transaction.atomic
def cancel_order(*, order: SignOrder, by: User, reason: str) -> SignOrder:
    """Call work off, with the reason.

    Raises
    ------
    ValidationError
        Without a reason, or if it is not open.
    """
    if not may_keep(by, order.sign.site):
        raise PermissionDenied
    row = SignOrder.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if row.state != SignOrder.State.OPEN:
        raise ValidationError(_("This work is done or called off already."))
    if not reason.strip():
        raise ValidationError({"note": _("Say why.")})
    row.state, row.note = SignOrder.State.CANCELLED, reason.strip()[:300]
    row.save()
    answer_reports(order=row, by=by)
    return row


@transaction.atomic
def name_changed(*, place: Place, name: Name | None, on_day: datetime.date, by: User | None = None) -> int:
    """Open what a new name asks for: every sign that shows another one is to be replaced, or taken down if there is no name.

    `cases.effect` calls it when a name comes into force. Signs that are only planned or ordered take the new name if they are not
    made yet. Doing it again changes nothing.

    Parameters
    ----------
    place
        What was renamed.
    name
        The name from the day on; ``None``: it has none any more.
    on_day
        The day.

    Returns
    -------
    int
        How many signs are to be replaced or taken down.
    """
    signs = Sign.objects.kept().filter(site__place=place).select_related("site__place", "batch")
    if not signs.exists():
        return 0
    due = settings.days_after("setting", on_day)
    for sign in signs.filter(status=Sign.Status.PLANNED):
        if name is None:
            Sign.objects.filter(pk=sign.pk).update(status=Sign.Status.REMOVED, revision=F("revision") + 1)
            SignStep.objects.create(
                sign=sign, status=Sign.Status.REMOVED, on_day=max(on_day, sign.status_on), by=by
            )
        elif sign.text != name.text:
            spelling = name.confirmed_spelling()
            sign.name, sign.text, sign.spelling = name, name.text, spelling.text if spelling else ""
            sign.revision += 1
            sign.save()
    count = 0
    for sign in signs.exclude(status=Sign.Status.PLANNED):
        if name is not None and sign.text == name.text:
            continue
        kind = SignOrder.Kind.REMOVE if name is None else SignOrder.Kind.REPLACE
        reason = _("No name any more") if name is None else _("New name: %(name)s") % {"name": name.text}
        open_order(sign=sign, kind=kind, by=by, reason=reason, on_day=on_day, due=due)
        if name is not None:
            replacement_of(sign=sign, by=by, name=name, due=due)
        count += 1
    return count
