"""A small county to import into."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from geo_registry.territory.models import Installation
from tests.factories import CountyFactory, DivisionFactory, SourceFactory, TownshipFactory, point, square


@pytest.fixture
def county(db):
    """A home with one township and two villages side by side, all with boundaries."""
    home = CountyFactory(
        code="990001", name="试验县", boundary=square(106.0, 38.0, half_deg=0.2), point=point()
    )
    town = TownshipFactory(
        code="990001100", name="甲镇", parent=home, boundary=square(106.0, 38.0, half_deg=0.1), point=point()
    )
    west = DivisionFactory(
        code="990001100200",
        name="西村",
        parent=town,
        boundary=square(105.95, 38.0),
        point=point(105.95, 38.0),
    )
    east = DivisionFactory(
        code="990001100201",
        name="东村",
        parent=town,
        boundary=square(106.05, 38.0),
        point=point(106.05, 38.0),
    )
    Installation.objects.create(home_division=home)
    return SimpleNamespace(home=home, town=town, west=west, east=east)


@pytest.fixture
def source(db):
    return SourceFactory(code="office", title="民政局台账")
