"""What events do to the dated tables: planned facility by facility without writing, then written of all of them together.

Whether a deed is one or two thousand, it takes the same few statements; the database's own triggers write down each row's history.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model
from django.utils import timezone

from geo_registry.accounts.models import User

from ..models import (
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    LifeEvent,
    What,
)
from .life_rows import Lives, holding
from .life_words import Event

# So many rows go in one statement.
TOGETHER: Final = 500
_ENDING: Final[tuple[tuple[type[FacilityOperator | FacilityFunction], str], ...]] = (
    (FacilityOperator, "operators_ended"),
    (FacilityFunction, "functions_ended"),
)


@dataclass
class Deed:
    """What an event does to the dated tables of one facility. Nothing of it is written yet."""

    facility: Facility
    event: Event
    lives: Lives
    begun: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """New rows by what they are: ``status``, ``operator``, ``functions``, ``former_kind``, ``kind``."""
    ended: dict[str, list[Any]] = field(default_factory=dict)
    """Rows that end on the event's day, with the end that they had: ``operators_ended``, ``functions_ended``."""

    def undo(self) -> dict[str, Any]:
        """Return what withdrawing it needs, once its rows are written."""
        found: dict[str, Any] = {
            name: rows[0].pk for name, rows in self.begun.items() if name in {"status", "operator", "kind"}
        }
        if self.event.what in {What.KIND, What.FUNCTIONS}:
            found["functions"] = [row.pk for row in self.begun.get("functions", ())]
        for name, rows in self.ended.items():
            found[name] = [[row.pk, was.isoformat() if was else None] for row, was in rows]
        return found


def plan(facility: Facility, event: Event, lives: Lives) -> Deed:
    """Return what an event that was checked would do.

    Raises
    ------
    ValidationError
        If a value does not fit into its column.
    """
    deed = Deed(facility, event, lives)
    _PLANS[event.what](deed)
    for rows in deed.begun.values():
        for row in rows:
            # Whether what it names is there, and whether its days are free, the checks have seen.
            row.clean_fields(exclude={column.name for column in row._meta.fields if column.is_relation})
    return deed


def write(
    deeds: Sequence[Deed], *, user: User, corrects: LifeEvent | None = None, approved: bool = False
) -> list[LifeEvent]:
    """Write what events do, and the events. The facilities are locked, in the caller's transaction."""
    for model, name in (
        (FacilityStatus, "status"),
        (FacilityOperator, "operator"),
        (FacilityKind, "former_kind"),
        (FacilityKind, "kind"),
        (FacilityFunction, "functions"),
    ):
        _create(model, [row for deed in deeds for row in deed.begun.get(name, ())])
    for model, name in _ENDING:
        by_day: dict[datetime.date, list[int]] = defaultdict(list)
        for deed in deeds:
            by_day[deed.event.day] += [row.pk for row, _was in deed.ended.get(name, ())]
        for day, pks in by_day.items():
            if pks:
                model._default_manager.filter(pk__in=pks).update(valid_to=day)
    changed = [deed for deed in deeds if deed.event.what is What.KIND]
    _settle({deed.facility: _kind_after(deed) for deed in changed})
    return _create(
        LifeEvent,
        [
            LifeEvent(
                facility=deed.facility,
                what=deed.event.what,
                day=deed.event.day,
                details=dict(deed.event.details),
                reason=deed.event.reason.strip(),
                document=deed.event.document.strip(),
                undo=deed.undo() | ({"approved": True} if approved else {}),
                recorded_by=user,
                corrects=corrects,
            )
            for deed in deeds
        ],
    )


def take_back(events: Sequence[LifeEvent], *, user: User, reason: str, lives: Lives) -> None:
    """Take out of the dated tables what events wrote, and mark the events as withdrawn. The caller has asked whether it may."""
    facilities = {event.facility_id for event in events}
    for model, name in (
        (FacilityStatus, "status"),
        (FacilityOperator, "operator"),
        (FacilityKind, "kind"),
        (FacilityFunction, "functions"),
    ):
        if pks := [pk for event in events for pk in written(event, name)]:
            model._default_manager.filter(facility__in=facilities, pk__in=pks).delete()
    for model, name in _ENDING:
        ends: dict[tuple[datetime.date, str | None], list[int]] = defaultdict(list)
        for event in events:
            for pk, was in event.undo.get(name, ()):
                ends[event.day, was].append(pk)
        for (day, was), pks in ends.items():
            # Unless somebody has given it another end meanwhile.
            rows = model._default_manager.filter(facility__in=facilities, pk__in=pks, valid_to=day)
            rows.update(valid_to=datetime.date.fromisoformat(was) if was else None)
    today = timezone.localdate()
    _settle(
        {
            event.facility: lives.kind_on(event.facility, today, without=written(event, "kind"))
            for event in events
            if event.what == What.KIND
        }
    )
    now = timezone.now()
    for event in events:
        event.withdrawn_by, event.withdrawn_at, event.withdrawn_reason = user, now, reason
    LifeEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        withdrawn_by=user, withdrawn_at=now, withdrawn_reason=reason
    )


def written(event: LifeEvent, name: str) -> list[int]:
    """Return the keys of the rows of one sort that an event wrote."""
    found = event.undo.get(name) or []
    return found if isinstance(found, list) else [found]


def _create(model: type[Model], rows: list[Any]) -> list[Any]:
    return model._default_manager.bulk_create(rows, batch_size=TOGETHER) if rows else []


def _settle(kinds: dict[Facility, int]) -> None:
    """Give facilities the kind that they have today."""
    by_kind: dict[int, list[Facility]] = defaultdict(list)
    for facility, kind in kinds.items():
        if kind != facility.kind_id:
            by_kind[kind].append(facility)
    now = timezone.now()
    for kind, facilities in by_kind.items():
        rows = Facility.objects.filter(pk__in=[facility.pk for facility in facilities])
        rows.update(kind=kind, updated_at=now)
        for facility in facilities:
            facility.kind_id, facility.updated_at = kind, now


def _kind_after(deed: Deed) -> int:
    """Return the kind of today once a deed's rows are there."""
    today = timezone.localdate()
    (made,) = deed.begun["kind"]
    if made.valid_from > today:
        return deed.lives.kind_on(deed.facility, today)
    later = [row for row in deed.lives.kinds[deed.facility.pk] if _lies_in(row, made.valid_from, today)]
    return later[0].kind_id if later else made.kind_id


def _lies_in(row: FacilityKind, after: datetime.date, until: datetime.date) -> bool:
    return row.valid_from is not None and after < row.valid_from <= until


# -- planning -----------------------------------------------------------------------------------------


def _plan_status(deed: Deed) -> None:
    event = deed.event
    deed.begun["status"].append(
        FacilityStatus(
            facility=deed.facility,
            status=event.details["status"],
            valid_from=event.day,
            reason=event.reason.strip(),
            document=event.document.strip(),
            merged_into_id=event.details.get("merged_into"),
        )
    )


def _plan_operator(deed: Deed) -> None:
    event, day = deed.event, deed.event.day
    rows = deed.lives.operators[deed.facility.pk]
    deed.ended["operators_ended"] = [
        (row, row.valid_to) for row in holding(rows, day) if row.valid_from is None or row.valid_from < day
    ]
    following = min((row.valid_from for row in rows if row.valid_from and row.valid_from > day), default=None)
    until = event.details.get("until")
    deed.begun["operator"].append(
        FacilityOperator(
            facility=deed.facility,
            name=event.details["name"],
            mode=event.details.get("mode") or "",
            valid_from=day,
            valid_to=datetime.date.fromisoformat(until) if until else following,
        )
    )


def _plan_functions(deed: Deed) -> None:
    tier = deed.lives.tier_on(deed.facility, deed.event.day)
    _declare(deed, ending={tier}, tier_id=tier)


def _declare(deed: Deed, *, ending: Iterable[int], tier_id: int) -> None:
    """End the functions at some tiers that are no longer wanted, and begin those that are."""
    wanted, day = set(deed.event.details["functions"]), deed.event.day
    held, ended = set(), []
    for row in holding(deed.lives.functions[deed.facility.pk], day):
        if row.tier_id not in ending:
            continue
        if row.tier_id == tier_id and row.function_id in wanted:
            held.add(row.function_id)
            continue
        ended.append((row, row.valid_to))
    deed.ended["functions_ended"] = ended
    deed.begun["functions"] = [
        FacilityFunction(facility=deed.facility, function_id=function_id, tier_id=tier_id, valid_from=day)
        for function_id in sorted(wanted - held)
    ]


def _plan_kind(deed: Deed) -> None:
    facility, day, lives = deed.facility, deed.event.day, deed.lives
    new = lives.every_kind[deed.event.details["kind"]]
    if not lives.kinds[facility.pk]:
        # What it was before is said once, so that every day has its kind.
        deed.begun["former_kind"].append(
            FacilityKind(facility=facility, kind_id=facility.kind_id, valid_from=None)
        )
    deed.begun["kind"].append(FacilityKind(facility=facility, kind=new, valid_from=day))
    _declare(deed, ending={lives.tier_on(facility, day), new.tier_id}, tier_id=new.tier_id)


_PLANS: Final[dict[What, Callable[[Deed], None]]] = {
    What.STATUS: _plan_status,
    What.OPERATOR: _plan_operator,
    What.KIND: _plan_kind,
    What.FUNCTIONS: _plan_functions,
}
