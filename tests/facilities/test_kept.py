"""What is kept in the process while the register stands: taken again, and computed anew as soon as anything has changed."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from facilities.models import Facility, FacilityStatus
from facilities.services import kept as keeping
from facilities.services.kept import kept
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_kept():
    keeping._values.clear()
    yield
    keeping._values.clear()


class Counted:
    """Counts facilities, and how often it was asked to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return Facility.objects.count()


def asked(count: Counted) -> int:
    return kept("test", 1, compute=count)


def test_it_is_computed_once_and_anew_after_each_change():
    count = Counted()
    facility = factories.FacilityFactory()
    assert [asked(count), asked(count), count.times] == [1, 1, 1]
    factories.FacilityFactory()
    assert [asked(count), count.times] == [2, 2]
    facility.statuses.create(status="paused", valid_from="2030-01-01")
    assert [asked(count), count.times] == [2, 3]
    # Past the models, too: history is written by triggers.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facilities_facilitystatus SET valid_from = valid_from + 1")
    assert [asked(count), count.times] == [2, 4]
    FacilityStatus.objects.all().delete()
    asked(count)
    assert count.times == 5


def test_other_keys_are_other_values():
    count = Counted()
    assert {kept("test", key, compute=count) for key in (1, 2, 1)} == {0}
    assert count.times == 2


def test_what_is_rolled_back_is_not_kept():
    count = Counted()
    with transaction.atomic():
        factories.FacilityFactory()
        assert [asked(count), asked(count), count.times] == [1, 1, 1]
        transaction.set_rollback(True)
    assert [asked(count), count.times] == [0, 2]


def test_a_transaction_that_took_its_numbers_earlier_and_ends_later_is_seen(other_connection):
    """Its events' numbers are below one that has been seen, so the newest number alone would not tell of it."""
    slow = factories.FacilityFactory()
    factories.FacilityFactory()
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("DELETE FROM facilities_facilitystatus WHERE facility_id = %s", [slow.pk])
        cursor.execute("UPDATE facilities_facility SET name = 'slow' WHERE id = %s", [slow.pk])
        factories.FacilityFactory()
        names = lambda: sorted(Facility.objects.values_list("name", flat=True))  # noqa: E731
        before = kept("names", compute=names)
        # While it writes, what was computed is kept as well: a long import does not make everybody wait.
        assert kept("names", compute=names) is before
        assert "slow" not in before
        cursor.execute("COMMIT")
    assert "slow" in kept("names", compute=names)


@pytest.fixture
def other_connection():
    other = connection.copy()
    yield other
    other.close()
