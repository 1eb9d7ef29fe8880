"""A small county with a catalogue of kinds."""

from __future__ import annotations

import pytest

from geo_registry.territory.models import Level
from tests.factories import FunctionFactory, KindFactory, NetworkFactory, SourceFactory, TierFactory
from tests.imports.conftest import county  # noqa: F401


@pytest.fixture
def catalogue(db):
    network = NetworkFactory(code="elderly-care")
    village = TierFactory(network=network, level=Level.VILLAGE)
    home_tier = TierFactory(network=network, level=Level.COUNTY, name_zh="县级")
    meals = FunctionFactory(code="meals", name_zh="老年助餐")
    day_care = FunctionFactory(code="day-care", name_zh="日间照料")
    lodging = FunctionFactory(code="residential-care", name_zh="机构养老")
    KindFactory(code="canteen", name_zh="老饭桌", synonyms=["老年饭桌"], tier=village, functions=[meals])
    KindFactory(code="nursing-home", name_zh="老年养护院", tier=home_tier, functions=[lodging])
    return {
        "meals": meals,
        "day-care": day_care,
        "residential-care": lodging,
        "village": village,
        "county": home_tier,
    }


@pytest.fixture
def source(db):
    return SourceFactory(code="office", title="民政局台账")
