"""Rows that are copied behind the back of the import: nothing can tell, but for the time it takes."""

import sys
import threading

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction

from geo_registry.imports.services.copy_queue import ahead_of_copies, copying_behind, running_queue
from geo_registry.imports.services.copying import create
from geo_registry.territory.models import Road
from tests.factories import SourceFactory, line

pytestmark = pytest.mark.django_db

MANY = 4_000


def roads(count, **values):
    return [Road(geometry=line(), **values) for _n in range(count)]


def copying_threads():
    return [thread for thread in threading.enumerate() if thread.name == "copying"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert running_queue() is None
    assert not copying_threads()


def test_any_statement_finds_what_was_created_before_it():
    with pghistory.context(command="test"), copying_behind():
        made = roads(MANY)
        create(Road, made)
        assert Road.objects.count() == MANY
        create(Road, roads(MANY))
    assert Road.objects.count() == 2 * MANY
    assert len(set(Road.objects.values_list("pk", flat=True))) == 2 * MANY
    assert {road.pk for road in made} <= set(Road.objects.values_list("pk", flat=True))


def test_history_has_one_event_a_row_and_knows_who_did_it():
    with pghistory.context(command="test", batch="B1"), copying_behind():
        create(Road, roads(MANY, name="兴业路"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT pgh_obj_id), min(pgh_label), min(name), count(DISTINCT pgh_context_id), "
            "min(pgh_context->>'batch') FROM territory_roadevent"
        )
        assert cursor.fetchall() == [(MANY, MANY, "insert", "兴业路", 1, "B1")]


def test_a_question_that_does_not_depend_on_it_goes_before_what_waits():
    with pghistory.context(command="test"), copying_behind():
        queue = running_queue()
        # As if somebody stood in front of the queue: nothing is begun.
        queue._visitors += 1
        create(Road, roads(2_000))
        with ahead_of_copies():
            assert Road.objects.count() == 0
        with queue._changed:
            queue._visitors -= 1
            queue._changed.notify_all()
        assert Road.objects.count() == 2_000


def known_rows(table):
    """Return how many rows PostgreSQL takes a table to have, and the columns it knows the values of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        (rows,) = cursor.fetchone()
        cursor.execute("SELECT attname FROM pg_stats WHERE tablename = %s", [table])
        return rows, {name for (name,) in cursor.fetchall()}


def test_postgresql_looks_at_a_table_that_has_grown():
    with pghistory.context(command="test"), copying_behind():
        create(Road, roads(MANY, name="兴业路"))
        rows, columns = known_rows("territory_road")
        assert rows == MANY
        assert {"id", "name", "source_id"} <= columns
        # Not again before there is much more.
        create(Road, roads(MANY))
        assert known_rows("territory_road")[0] == MANY


def attempt(work):
    """Do something as an import does it."""
    with transaction.atomic(), pghistory.context(command="test"), copying_behind():
        work()


@pytest.mark.parametrize("asks", [True, False])
def test_a_row_that_the_database_refuses_ends_the_transaction(asks):
    source = SourceFactory()

    def work():
        create(Road, roads(MANY))
        create(Road, roads(60, source=source, source_ref="R1"))
        if asks:
            Road.objects.count()
            pytest.fail("the statement did not tell")

    with pytest.raises(IntegrityError):
        attempt(work)
    assert not Road.objects.exists()


def test_a_key_to_nothing_is_refused_before_the_end():
    def work():
        create(Road, roads(60, division_id=987_654_321))
        Road.objects.count()
        pytest.fail("the statement did not tell")

    with pytest.raises(IntegrityError):
        attempt(work)
    assert not Road.objects.exists()


def test_what_waits_is_dropped_when_the_work_ends_early():
    def work():
        for _n in range(3):
            create(Road, roads(MANY))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        attempt(work)
    assert not Road.objects.exists()


@pytest.mark.parametrize("fails", [False, True])
def test_the_thread_that_copies_soon_has_its_turn_and_others_have_theirs_as_before(fails):
    usual = sys.getswitchinterval()

    def work():
        assert sys.getswitchinterval() < usual / 5
        if fails:
            raise InterruptedError

    if fails:
        with pytest.raises(InterruptedError):
            attempt(work)
    else:
        attempt(work)
    assert sys.getswitchinterval() == usual
