"""Kinds of place as the reference files have them, and a small county."""

from __future__ import annotations

import pytest

from geo_registry.territory.models import Level
from placenames.models import PlaceKind
from tests.factories import CountyFactory, DivisionFactory, InstallationFactory, TownshipFactory
from tests.reference_rows import load_shipped_reference


@pytest.fixture
def kinds(db):
    """All kinds of place, and the reference values."""
    load_shipped_reference()
    return {kind.code: kind for kind in PlaceKind.objects.all()}


@pytest.fixture
def county(db):
    """A home county with two townships of two villages each."""
    county = CountyFactory(code="990000")
    InstallationFactory(home_division=county)
    for i in (1, 2):
        township = TownshipFactory(code=f"990000{i:03d}", parent=county, name=f"乙{'一二'[i - 1]}镇")
        for j in (1, 2):
            DivisionFactory(
                code=f"{township.code}{200 + j}",
                parent=township,
                name=f"{'甲丙'[i - 1]}{'东西'[j - 1]}村",
                level=Level.VILLAGE,
            )
    return county
