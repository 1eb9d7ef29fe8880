"""A small county with two townships, and one person of every role."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from geo_registry.accounts.models import Office, Role, User
from geo_registry.territory.models import Division, Installation, Level


@dataclass
class County:
    county: Division
    east: Division
    west: Division
    east_village: Division
    west_village: Division
    elsewhere: Division
    office: Office
    east_office: Office


@pytest.fixture
def county(db) -> County:
    def division(code: str, name: str, level: Level, parent: Division | None = None) -> Division:
        return Division.objects.create(code=code, name=name, level=level, parent=parent)

    home = division("990101", "甲县", Level.COUNTY)
    east = division("990101101", "东镇", Level.TOWNSHIP, home)
    west = division("990101102", "西镇", Level.TOWNSHIP, home)
    made = County(
        county=home,
        east=east,
        west=west,
        east_village=division("990101101201", "东一村", Level.VILLAGE, east),
        west_village=division("990101102201", "西一村", Level.VILLAGE, west),
        elsewhere=division("990102", "乙县", Level.COUNTY),
        office=Office.objects.create(name="甲县民政局", division=home),
        east_office=Office.objects.create(name="东镇民政办", division=east),
    )
    Installation.objects.create(home_division=home)
    return made


@pytest.fixture
def people(county) -> dict[Role, User]:
    return {
        role: User.objects.create_user(
            role.value, office=county.east_office if role == Role.CLERK else county.office, role=role
        )
        for role in Role
    }
