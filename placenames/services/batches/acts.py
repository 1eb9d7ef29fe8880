"""What is done to each name of a change of many, and how it is taken back where nobody has done anything since."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.utils import timezone

from placenames.models import Name, NameBatch, NameBatchRow, NameReview, Place, Spelling

Changer = Callable[[NameBatch, Sequence[int], datetime.datetime], list[NameBatchRow]]
Undoer = Callable[[NameBatch, Sequence[NameBatchRow]], set[int]]
_CHANGED: Final = NameBatchRow.Outcome.CHANGED


def _confirm(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    rows = Spelling.objects.filter(name__in=name_ids, status=Spelling.Status.PROPOSED, doubts=[])
    held = list(rows.order_by("name_id", "pk").values_list("pk", "name_id", "text"))
    # A name has one confirmed spelling: of several proposals the first.
    first = {name_id: (pk, text) for pk, name_id, text in reversed(held)}
    Spelling.objects.filter(pk__in=[pk for pk, _text in first.values()]).update(
        status=Spelling.Status.CONFIRMED, confirmed_by=batch.owner, confirmed_at=now
    )
    return [
        NameBatchRow(batch=batch, name_id=name_id, trace={"spelling": pk, "text": text})
        for name_id, (pk, text) in first.items()
    ]


def _accept(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    names = list(Name.objects.filter(pk__in=name_ids).select_related("place").order_by("pk"))
    made = list(batch.rows.filter(name__in=name_ids).order_by("name_id"))
    for each, name in zip(made, names, strict=True):
        each.outcome = _CHANGED
        each.trace = {
            "text": name.text, "place": name.place_id, "approved_by": name.place.approved_by,
            "approved_on": name.place.approved_on.isoformat() if name.place.approved_on else None,
        }  # fmt: skip
    Name.objects.filter(pk__in=name_ids).update(status=Name.Status.STANDARD)
    Place.objects.filter(pk__in=[name.place_id for name in names]).update(
        approved_by=batch.authority, approved_on=batch.approved_on, updated_at=now
    )
    return made


def _fine(batch: NameBatch, name_ids: Sequence[int], now: datetime.datetime) -> list[NameBatchRow]:
    made = NameReview.objects.bulk_create(
        NameReview(name_id=pk, outcome=NameReview.Outcome.FINE, by=batch.owner, at=now) for pk in name_ids
    )
    return [
        NameBatchRow(
            batch=batch, name_id=review.name_id, trace={"review": review.pk, "at": review.at.isoformat()}
        )
        for review in made
    ]


CHANGERS: Final[dict[str, Changer]] = {
    NameBatch.Act.CONFIRM: _confirm,
    NameBatch.Act.ACCEPT: _accept,
    NameBatch.Act.FINE: _fine,
}


def _unconfirm(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    texts = {row.trace["spelling"]: (row.pk, row.trace["text"]) for row in rows}
    same = Spelling.objects.select_for_update().filter(
        pk__in=texts, status=Spelling.Status.CONFIRMED, confirmed_at=batch.done_at
    )
    back = [pk for pk, text in same.values_list("pk", "text") if text == texts[pk][1]]
    Spelling.objects.filter(pk__in=back).update(
        status=Spelling.Status.PROPOSED, confirmed_by=None, confirmed_at=None
    )
    return {texts[pk][0] for pk in back}


def _unaccept(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    by_name = {row.name_id: row for row in rows}
    names = Name.objects.filter(pk__in=by_name, status=Name.Status.STANDARD, valid_to__isnull=True)
    # What somebody has written about the approval since, or the name itself, is later work.
    names = names.filter(place__approved_by=batch.authority, place__approved_on=batch.approved_on)
    same = [name for name in names.select_related("place") if name.text == by_name[name.pk].trace["text"]]
    Name.objects.filter(pk__in=[name.pk for name in same]).update(status=Name.Status.RECORDED)
    places = []
    for name in same:
        trace: dict[str, Any] = by_name[name.pk].trace
        place, day = name.place, trace["approved_on"]
        place.approved_by = trace["approved_by"]
        place.approved_on = datetime.date.fromisoformat(day) if day else None
        place.updated_at = timezone.now()
        places.append(place)
    Place.objects.bulk_update(places, ["approved_by", "approved_on", "updated_at"])
    return {by_name[name.pk].pk for name in same}


def _unreview(batch: NameBatch, rows: Sequence[NameBatchRow]) -> set[int]:
    moments = {row.trace["review"]: (row.pk, row.trace["at"]) for row in rows}
    reviews = NameReview.objects.filter(pk__in=moments, outcome=NameReview.Outcome.FINE, by=batch.owner)
    same = [pk for pk, at in reviews.values_list("pk", "at") if at.isoformat() == moments[pk][1]]
    NameReview.objects.filter(pk__in=same).delete()
    return {moments[pk][0] for pk in same}


UNDOERS: Final[dict[str, Undoer]] = {
    NameBatch.Act.CONFIRM.value: _unconfirm,
    NameBatch.Act.ACCEPT.value: _unaccept,
    NameBatch.Act.FINE.value: _unreview,
}
