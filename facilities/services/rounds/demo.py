"""Some months of rounds for the demo county: openly invented answers with believable gaps.

Townships differ in diligence, a few facilities are never confirmed, and in the present round some answers wait for the county
and one was returned. Only facilities of a demo source are touched; what is written of them goes with them.
"""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field
from typing import Any, Final

import pghistory
from django.db import transaction
from django.utils import timezone

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.territory.models import Division

from ...models import CapacityReading, Confirmation, Facility, Method, Round, Verification
from .demo_access import make_up_access
from .exceptions import Thresholds, unusual
from .facts import is_figure, known, questions, values_of
from .opening import open_rounds, period_start
from .progress import Townships
from .settings import months_before, round_settings, thresholds

ROUNDS: Final = 4
REMARK: Final = "示范数据（虚构）"
RETURNED: Final = "请再问一下：日均就餐是不是填成了全月合计？（示范）"
_SEED: Final = 2024
State = Confirmation.State


@dataclass
class _Made:
    """What was made of one facility so far."""

    facility: Facility
    town: Division | None
    values: dict[str, Any]
    verified: dict[str, Verification] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Setting:
    today: datetime.date
    limits: Thresholds
    clerk: User | None
    reviewer: User | None


@transaction.atomic
def make_demo_rounds(*, day: datetime.date | None = None) -> int:
    """Make past rounds and the present one, if the registry has none and holds demo facilities.

    Returns
    -------
    int
        How many answers were made up.
    """
    today = day or timezone.localdate()
    facilities = Facility.objects.at_home().open_on(today).filter(source__is_demo=True)
    rows = list(facilities.select_related("kind", "division", "source").order_by("number"))
    if not rows:
        return 0
    with pghistory.context(command="make_demo_rounds"):
        make_up_access(rows)
    if Round.objects.exists():
        return 0
    townships = Townships.read()
    made = [
        _Made(
            facility=row,
            town=townships.of(row.division.path),
            values=values_of(known(row, questions(row, day=today))),
        )
        for row in rows
    ]
    people = {user.username: user for user in User.objects.filter(username__in=USERNAMES.values())}
    setting = _Setting(
        today=today,
        limits=thresholds(today),
        clerk=people.get(USERNAMES[Role.CLERK]),
        reviewer=people.get(USERNAMES[Role.REVIEWER]),
    )
    interval = round_settings(today).interval_months
    count = 0
    with pghistory.context(command="make_demo_rounds"):
        for back in range(ROUNDS, -1, -1):
            opens_on = period_start(months_before(today.replace(day=1), back * interval), interval)
            due_on = opens_on + datetime.timedelta(days=round_settings(today).due_days)
            row = Round.objects.create(opens_on=opens_on, due_on=due_on)
            count += _answers(row, made, setting, present=back == 0)
        Verification.objects.bulk_create([one for each in made for one in each.verified.values()])
    open_rounds(day=today)
    return count


def _answers(row: Round, made: list[_Made], setting: _Setting, *, present: bool) -> int:
    confirmations, readings = [], []
    waiting_for_county = 0
    returned = False
    for each in made:
        chance = random.Random(f"{_SEED} {row.opens_on} {each.facility.number}")  # noqa: S311 - invented data
        confirmation = Confirmation(round=row, facility=each.facility)
        confirmations.append(confirmation)
        if chance.random() > _diligence(each, present=present):
            continue
        before = dict(each.values)
        startling = present and waiting_for_county < 3 and chance.random() < 0.12
        answers = {code: _next(code, value, chance, startling=startling) for code, value in before.items()}
        answers = {code: value for code, value in answers.items() if value is not None}
        found = unusual(before, answers, thresholds=setting.limits)
        if found and not present:
            answers, found = {code: value for code, value in before.items() if value is not None}, {}
        last = min(setting.today, row.due_on + datetime.timedelta(days=3))
        as_of = row.opens_on + datetime.timedelta(days=chance.randint(0, max(0, (last - row.opens_on).days)))
        own = setting.clerk is not None and setting.clerk.scope() == each.town
        _fill(confirmation, before, answers, as_of, chance)
        confirmation.confirmed_by = setting.clerk if own else None
        confirmation.state = State.APPROVING if found else State.DONE
        confirmation.unusual = {code: str(reason) for code, reason in found.items()}
        waiting_for_county += bool(found)
        if present and own and not found and not returned and "meals_served" in answers:
            confirmation.state, confirmation.reason = State.RETURNED, RETURNED
            confirmation.unusual = {"meals_served": "count_changed"}
            confirmation.decided_by, confirmation.decided_at = setting.reviewer, timezone.now()
            returned = True
        readings += _apply(each, confirmation)
    Confirmation.objects.bulk_create(confirmations)
    CapacityReading.objects.bulk_create(readings, ignore_conflicts=True)
    return sum(confirmation.as_of is not None for confirmation in confirmations)


def _diligence(each: _Made, *, present: bool) -> float:
    """How likely it is that a facility is confirmed: by township; a few facilities never are."""
    if random.Random(f"{_SEED} {each.facility.number}").random() < 0.06:  # noqa: S311 - invented data
        return 0
    town = each.town.code if each.town is not None else ""
    share = random.Random(f"{_SEED} {town}").uniform(0.7, 1.0)  # noqa: S311 - invented data
    return share * (0.6 if present else 1)


def _next(code: str, value: Any, chance: random.Random, *, startling: bool) -> Any:
    if not is_figure(code) or not value:
        return value
    total, vacant = value
    if vacant is not None:
        step = total // 2 if startling else chance.choice((-2, -1, 0, 0, 1, 2))
        return [total, min(total, max(0, vacant + step))]
    if code in ("meals_served", "residents"):
        step = total if startling and code == "meals_served" else round(total * chance.uniform(-0.08, 0.08))
        return [max(0, total + step), None]
    return [total, vacant]


def _fill(
    row: Confirmation,
    before: dict[str, Any],
    answers: dict[str, Any],
    as_of: datetime.date,
    chance: random.Random,
) -> None:
    row.before, row.answers, row.as_of = before, answers, as_of
    row.method = chance.choice((Method.TELEPHONE, Method.TELEPHONE, Method.ON_SITE, Method.REPORTED))
    row.remark, row.version = REMARK, 1
    noon = datetime.datetime.combine(as_of, datetime.time(chance.randint(9, 16), chance.randint(0, 59)))
    row.confirmed_at = timezone.make_aware(noon)


def _apply(each: _Made, row: Confirmation) -> list[CapacityReading]:
    readings = []
    assert row.as_of is not None  # noqa: S101 - for the type checker: only answers are applied
    for code, value in row.answers.items():
        if code in row.unusual:
            continue
        each.values[code] = value
        each.verified[code] = Verification(
            facility=each.facility,
            code=code,
            value=value,
            as_of=row.as_of,
            method=row.method,
            confirmation=row,
        )
        if is_figure(code):
            readings.append(
                CapacityReading(
                    facility=each.facility,
                    measure=code,
                    as_of=row.as_of,
                    total=value[0],
                    vacant=value[1],
                    source=each.facility.source,
                )
            )
    return readings
