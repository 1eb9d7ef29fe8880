"""Two townships of one county, each with a clerk; a planner and a reviewer of the county; what the setting says."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Role
from geo_registry.attachments import services as files
from tests.attachments.files import photo
from tests.factories import (
    CheckItemFactory,
    CheckListFactory,
    CountyFactory,
    DivisionFactory,
    FacilityFactory,
    InspectionFactory,
    InstallationFactory,
    KindFactory,
    OfficeFactory,
    ReferenceValueFactory,
    TownshipFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture(autouse=True)
def values(db):
    for key, value in {
        "inspection-interval-months": 3,
        "finding-days-minor": 30,
        "finding-days-serious": 15,
        "finding-days-major": 3,
    }.items():
        ReferenceValueFactory(key=key, value=value)


@pytest.fixture
def county(db):
    home = CountyFactory()
    InstallationFactory(home_division=home)
    return home


@pytest.fixture
def here(county):
    return TownshipFactory(parent=county, name="甲镇")


@pytest.fixture
def there(county):
    return TownshipFactory(parent=county, name="乙镇")


@pytest.fixture
def clerk(here):
    return UserFactory(username="clerk", role=Role.CLERK, office=OfficeFactory(division=here))


@pytest.fixture
def other_clerk(here):
    return UserFactory(username="clerk-2", role=Role.CLERK, office=OfficeFactory(division=here))


@pytest.fixture
def clerk_there(there):
    return UserFactory(username="clerk-there", role=Role.CLERK, office=OfficeFactory(division=there))


@pytest.fixture
def planner(county):
    return UserFactory(username="planner", role=Role.PLANNER, office=OfficeFactory(division=county))


@pytest.fixture
def reviewer(county):
    return UserFactory(username="reviewer", role=Role.REVIEWER, office=OfficeFactory(division=county))


@pytest.fixture
def viewer(county):
    return UserFactory(username="viewer", role=Role.VIEWER, office=OfficeFactory(division=county))


@pytest.fixture
def facility(here):
    return FacilityFactory(division=DivisionFactory(parent=here), kind=KindFactory())


@pytest.fixture
def check_list(db):
    made = CheckListFactory()
    CheckItemFactory(check_list=made, position=1, hazard="fire", severity="major", photo_required=True)
    CheckItemFactory(check_list=made, position=2, hazard="food", severity="minor", measured_in="°C")
    return made


@pytest.fixture
def inspection(facility, check_list):
    return InspectionFactory(facility=facility, check_list=check_list)


@pytest.fixture
def shot(db):
    """A photo that a person has sent ahead."""

    def _shot(person, colour=(9, 9, 9)):
        return files.send_ahead(file=files.as_file(photo(colour=colour), "现场.jpg"), by=person)

    return _shot


@pytest.fixture
def sign_in(client):
    def _sign_in(person):
        client.force_login(person, backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return _sign_in
