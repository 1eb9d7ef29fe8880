"""A county with two townships, the rules of the register, and people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from facilities.models import Facility, Function, Kind
from facilities.services.reference import load_fact, load_status_rule
from geo_registry.accounts.models import Office, Role, User
from geo_registry.reference.loading import FOLDER, Loading
from geo_registry.reference.sections import load_value
from geo_registry.territory.models import Division
from tests import factories


@dataclass
class Register:
    home: Division
    east: Division
    west: Division
    east_village: Division
    west_village: Division
    functions: dict[str, Function]
    canteen: Kind
    home_for_aged: Kind
    facility: Facility
    clerk: User
    other_clerk: User
    planner: User
    reviewer: User
    administrator: User
    viewer: User


def load_rules() -> None:
    """The rows that every installation is set up with."""
    rows = tomllib.loads((FOLDER / Path("facility_rules.toml")).read_text())
    run = Loading()
    for section, load in (("value", load_value), ("fact", load_fact), ("status_rule", load_status_rule)):
        for entry in rows[section]:
            load(run, entry)


@pytest.fixture
def register(db) -> Register:
    return make_register()


def make_register() -> Register:
    home = factories.CountyFactory(code="990101", name="甲县", boundary=factories.square(half_deg=0.2))
    factories.InstallationFactory(home_division=home)
    towns = [
        factories.TownshipFactory(
            code=f"99010110{n}", name=name, parent=home, boundary=factories.square(lon, 38.0, half_deg=0.05),
            point=factories.point(lon, 38.0),
        )
        for n, (name, lon) in enumerate((("东镇", 106.05), ("西镇", 105.95)))
    ]  # fmt: skip
    villages = [
        factories.DivisionFactory(
            code=f"{town.code}201", name=f"{town.name[0]}一村", parent=town, point=town.point
        )
        for town in towns
    ]
    functions = {
        code: factories.FunctionFactory(code=code, name_zh=name)
        for code, name in {
            "meals": "老年助餐", "residential-care": "机构养老", "nursing": "护理照料", "day-care": "日间照料",
            "home-care": "上门服务", "mutual-help": "邻里互助", "child-protection": "未成年人保护",
            "rehabilitation": "康复训练",
        }.items()
    }  # fmt: skip
    load_rules()
    tier = factories.TierFactory(network=factories.NetworkFactory(code="elderly-care"))
    canteen = factories.KindFactory(
        code="canteen", tier=tier, functions=[functions["meals"]], name_zh="老饭桌"
    )
    aged = factories.KindFactory(
        code="aged",
        tier=tier,
        functions=[functions["residential-care"], functions["nursing"]],
        name_zh="敬老院",
    )
    facility = factories.FacilityFactory(
        number="T-1", name="东一村老饭桌", kind=canteen, division=villages[0], location=factories.point(106.05, 38.0),
        location_method="surveyed", social_credit_code_absent="村级点",
    )  # fmt: skip
    county_office = Office.objects.create(name="甲县民政局", division=home)
    offices = [Office.objects.create(name=f"{town.name}民政办", division=town) for town in towns]

    def person(name: str, role: Role, office: Office) -> User:
        return factories.UserFactory(username=name, role=role, office=office)

    return Register(
        home=home, east=towns[0], west=towns[1], east_village=villages[0], west_village=villages[1], functions=functions,
        canteen=canteen, home_for_aged=aged, facility=facility,
        clerk=person("clerk", Role.CLERK, offices[0]), other_clerk=person("other", Role.CLERK, offices[1]),
        planner=person("planner", Role.PLANNER, county_office), reviewer=person("reviewer", Role.REVIEWER, county_office),
        administrator=person("admin", Role.ADMINISTRATOR, county_office),
        viewer=person("viewer", Role.VIEWER, county_office),
    )  # fmt: skip
