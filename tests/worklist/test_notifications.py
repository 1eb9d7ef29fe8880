"""Who is told what, once, in the own language, and in the transaction of the event."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from geo_registry.accounts.models import Office, Role
from geo_registry.territory.models import Level
from geo_registry.worklist import registry
from geo_registry.worklist.models import Notification
from geo_registry.worklist.services import (
    mark_all_read,
    mark_read,
    mark_unread,
    notify,
    prune,
    unread_count,
)
from geo_registry.worklist.services.notifying import MOST_COUNTED
from tests.factories import InstallationFactory, ReferenceValueFactory, TownshipFactory, UserFactory

pytestmark = pytest.mark.django_db
# What a page of them costs at most: session, person, home, header, count and the notifications.
PAGE_QUERIES = 10
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
DONE = {"code": "job-done", "params": {"title": "覆盖", "said": ""}}


@pytest.fixture
def home():
    return InstallationFactory().home_division


@pytest.fixture
def towns(home):
    return [TownshipFactory(parent=home, name=name) for name in ("东镇", "西镇")]


def person(role: Role, division=None, **fields):
    office = Office.objects.create(name=f"{role}{division}", division=division) if division else None
    return UserFactory(
        role=role, office=office, date_joined=timezone.now() - datetime.timedelta(days=1), **fields
    )


def told(user) -> int:
    return Notification.objects.for_person(user).count()


def test_a_person_is_told_by_name_and_nobody_else_is(home):
    zhao, qian = person(Role.PLANNER), person(Role.PLANNER)
    notify(**DONE, person=zhao)
    assert (told(zhao), told(qian)) == (1, 0)


def test_a_role_is_told_where_it_acts(home, towns):
    east, west = (person(Role.CLERK, town) for town in towns)
    reviewer, viewer = person(Role.REVIEWER, home), person(Role.VIEWER, home)
    notify(**DONE, role=Role.CLERK, division=towns[0])
    notify(**DONE, role=Role.REVIEWER, division=towns[0])
    assert (told(east), told(west), told(reviewer), told(viewer)) == (1, 0, 1, 0)


def test_what_concerns_the_whole_home_is_told_to_those_who_act_in_all_of_it(home, towns):
    in_town, in_county = person(Role.REVIEWER, towns[0]), person(Role.REVIEWER, home)
    notify(**DONE, role=Role.REVIEWER)
    assert (told(in_town), told(in_county)) == (0, 1)


def test_a_clerk_of_one_village_is_not_told_what_concerns_the_township(home, towns):
    village = TownshipFactory(parent=towns[0], level=Level.VILLAGE)
    clerk = person(Role.CLERK, village)
    notify(**DONE, role=Role.CLERK, division=towns[0])
    assert told(clerk) == 0


def test_nobody_is_told_what_happened_before_the_account_was_made(home):
    notify(**DONE, role=Role.REVIEWER)
    newcomer = UserFactory(role=Role.REVIEWER, date_joined=timezone.now() + datetime.timedelta(seconds=1))
    assert told(newcomer) == 0


def test_a_clerk_without_an_office_is_told_only_by_name(home, towns):
    clerk = person(Role.CLERK)
    notify(**DONE, role=Role.CLERK, division=towns[0])
    notify(**DONE, person=clerk)
    assert told(clerk) == 1


def test_each_of_many_reads_for_oneself(home, towns):
    zhao, qian = person(Role.REVIEWER, home, username="zhao"), UserFactory(role=Role.REVIEWER)
    qian.date_joined = zhao.date_joined
    qian.save()
    note = notify(**DONE, role=Role.REVIEWER)
    mark_read(notification=note, user=zhao)
    mark_read(notification=note, user=zhao)
    assert (unread_count(zhao), unread_count(qian)) == (0, 1)
    mark_unread(notification=note, user=zhao)
    assert unread_count(zhao) == 1


def test_what_has_a_key_is_told_once(home):
    zhao = person(Role.PLANNER)
    assert notify(**DONE, person=zhao, key="round 2026-11") is not None
    assert notify(**DONE, person=zhao, key="round 2026-11") is None
    assert told(zhao) == 1


def test_what_is_taken_back_was_never_told(home):
    zhao = person(Role.PLANNER)
    with transaction.atomic():
        notify(**DONE, person=zhao)
        transaction.set_rollback(True)
    assert told(zhao) == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_outside_a_transaction():
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        notify(**DONE, person=UserFactory())


@pytest.mark.parametrize(
    "wrong",
    [
        {**DONE},
        {**DONE, "code": "nobody-knows-me", "role": Role.CLERK},
        {**DONE, "role": Role.CLERK, "link": "https://elsewhere.example/"},
        {**DONE, "role": Role.CLERK, "link": "//elsewhere.example/"},
    ],
)
def test_a_notification_has_one_addressee_known_words_and_a_page_of_this_site(wrong):
    with pytest.raises(ValueError):
        notify(**wrong)


def test_each_reads_it_in_the_own_language(home):
    note = notify(code="job-failed", params={"title": "T", "error": "E."}, person=person(Role.PLANNER))
    with translation.override("zh-hans"):
        assert str(note) == "“T”没有成功。E."
    with translation.override("en"):
        assert str(note) == "T: did not succeed. E."


@pytest.mark.parametrize(("code", "params"), [("of-another-time", {}), ("job-failed", {"other": 1})])
def test_a_notification_of_an_earlier_version_is_said_to_be_one(code, params):
    with translation.override("en"):
        assert "earlier version" in registry.words(code, params)


def test_the_header_counts_up_to_a_hundred_in_one_query(home, django_assert_num_queries):
    zhao = person(Role.PLANNER, home)
    Notification.objects.bulk_create([Notification(**DONE, person=zhao) for _n in range(MOST_COUNTED + 5)])
    with django_assert_num_queries(2):  # the home, and the count
        assert unread_count(zhao) == MOST_COUNTED


def test_what_came_while_the_page_was_open_stays_unread(home):
    zhao = person(Role.PLANNER)
    notify(**DONE, person=zhao)
    opened_at = timezone.now()
    notify(**DONE, person=zhao)
    assert mark_all_read(user=zhao, until=opened_at) == 1
    assert unread_count(zhao) == 1


def test_old_notifications_go_after_the_days_of_the_reference_value(home):
    zhao = person(Role.PLANNER)
    note = notify(**DONE, person=zhao)
    Notification.objects.filter(pk=note.pk).update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert prune() == 0, "without a value nothing is deleted"
    ReferenceValueFactory(key="notifications-kept-days", value=30)
    mark_read(notification=note, user=zhao)
    notify(**DONE, person=zhao)
    assert prune() == 1
    assert told(zhao) == 1


def test_opening_one_marks_it_read_and_leads_to_its_page(client, home):
    zhao = person(Role.PLANNER, home)
    note = notify(**DONE, person=zhao, link="/jobs/")
    client.force_login(zhao, backend=BACKEND)
    assert client.get(reverse("worklist:open", args=[note.pk]))["Location"] == "/jobs/"
    assert unread_count(zhao) == 0
    client.post(reverse("worklist:mark", args=[note.pk]), {"read": "no"})
    assert unread_count(zhao) == 1


def test_nobody_opens_or_marks_anothers(client, home):
    note = notify(**DONE, person=person(Role.PLANNER, home), link="/jobs/")
    client.force_login(UserFactory(role=Role.ADMINISTRATOR), backend=BACKEND)
    assert client.get(reverse("worklist:open", args=[note.pk])).status_code == 404
    assert client.post(reverse("worklist:mark", args=[note.pk])).status_code == 404


def test_the_list_pages_with_the_same_queries_however_long(client, home, django_assert_max_num_queries):
    zhao = person(Role.PLANNER, home)
    client.force_login(zhao, backend=BACKEND)
    Notification.objects.bulk_create([Notification(**DONE, person=zhao, link="/jobs/") for _n in range(3)])
    client.get(reverse("worklist:notifications"))  # what is read once and kept
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("worklist:notifications"))
    assert len(few) <= PAGE_QUERIES
    Notification.objects.all().delete()
    Notification.objects.bulk_create([Notification(**DONE, person=zhao, link="/jobs/") for _n in range(95)])
    with django_assert_max_num_queries(len(few)):
        page = client.get(reverse("worklist:notifications"), {"page": 3}).content.decode()
    assert "3 / 4" in page
    assert page.count("work-note ") == 30
    client.post(reverse("worklist:all_read"), {"until": "not a moment"})
    assert "通知都已读过" in client.get(reverse("worklist:notifications"), {"unread": 1}).content.decode()
