"""Numbers of events that nobody is going to undercut."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from geo_registry.accounts.stamps import newest_events, settled_events
from geo_registry.territory.models import Division
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_connection():
    other = connection.copy()
    yield other
    other.close()


def test_events_are_settled_unless_somebody_else_has_begun_to_write(other_connection):
    division = factories.DivisionFactory()
    assert settled_events([Division]) == newest_events([Division]) != (0,)
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE territory_division SET name = name || '村' WHERE id = %s", [division.pk])
        assert settled_events([Division]) is None
        cursor.execute("COMMIT")
    assert settled_events([Division]) == newest_events([Division])


def test_what_one_has_written_oneself_is_seen_already():
    with transaction.atomic():
        factories.DivisionFactory()
        assert settled_events([Division]) == newest_events([Division])
