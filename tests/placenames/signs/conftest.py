"""A town with two villages, a named road and the people who keep its signs."""

from __future__ import annotations

import datetime

import pytest

from geo_registry.accounts.models import Role
from placenames.services.signs import inventory
from placenames.services.signs.planning import Scope, plan
from tests.factories import OfficeFactory, UserFactory
from tests.placenames.checking.conftest import named, town, village

__all__ = ["named", "people", "road", "standing", "town", "village"]

# 0.001 degrees of longitude at 38° north are 87.8 m.
ROAD = ((106.0, 38.0), (106.01, 38.0))


@pytest.fixture
def people(town):
    office, own = OfficeFactory(division=town.parent), OfficeFactory(division=town)
    return {
        "clerk": UserFactory(role=Role.CLERK, office=own),
        "officer": UserFactory(role=Role.NAME_OFFICER, office=office),
        "viewer": UserFactory(role=Role.VIEWER, office=office),
    }


@pytest.fixture
def road(named, village):
    """A road of 878 m without a junction: start, two repeats, end."""
    return named("兴业路", village, *ROAD).place


@pytest.fixture
def standing(road, people):
    """The road's four signs, put up."""
    signs = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])
    day = datetime.date.today()
    for status in ("ordered", "installed"):
        signs = [inventory.move(sign=sign, status=status, by=people["officer"], on_day=day) for sign in signs]
    return signs
