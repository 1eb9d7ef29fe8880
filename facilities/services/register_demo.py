"""The demo county's register at work: acts, proposals, duplicates, so that each page has something to show.

All of it is openly invented: it says 示范 in each reason, note and name. It is done by the demo accounts through the services that
people use, to facilities of a demo source only, and goes with them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pghistory
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from geo_registry.accounts.demo import PREFIX, USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.territory.models import Division

from ..models import Facility, FacilityStatus, LifeEvent, Proposal, Status, What
from . import deciding, life
from .facts import facts_of
from .founding import next_number
from .life_words import Event
from .likely_duplicates import look_for_duplicates
from .merging import merge_records
from .proposing import propose_event, propose_facts, propose_new

MARK: Final = "（示范）"
NOTE: Final = "示范数据（虚构）"
# About so many metres lie between two records of one place; degrees of latitude.
_A_FEW_METRES: Final = 0.00012
_COMMAND: Final = "make_demo_register"
# The one whose facilities have the most to tell.
_NETWORK: Final = "elderly-care"


@transaction.atomic
def make_demo_register(*, day: datetime.date | None = None) -> int:
    """Make them, if the demo county and its accounts are there and nobody has entered anything yet; return how many.

    Parameters
    ----------
    day
        Today, if not given.
    """
    today = day or timezone.localdate()
    people = {user.username: user for user in User.objects.filter(username__in=USERNAMES.values())}
    if len(people) < len(USERNAMES) or LifeEvent.objects.exists() or Proposal.objects.exists():
        return 0
    clerk, reviewer, planner = (people[USERNAMES[role]] for role in (Role.CLERK, Role.REVIEWER, Role.PLANNER))
    made = 0
    for user, act in _acts(today, clerk, reviewer, planner):
        with pghistory.context(user=user.pk, command=_COMMAND):
            act()
        made += 1
    return made


Acts = Iterator[tuple[User, Callable[[], Any]]]


def _acts(today: datetime.date, clerk: User, reviewer: User, planner: User) -> Acts:
    """Yield who does what, one after the other: what comes later may stand on what came before."""
    town = clerk.scope()
    rows = Facility.objects.open_on(today).filter(
        source__is_demo=True, location__isnull=False, kind__tier__network__code=_NETWORK
    )
    own = iter(rows.within(town).order_by("number")) if town is not None else iter(())
    others = iter(rows.exclude(division__path__startswith=town.path if town else "-").order_by("number"))
    yield from _lives(today, own, others, clerk, planner)
    yield from _proposals(today, own, town, clerk, reviewer)
    yield from _duplicates(today, own, others, planner)


def _lives(
    today: datetime.date, own: Iterator[Facility], others: Iterator[Facility], clerk: User, planner: User
) -> Acts:
    for facility, user in _pairs(own, others, clerk, planner):
        pause = _status(Status.PAUSED, _days(today, -12), "厨房改造")
        again = _status(Status.OPEN, _days(today, 20), "改造预计完工")
        yield user, partial(life.enter, facility=facility, event=pause, user=user)
        yield user, partial(life.enter, facility=facility, event=again, user=user)
    for facility in _some(others, 1):
        handed_on = Event(
            what=What.OPERATOR,
            day=_days(today, 15),
            details={"name": f"福寿服务中心{MARK}", "mode": "public_private", "until": None},
            reason=f"合同到期，重新招标{MARK}",
            document=f"示民发〔{today.year}〕6号{MARK}",
        )
        yield planner, partial(life.enter, facility=facility, event=handed_on, user=planner)
    for facility in _some(others, 1):
        wrong = _status(Status.PAUSED, _days(today, -30), "停电检修")

        def mistake(facility: Facility = facility, wrong: Event = wrong) -> None:
            entered = life.enter(facility=facility, event=wrong, user=planner)
            assert isinstance(entered, LifeEvent)  # noqa: S101 - for the type checker: a planner asks nobody
            life.withdraw(event=entered, user=planner, reason=f"登记错了设施{MARK}")

        yield planner, mistake


def _proposals(
    today: datetime.date, own: Iterator[Facility], town: Division | None, clerk: User, reviewer: User
) -> Acts:
    for facility in _some(own, 1):
        facts = facts_of(facility)
        wanted = {"address": f"{facility.division.name}文化广场东侧{MARK}", "floor_area_m2": 168.0}
        base = {code: facts[code] for code in wanted}
        act: Callable[[], Any] = partial(
            propose_facts, facility=facility, base=base, facts=wanted, author=clerk, note=NOTE
        )
        yield clerk, act
    for facility in _some(own, 1):
        closing = _status(Status.CLOSED, _days(today, 30), "房屋到期收回", f"示民发〔{today.year}〕9号{MARK}")
        yield (
            clerk,
            partial(propose_event, facility=facility, event=closing.as_json(), author=clerk, note=NOTE),
        )
    for facility in _some(own, 1):
        name = f"{facility.name}（改名）"

        def returned(facility: Facility = facility, name: str = name) -> None:
            made = propose_facts(
                facility=facility, base={"name": facility.name}, facts={"name": name}, author=clerk, note=NOTE
            )
            deciding.return_(
                proposal=made, user=reviewer, version=made.version, reasons=f"请附改名的批复{MARK}"
            )

        yield reviewer, returned
    for facility in _some(own, 1):
        if town is None:
            continue
        facts, birth = _new(facility, today)
        act = partial(
            propose_new,
            facts=facts | birth,
            division=facility.division,
            title=facts["name"],
            author=clerk,
            figures_as_of=today,
            note=NOTE,
        )
        yield clerk, act


def _new(like: Facility, today: datetime.date) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a planned facility a little way off one that is there, of the same kind."""
    assert like.location is not None  # noqa: S101 - for the type checker: only located ones are asked for
    facts = facts_of(Facility(kind=like.kind, division=like.division)) | {
        "name": f"{like.division.name}邻里助老点{MARK}",
        "social_credit_code_absent": NOTE,
        "location": [round(like.location.x + 0.004, 6), round(like.location.y + 0.001, 6)],
        "location_method": "picked",
        "opening_hours": "Mo-Fr 11:00-13:00; PH off",
        "note": NOTE,
    }
    facts.pop("published")
    facts.pop("secret")
    birth = {
        "number": "",
        "kind": like.kind_id,
        "functions": [],
        "status": Status.PLANNED.value,
        "status_from": today.isoformat(),
        "operator_name": "",
        "operator_mode": "",
        "operator_from": None,
        "operator_to": None,
    }
    return facts, birth


def _duplicates(
    today: datetime.date, own: Iterator[Facility], others: Iterator[Facility], planner: User
) -> Acts:
    for facility in (*_some(own, 1), *_some(others, 1)):
        yield planner, partial(_twin, facility, today)
    for facility in _some(others, 1):

        def merged(facility: Facility = facility) -> None:
            twin = _twin(facility, today)
            merge_records(
                kept=facility, dropped=twin, sides={}, user=planner, reason=f"同一处，重复登记{MARK}"
            )

        yield planner, merged
    yield planner, look_for_duplicates


def _twin(facility: Facility, today: datetime.date) -> Facility:
    """Enter a facility for the second time, as another list would have it: under another number, a few steps away."""
    assert facility.location is not None  # noqa: S101 - for the type checker: only located ones are asked for
    twin = Facility.objects.create(
        number=next_number(),
        name=f"{facility.name}（另表）",
        kind=facility.kind,
        division=facility.division,
        location=Point(facility.location.x, facility.location.y + _A_FEW_METRES, srid=facility.location.srid),
        location_method=facility.location_method,
        social_credit_code_absent=NOTE,
        note=NOTE,
        source=facility.source,
    )
    # Planned: what is entered twice shall not be counted twice, not even in a demo.
    FacilityStatus.objects.create(
        facility=twin, status=Status.PLANNED, valid_from=today, reason=NOTE, source=facility.source
    )
    return twin


def _status(status: Status, day: datetime.date, reason: str, document: str = "") -> Event:
    return Event(
        what=What.STATUS,
        day=day,
        details={"status": status.value, "merged_into": None},
        reason=f"{reason}{MARK}",
        document=document,
    )


def _days(today: datetime.date, n: int) -> datetime.date:
    return today + datetime.timedelta(days=n)


def _some(rows: Iterator[Facility], most: int) -> list[Facility]:
    return [facility for _n, facility in zip(range(most), rows, strict=False)]


def _pairs(
    own: Iterator[Facility], others: Iterator[Facility], clerk: User, planner: User
) -> list[tuple[Facility, User]]:
    return [(facility, clerk) for facility in _some(own, 1)] + [
        (facility, planner) for facility in _some(others, 1)
    ]


def proposals_of_the_demo() -> QuerySet[Proposal]:
    """Return the new facilities that demo accounts have proposed and that are none yet: with the accounts they go."""
    return Proposal.objects.filter(facility__isnull=True, author__username__startswith=PREFIX)
