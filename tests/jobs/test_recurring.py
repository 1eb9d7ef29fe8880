"""What the worker does again and again: when it is due, by one of several, and a failure stops nothing."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from geo_registry.jobs import recurring
from geo_registry.jobs.models import RecurringWork

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def calls(monkeypatch):
    """Nothing recurs but what a test registers."""
    monkeypatch.setattr(recurring, "_known", {})
    return []


@pytest.mark.django_db
def test_it_is_done_when_it_is_due_and_not_before(calls):
    recurring.register_recurring("work", title="Work", every=HOUR, body=lambda: calls.append(1))
    now = timezone.now()
    assert recurring.run_due(now=now) == ["work"]
    assert recurring.run_due(now=now + HOUR / 2) == []
    assert recurring.run_due(now=now + HOUR) == ["work"]
    assert len(calls) == 2


@pytest.mark.django_db
def test_a_failure_is_noted_takes_back_what_it_wrote_and_stops_nothing(calls):
    def fail() -> None:
        RecurringWork.objects.create(name="written by the failing one")
        raise ZeroDivisionError("no")

    recurring.register_recurring("bad", title="Bad", every=HOUR, body=fail)
    recurring.register_recurring("good", title="Good", every=HOUR, body=lambda: calls.append(1))
    assert recurring.run_due() == ["bad", "good"]
    assert calls == [1]
    assert "ZeroDivisionError" in RecurringWork.objects.get(name="bad").error
    assert not RecurringWork.objects.filter(name="written by the failing one").exists()


def test_two_things_cannot_have_one_name(calls):
    recurring.register_recurring("work", title="Work", every=HOUR, body=print)
    recurring.register_recurring("work", title="Work", every=HOUR, body=print)
    with pytest.raises(ValueError):
        recurring.register_recurring("work", title="Work", every=HOUR, body=len)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_does_it(calls):
    begun, go_on = threading.Event(), threading.Event()

    def body() -> None:
        calls.append(threading.current_thread().name)
        begun.set()
        go_on.wait(10)

    recurring.register_recurring("work", title="Work", every=HOUR, body=body)

    def worker() -> None:
        try:
            recurring.run_due()
        finally:
            connection.close()

    first = threading.Thread(target=worker)
    first.start()
    assert begun.wait(10)
    assert recurring.run_due() == [], "the other holds it"
    go_on.set()
    first.join()
    assert recurring.run_due() == [], "it was done just now"
    assert len(calls) == 1
