"""Places are looked up by few indexes, which hold only what is looked up."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Polygon
from django.db import IntegrityError, connection, transaction

from placenames.models import Place
from tests.factories import PlaceFactory

pytestmark = pytest.mark.django_db

GEOMETRIES = "placenames_place_geometry"


@pytest.mark.parametrize("lookup", ["bboverlaps", "intersects", "coveredby", "within"])
def test_what_lies_somewhere_is_found_by_the_index_of_the_places_that_have_a_geometry(lookup):
    box = Polygon.from_bbox((106.0, 38.0, 106.1, 38.1))
    box.srid = 4490
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [GEOMETRIES])
        assert "WHERE (geometry IS NOT NULL)" in cursor.fetchone()[0]
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert GEOMETRIES in Place.objects.filter(**{f"geometry__{lookup}": box}).explain()


def test_a_permanent_address_is_one_places_alone():
    place = PlaceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceFactory(short_id=place.short_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s",
                       [Place._meta.db_table, "%short_id%"])  # fmt: skip
        assert cursor.fetchone() == (1,)
