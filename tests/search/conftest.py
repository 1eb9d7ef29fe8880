"""A small county, two kinds of place, and a person of each role at its office."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Office, Role, User
from placenames.models import PlaceKind
from tests.placenames.conftest import county

__all__ = ["county", "people"]


@pytest.fixture(autouse=True)
def kinds(db):
    """Hamlets and roads; the reference files would bring twenty more."""
    PlaceKind.objects.create(code="hamlet", name_zh="自然村")
    PlaceKind.objects.create(code="road", name_zh="街路巷", ground=PlaceKind.Ground.ROAD)


@pytest.fixture
def people(county) -> dict[Role, User]:
    office = Office.objects.create(name="甲县民政局", division=county)
    return {role: User.objects.create_user(role.value, office=office, role=role) for role in Role}
