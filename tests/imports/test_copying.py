"""New rows by COPY are the rows that INSERT would make."""

import datetime as dt
import uuid

import pghistory
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from facilities.models import Facility
from geo_registry.imports.models import Batch, BatchRow
from geo_registry.imports.services.copying import WORTHWHILE_ROWS, create
from geo_registry.territory.models import PopulatedPlace, Road
from tests.factories import DivisionFactory, KindFactory, SourceFactory, line, point, square

pytestmark = pytest.mark.django_db

NASTY = ["\\N", "a\tb", "a\nb\r\n", "\\.", "“兴业路”\\t", "'; DROP TABLE", "", "𠀀𪚥", "\\\\", "\x7f"]


def stored(model, exclude=("created_at", "updated_at")):
    fields = [f.attname for f in model._meta.concrete_fields if f.attname not in {"id", *exclude}]
    return sorted(model.objects.values_list(*fields), key=repr)


@pytest.mark.parametrize("number", [WORTHWHILE_ROWS - 1, WORTHWHILE_ROWS + 10])
def test_every_kind_of_value_survives(number):
    division, source = DivisionFactory(), SourceFactory()

    def places():
        return [
            PopulatedPlace(
                code=f"C{n}", name=NASTY[n % len(NASTY)], division=division if n % 2 else None, source=source,
                point=point(106 + n * 1.1e-7, 38), area=square() if n % 3 else None, kind=PopulatedPlace.Kind.CELL,
            )
            for n in range(number)
        ]  # fmt: skip

    PopulatedPlace.objects.bulk_create(places())
    expected = stored(PopulatedPlace)
    PopulatedPlace.objects.all().delete()
    made = places()
    create(PopulatedPlace, made)
    assert stored(PopulatedPlace) == expected
    assert {place.pk for place in made} == set(PopulatedPlace.objects.values_list("pk", flat=True))
    assert not any(place._state.adding for place in made)


def test_numbers_booleans_and_nothing_survive():
    roads = [
        Road(
            name=f"R{n}",
            geometry=line(),
            length_m=1 / 3 * n,
            speed_kmh=n or None,
            bridge=bool(n % 2),
            foot=None,
            layer=-n,
        )
        for n in range(60)
    ]
    create(Road, roads)
    for n, road in enumerate(Road.objects.order_by("layer").reverse()):
        assert (road.length_m, road.speed_kmh, road.bridge, road.foot) == (
            1 / 3 * n,
            n or None,
            bool(n % 2),
            None,
        )
        assert abs(road.created_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_json_and_uuids_survive():
    batch = Batch.objects.create(
        id=uuid.uuid4(), kind="roads", file_name="f", sha256="0" * 64, state="committed"
    )
    target = ContentType.objects.get_for_model(Road)
    values = [{"name": text, "n": [1.5, None, True]} for text in NASTY] * 6
    create(
        BatchRow,
        [
            BatchRow(batch=batch, row=1, action="new", content_type=target, object_id=1, after=v)
            for v in values
        ],
    )
    assert [row.after for row in BatchRow.objects.order_by("pk")] == values
    assert {row.before == {} for row in BatchRow.objects.all()} == {True}


def test_keys_go_on_where_the_sequence_is():
    create(Road, [Road(geometry=line()) for _n in range(60)])
    by_hand = Road.objects.create(geometry=line())
    assert by_hand.pk > max(Road.objects.exclude(pk=by_hand.pk).values_list("pk", flat=True))


def test_history_knows_who_did_it():
    with pghistory.context(command="test", batch="B1"), transaction.atomic():
        create(Road, [Road(geometry=line()) for _n in range(60)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_context->>'batch', pgh_context->>'command', count(*) FROM territory_roadevent GROUP BY 1, 2"
        )
        assert cursor.fetchall() == [("B1", "test", 60)]


def test_a_value_that_cannot_be_copied_is_an_error_and_no_row():
    with pytest.raises(TypeError), transaction.atomic():
        create(Road, [Road(geometry=line(), name=object()) for _n in range(60)])
    assert not Road.objects.exists()


def test_lists_survive():
    """A list of texts, the empty one, and texts that an array's own signs stand in."""
    division, kind = DivisionFactory(), KindFactory()
    wanted = [[], ["independent", "dependent"], ['a "b", {c}', "d\\e\tf", "NULL", ""]]
    made = [
        Facility(number=f"L{n}", name="甲", division=division, kind=kind, clients=wanted[n % 3])
        for n in range(WORTHWHILE_ROWS + 1)
    ]
    create(Facility, made)
    assert [f.clients for f in Facility.objects.order_by("pk")] == [
        wanted[n % 3] for n in range(WORTHWHILE_ROWS + 1)
    ]
