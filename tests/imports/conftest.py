"""A small county to import into."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from geo_registry.accounts.models import Role
from geo_registry.geodata.looking import look
from geo_registry.geodata.readers import list_layers, open_source
from geo_registry.imports.services import importing, inspecting
from geo_registry.territory.models import Installation
from tests.factories import (
    CountyFactory,
    DivisionFactory,
    OfficeFactory,
    ReferenceValueFactory,
    SourceFactory,
    TownshipFactory,
    UserFactory,
    point,
    square,
)


@pytest.fixture
def in_this_process(settings, tmp_path, monkeypatch):
    """The reading process has tests of its own."""
    settings.IMPORT_DIR = tmp_path / "imports"
    monkeypatch.setattr(inspecting, "look_isolated", look)
    monkeypatch.setattr(inspecting, "list_layers_isolated", list_layers)
    monkeypatch.setattr(importing, "open_isolated", open_source)


@pytest.fixture
def limits(db):
    """What the matching of rows goes by."""
    for key, value in (
        ("import-name-likeness-percent", 72),
        ("import-near-name-likeness-percent", 40),
        ("import-near-m", 200),
    ):
        ReferenceValueFactory(key=key, value=value)


@pytest.fixture
def planner(county):
    return UserFactory(role=Role.PLANNER, office=OfficeFactory(division=county.home))


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
