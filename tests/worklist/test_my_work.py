"""My work: the most urgent first, from every app, in a number of queries that does not grow."""

from __future__ import annotations

import datetime

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts.models import Office, Role
from geo_registry.imports.models import Batch
from geo_registry.jobs.endings import tell
from geo_registry.jobs.models import Job, JobState
from geo_registry.worklist import registry
from geo_registry.worklist.counting import Countable, count_together
from geo_registry.worklist.models import Notification
from geo_registry.worklist.registry import Asked, Counts, Item, Pile, Urgency
from geo_registry.worklist.services.listing import MERGED_MOST, PAGE_SIZE, worklist
from placenames.models import Name, Spelling
from tests.factories import InstallationFactory, NameFactory, SpellingFactory, TownshipFactory, UserFactory

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
DAY = datetime.date(2026, 11, 25)


def days(number: int) -> datetime.date:
    return DAY + datetime.timedelta(days=number)


class Fixed:
    """A provider of items that are written down."""

    label = "试验"

    def __init__(self, *items: Item, others: tuple[Item, ...] = ()) -> None:
        self.piles = {Pile.MINE: sorted(items, key=lambda item: item.rank(DAY)), Pile.OTHERS: list(others)}

    def counts(self, asked: Asked) -> Counts:
        found = [item.urgency(asked.day) for item in self.piles[asked.pile]]
        return Counts(
            total=len(found),
            overdue=found.count(Urgency.OVERDUE),
            returned=sum(item.returned for item in self.piles[asked.pile]),
        )

    def items(self, asked: Asked, *, first: int, size: int) -> list[Item]:
        return self.piles[asked.pile][first : first + size]


class Named(Fixed):
    """A provider that names its rows."""

    def __init__(self, rows: Countable) -> None:
        super().__init__()
        self.rows = rows

    def counts(self, asked: Asked) -> Countable:
        return self.rows


@pytest.fixture
def apps(monkeypatch):
    """No providers but those that a test registers."""
    known: dict[str, registry.Provider] = {}
    monkeypatch.setattr(registry, "_providers", known)
    return known


@pytest.fixture
def zhao():
    home = InstallationFactory().home_division
    return UserFactory(role=Role.ADMINISTRATOR, office=Office.objects.create(name="局", division=home))


def item(title: str, **fields) -> Item:
    return Item(title=title, url="/", **fields)


def titles(work) -> list[str]:
    return [row.item.title for _urgency, rows in work.groups for row in rows]


def test_overdue_comes_first_then_what_was_returned_then_by_day_then_what_has_none(apps, zhao):
    apps["a"] = Fixed(item("no day"), item("in 5 days", due=days(5)), item("late", due=days(-1)))
    apps["b"] = Fixed(
        item("later", due=days(-9)),
        item("back", returned=True),
        item("back by tomorrow", returned=True, due=days(1)),
    )
    apps["c"] = Fixed(item("today", due=DAY))
    work = worklist(user=zhao, day=DAY)
    assert titles(work) == ["later", "late", "back by tomorrow", "back", "today", "in 5 days", "no day"]
    assert [urgency for urgency, _rows in work.groups] == list(Urgency)
    assert work.counts[Pile.MINE] == Counts(total=7, overdue=2, returned=2)


def test_what_is_late_says_by_how_many_days_and_what_is_due_today_is_not_late(apps, zhao):
    apps["a"] = Fixed(item("late", due=days(-3)), item("today", due=DAY))
    [(_overdue, [late]), (_due, [today])] = worklist(user=zhao, day=DAY).groups
    assert (late.overdue_days, late.due_in_days) == (3, None)
    assert (today.overdue_days, today.due_in_days) == (0, 0)


def test_one_kind_alone_can_be_paged_to_its_end(apps, zhao):
    apps["a"] = Fixed(*(item(f"{number:04d}", due=days(number)) for number in range(MERGED_MOST + 60)))
    apps["b"] = Fixed(item("other"))
    together = worklist(user=zhao, day=DAY, page=10_000)
    assert together.page == together.pages == MERGED_MOST // PAGE_SIZE
    assert together.is_cut
    alone = worklist(user=zhao, day=DAY, kind="a", page=10_000)
    assert not alone.is_cut
    assert titles(alone)[-1] == f"{MERGED_MOST + 59:04d}"


def test_a_page_asks_each_app_only_for_what_it_shows(apps, zhao):
    class Watched(Fixed):
        asked: list[tuple[int, int]] = []

        def items(self, asked: Asked, *, first: int, size: int) -> list[Item]:
            self.asked.append((first, size))
            return super().items(asked, first=first, size=size)

    apps["a"] = Watched(*(item(str(number)) for number in range(200)))
    worklist(user=zhao, day=DAY, page=4)
    assert Watched.asked == [(3 * PAGE_SIZE, PAGE_SIZE)]


def test_a_kind_that_is_not_known_shows_all(apps, zhao):
    apps["a"] = Fixed(item("one"))
    assert titles(worklist(user=zhao, day=DAY, kind="nonsense")) == ["one"]


def test_two_apps_cannot_have_one_name():
    class Other(Fixed):
        pass

    registry.register("test-name", Fixed())
    try:
        with pytest.raises(ValueError):
            registry.register("test-name", Other())
    finally:
        del registry._providers["test-name"]


def test_the_page_says_whom_it_goes_to_next_and_why_it_came_back(apps, zhao, client):
    apps["a"] = Fixed(
        item("院", returned=True, reason="电话不对", waits_for="县民政局", where="东镇"),
        others=(item("站", waits_for="王审核"),),
    )
    client.force_login(zhao, backend=BACKEND)
    mine = client.get(reverse("worklist:mine")).content.decode()
    assert "电话不对" in mine
    assert "办完后转县民政局" in mine
    others = client.get(reverse("worklist:mine"), {"pile": "others", "page": "x"}).content.decode()
    assert "正等王审核办理" in others


def end(user, state: JobState, **fields) -> None:
    tell(Job.objects.create(kind="k", title="算覆盖", state=state, created_by=user, **fields))


def test_failed_work_waits_until_one_has_looked_at_it(zhao, client):
    end(zhao, JobState.FAILED, error="没有路网。")
    [(urgency, [row])] = worklist(user=zhao, day=DAY, kind="jobs").groups
    assert urgency is Urgency.RETURNED
    assert row.item.reason == "没有路网。"
    client.force_login(zhao, backend=BACKEND)
    assert client.get(row.item.url)["Location"] == reverse("jobs:detail", args=[Job.objects.get().pk])
    assert worklist(user=zhao, day=DAY).is_empty


def test_finished_work_is_told_with_its_result_and_running_work_waits_for_the_worker(zhao):
    end(zhao, JobState.SUCCEEDED, result_url="/planner/")
    assert [note.link for note in Notification.objects.unread_by(zhao)] == ["/planner/"]
    Job.objects.create(kind="k", title="t", created_by=zhao)
    [(_urgency, [row])] = worklist(user=zhao, day=DAY, pile=Pile.OTHERS).groups
    assert row.item.waits_for == "后台程序"


def test_work_that_nobody_asked_for_is_told_to_nobody():
    end(None, JobState.FAILED)
    assert not Notification.objects.exists()


def test_spellings_wait_for_the_officer_and_not_for_a_viewer(zhao):
    for number in range(3):
        name = NameFactory(place__division=zhao.office.division)
        SpellingFactory(name=name, status=Spelling.Status.PROPOSED, doubts=[{"x": 1}] if number else [])
    assert Name.objects.count() == 3
    [(_urgency, [row])] = worklist(user=zhao, day=DAY).groups
    assert (row.item.count, row.item.state) == (3, "其中2条有疑问")
    viewer = UserFactory(role=Role.VIEWER, office=zhao.office)
    assert worklist(user=viewer, day=DAY).is_empty


def test_a_file_that_was_looked_at_waits_for_whoever_brought_it(zhao):
    Batch.objects.create(
        kind="roads",
        file_name="路.zip",
        sha256="0",
        state=Batch.State.PREVIEW,
        created_by=zhao,
        count_refused=2,
    )
    [(_urgency, [row])] = worklist(user=zhao, day=DAY).groups
    assert row.item.title == "导入还是放弃：路.zip"
    assert row.item.reason == "有2行不能导入。"
    assert worklist(user=UserFactory(role=Role.ADMINISTRATOR), day=DAY).is_empty


def fill(user, number: int) -> None:
    for _n in range(number):
        end(user, JobState.FAILED, error="e")
        Batch.objects.create(
            kind="roads", file_name="f", sha256="0", state=Batch.State.PREVIEW, created_by=user
        )
        SpellingFactory(
            name=NameFactory(place__division=user.office.division), status=Spelling.Status.PROPOSED
        )


def test_the_page_takes_as_many_queries_for_twenty_things_as_for_one(
    zhao, client, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(zhao, backend=BACKEND)
    fill(zhao, 1)
    with django_assert_max_num_queries(17) as first:
        client.get(reverse("worklist:mine"))
    fill(zhao, 20)
    with django_assert_num_queries(len(first)):
        page = client.get(reverse("worklist:mine")).content.decode()
    assert page.count('class="work-item"') == PAGE_SIZE


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.CLERK, "/work/"),
        (Role.NAME_OFFICER, "/work/"),
        (Role.REVIEWER, "/work/"),
        (Role.ADMINISTRATOR, "/work/"),
        (Role.PLANNER, "/"),
        (Role.VIEWER, "/"),
    ],
)
def test_whose_day_begins_with_what_waits_lands_there_after_signing_in(client, zhao, role, where):
    town = TownshipFactory(parent=zhao.office.division)
    user = UserFactory(role=role, office=Office.objects.create(name="镇", division=town))
    signed_in = client.post(
        reverse("accounts:login"), {"username": user.username, "password": "correct horse battery"}
    )
    assert signed_in["Location"] == where


def test_a_clerk_who_acts_nowhere_lands_at_the_own_account(client, zhao):
    user = UserFactory(role=Role.CLERK)
    signed_in = client.post(
        reverse("accounts:login"), {"username": user.username, "password": "correct horse battery"}
    )
    assert signed_in["Location"] == reverse("accounts:account")
    assert client.get(signed_in["Location"]).status_code == 200


def test_all_apps_rows_are_counted_in_one_query(apps, zhao, django_assert_num_queries):
    fill(zhao, 3)
    failed = Notification.objects.filter(person=zhao)
    apps["a"] = Named(Countable(rows=failed, back=True))
    apps["b"] = Named(Countable(rows=Name.objects.all(), as_one=True, late=True))
    apps["c"] = Named(
        Countable(
            rows=Batch.objects.filter(kind="roads"),
            late=Q(file_name="f"),
            also=(Countable(rows=Job.objects.all(), back=Q(title="nothing is called so")),),
        )
    )
    apps["d"] = Named(Countable(rows=Job.objects.none()))
    with django_assert_num_queries(1):
        found = count_together([each.counts(None) for each in apps.values()])
    assert found == [
        Counts(total=3, returned=3),
        Counts(total=1, overdue=1),
        Counts(total=6, overdue=3),
        Counts(),
    ]
    with django_assert_num_queries(0):
        assert count_together([apps["d"].counts(None)]) == [Counts()]
    assert apps["b"].counts(None).total == 1


def test_a_condition_that_nothing_can_fit_counts_nothing(zhao, django_assert_num_queries):
    never = Countable(rows=type(zhao).objects.all(), late=Q(pk__in=[]), back=Q(pk__isnull=False))
    with django_assert_num_queries(1):
        (found,) = count_together([never])
    assert (found.overdue, found.returned) == (0, found.total)
    assert found.total > 0


def test_what_one_watches_ending_on_a_page_is_told_nowhere_else(zhao, client):
    end(zhao, JobState.SUCCEEDED, result_url="/planner/")
    end(zhao, JobState.FAILED, error="没有路网。")
    client.force_login(zhao, backend=BACKEND)
    for job in Job.objects.all():
        state = reverse("jobs:state", args=[job.pk])
        client.get(state)
    assert Notification.objects.unread_by(zhao).count() == 2, "the page may lie behind another one"
    other = UserFactory(role=Role.ADMINISTRATOR)
    client.force_login(other, backend=BACKEND)
    for job in Job.objects.all():
        client.get(reverse("jobs:state", args=[job.pk]), {"watched": 1})
    assert Notification.objects.unread_by(zhao).count() == 2, "somebody else watched"
    client.force_login(zhao, backend=BACKEND)
    for job in Job.objects.all():
        client.get(reverse("jobs:state", args=[job.pk]), {"watched": 1})
    assert not Notification.objects.unread_by(zhao).exists()
    assert worklist(user=zhao, day=DAY).is_empty


def test_whoever_opens_the_page_of_ended_work_has_read_of_it(zhao, client):
    running = Job.objects.create(kind="k", title="t", created_by=zhao)
    end(zhao, JobState.SUCCEEDED)
    client.force_login(zhao, backend=BACKEND)
    client.get(reverse("jobs:detail", args=[running.pk]))
    assert Notification.objects.unread_by(zhao).count() == 1
    client.get(reverse("jobs:detail", args=[Job.objects.exclude(pk=running.pk).get().pk]))
    assert not Notification.objects.unread_by(zhao).exists()


def test_ended_work_is_told_in_the_readers_language(zhao):
    titles = {"en": "Coverage", "zh-hans": "覆盖"}
    errors = {"en": "There are no roads.", "zh-hans": "没有路网。"}
    end(zhao, JobState.FAILED, error="没有路网。", said={"title": titles, "error": errors})
    note = Notification.objects.get()
    for language, words in (("en", ("Coverage", "There are no roads.")), ("zh-hans", ("覆盖", "没有路网。"))):
        with translation.override(language):
            assert all(word in note.text for word in words)
            [(_urgency, [row])] = worklist(user=zhao, day=DAY, kind="jobs").groups
            assert (row.item.title, row.item.reason) == words
            job = Job.objects.get()
            assert (str(job), job.told_error) == words
