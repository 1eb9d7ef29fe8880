"""A planner and a clerk of the little county, with nothing computed but what a test computes."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Role
from tests import little_county
from tests.little_county import LittleCounty

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def county(db) -> LittleCounty:
    return little_county.make()


@pytest.fixture
def planner(client, county: LittleCounty):
    client.force_login(county.people[Role.PLANNER], backend=BACKEND)
    return client


@pytest.fixture
def clerk(client, county: LittleCounty):
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    return client
