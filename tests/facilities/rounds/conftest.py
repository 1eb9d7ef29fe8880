"""A county with two townships, a clerk in each, a reviewer, and the settings of rounds."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from facilities.models import Confirmation, Facility, Function, Kind, Measure, Round, RoundQuestion
from facilities.services.rounds import facts
from facilities.services.rounds.confirming import Answer
from geo_registry.accounts.models import Office, Role, User
from geo_registry.territory.models import Division
from tests import factories

DAY = datetime.date(2026, 11, 20)
OPENS_ON = datetime.date(2026, 11, 1)
SETTINGS = {
    "confirmation-interval-months": 1,
    "confirmation-due-days": 14,
    "confirmation-reminder-days": 3,
    "confirmation-hold-minutes": 10,
    "confirmation-stale-months": 3,
    "confirmation-vacancy-jump-percent": 40,
    "confirmation-vacancy-jump-least": 5,
    "confirmation-capacity-change-percent": 10,
    "confirmation-capacity-change-least": 3,
    "confirmation-count-change-percent": 50,
    "confirmation-count-change-least": 10,
    "confirmation-phone-approval": 1,
    "confirmation-emptied-approval": 1,
}


@pytest.fixture
def agreed(db) -> None:
    """What the office has agreed on, and what a round asks."""
    for key, value in SETTINGS.items():
        factories.ReferenceValueFactory(key=key, value=value)
    for position, (code, functions) in enumerate(
        [
            ("opening_hours", []),
            ("public_phone", []),
            ("beds", ["residential-care"]),
            ("meals_served", ["meals"]),
            ("staff", []),
            ("private_phone", []),
        ]
    ):
        RoundQuestion.objects.create(code=code, functions=functions, position=position)


@dataclass
class Town:
    home: Division
    east: Division
    west: Division
    clerk: User
    west_clerk: User
    reviewer: User
    planner: User
    kind: Kind
    meals: Function

    def facility(self, number: str = "A1", division: Division | None = None, **fields: Any) -> Facility:
        """A facility of a home with 30 beds, 9 of them vacant at the end of 2024."""
        facility = factories.FacilityFactory(
            number=number,
            name=f"{number}养老院",
            kind=self.kind,
            division=division or self.east,
            opening_hours="Mo-Fr 08:30-17:30; PH off",
            public_phone="0951-0000001",
            **fields,
        )
        factories.CapacityReadingFactory(
            facility=facility, measure=Measure.BEDS, total=30, vacant=9, as_of=datetime.date(2024, 12, 31)
        )
        return facility


@pytest.fixture
def town(agreed) -> Town:
    home = factories.InstallationFactory().home_division
    east, west = (factories.TownshipFactory(parent=home, name=name) for name in ("东镇", "西镇"))
    county = Office.objects.create(name="县民政局", division=home)

    def person(name: str, role: Role, office: Office) -> User:
        return factories.UserFactory(username=name, role=role, office=office)

    care = factories.FunctionFactory(code="residential-care")
    return Town(
        home=home,
        east=east,
        west=west,
        clerk=person("赵", Role.CLERK, Office.objects.create(name="东镇民政办", division=east)),
        west_clerk=person("钱", Role.CLERK, Office.objects.create(name="西镇民政办", division=west)),
        reviewer=person("孙", Role.REVIEWER, county),
        planner=person("李", Role.PLANNER, county),
        kind=factories.KindFactory(code="home", functions=[care]),
        meals=factories.FunctionFactory(code="meals"),
    )


@pytest.fixture
def november(db) -> Round:
    return Round.objects.create(opens_on=OPENS_ON, due_on=OPENS_ON + datetime.timedelta(days=14))


@pytest.fixture
def confirmation(town, november) -> Confirmation:
    return Confirmation.objects.create(round=november, facility=town.facility())


def answer(confirmation: Confirmation, **fields: Any) -> Answer:
    """What a form brings back unchanged, but for the values given."""
    confirmation.refresh_from_db()
    known = facts.values_of(
        facts.known(confirmation.facility, facts.questions(confirmation.facility, day=DAY))
    )
    values = {code: value for code, value in known.items() if value is not None}
    return Answer(
        token=fields.pop("token", None) or uuid.uuid4(),
        version=fields.pop("version", confirmation.version),
        seen=fields.pop("seen", facts.digest(known)),
        as_of=fields.pop("as_of", DAY),
        method=fields.pop("method", "telephone"),
        remark=fields.pop("remark", ""),
        values={**values, **fields},
    )
