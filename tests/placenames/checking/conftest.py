"""A town with a built-up area, two villages, and roads that have names."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind
from placenames.services.index import refresh_keys
from tests.factories import BuiltUpAreaFactory, RoadFactory, line, square


@pytest.fixture
def town(county, kinds):
    """乙一镇 with its built-up area about (106.0, 38.0)."""
    township = Division.objects.get(name="乙一镇")
    BuiltUpAreaFactory(name="乙一镇建成区", division=township, geometry=square(106.0, 38.0, half_deg=0.02))
    return township


@pytest.fixture
def village(town):
    return Division.objects.get(name="甲东村")


@pytest.fixture
def named():
    """Return a function that enters a road place of a name, with its line."""

    def enter(text, village, *coordinates, kind="road", status=Name.Status.STANDARD):
        road = RoadFactory(name=text, geometry=line(*coordinates), division=village)
        kind_row = PlaceKind.objects.get(code=kind)
        place = Place.objects.create(kind=kind_row, division=village, published=True)
        place.roads.add(road)
        generic = next(
            term for term in sorted(kind_row.generic_terms, key=len, reverse=True) if text.endswith(term)
        )
        name = Name.objects.create(
            place=place, text=text, specific=text.removesuffix(generic), generic=generic, status=status
        )
        refresh_keys(name_ids=[name.pk])
        return name

    return enter


def at(lon, lat):
    return Point(lon, lat, srid=4490)
