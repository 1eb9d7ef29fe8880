"""The administrator's page: what it says is what is so."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from geo_registry.jobs import beat, recurring
from geo_registry.jobs.models import Job, JobState, RecurringWork
from geo_registry.operations import storage, version
from geo_registry.operations.overview import how_often, look
from geo_registry.operations.reference_due import due
from geo_registry.reference.models import CalendarDay, ReferenceValue

pytestmark = pytest.mark.django_db


def backup(folder: Path, at: datetime.datetime, rows: int = 7) -> Path:
    made = folder / at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H%M%S")
    made.mkdir(parents=True)
    (made / "manifest.json").write_text(json.dumps({"tables": {"a": rows - 1, "b": 1}}), "utf-8")
    (made / "database.dump").write_bytes(b"x" * 1000)
    return made


@pytest.fixture(autouse=True)
def backups(tmp_path: Path, settings) -> Path:
    settings.BACKUP_DIR = tmp_path / "backups"
    return settings.BACKUP_DIR


def test_it_says_what_runs_and_where(admin_client) -> None:
    said = admin_client.get(reverse("operations:overview")).content.decode()
    assert version.release() in said
    for name, number in version.stands_on():
        assert name in said
        assert number in said
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        assert cursor.fetchone()[0] == dict(version.stands_on())["PostgreSQL"]
    assert "No background worker has been heard of" in said
    assert "There is no backup" in said


def test_nobody_else_sees_it(client, people) -> None:
    address = reverse("operations:overview")
    assert client.get(address).status_code == 302
    for role, person in people.items():
        client.force_login(person, backend="geo_registry.accounts.backends.PolicyBackend")
        assert client.get(address).status_code == (200 if role == "administrator" else 403), role


def test_a_worker_that_beats_is_heard_and_one_that_stopped_is_missed(settings) -> None:
    beat.beat()
    assert not look().worker_is_silent
    RecurringWork.objects.filter(name=beat.WORKER).update(
        last_begun_at=timezone.now() - datetime.timedelta(seconds=settings.JOB_HEARTBEAT_TIMEOUT_S + 1)
    )
    assert look().worker_is_silent


def test_failed_jobs_are_counted_and_old_ones_are_not(admin_client) -> None:
    for state, days in (
        (JobState.FAILED, 0),
        (JobState.LOST, 1),
        (JobState.SUCCEEDED, 0),
        (JobState.FAILED, 40),
    ):
        job = Job.objects.create(kind="x", title=f"{state} {days}", state=state)
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - datetime.timedelta(days=days))
    seen = look()
    assert seen.failed_count == 2
    assert {job.title for job in seen.failed} == {"failed 0", "lost 1"}
    RecurringWork.objects.create(name="reports", error="ValueError: no")
    said = admin_client.get(reverse("operations:overview")).content.decode()
    assert "2 jobs failed" in said
    assert "ValueError: no" in said


def test_the_last_whole_backup_is_told_and_an_old_one_is_an_alarm(backups: Path) -> None:
    backup(backups, timezone.now() - datetime.timedelta(days=3), rows=10)
    (backups / "2030-01-01T000000").mkdir()  # one without a manifest is none
    seen = look()
    assert seen.last_backup is not None
    assert (seen.last_backup.rows, seen.last_backup.size > 1000) == (10, True)
    assert any("3 days old" in alarm for alarm in seen.alarms) or any(
        "3 天" in a or "3天" in a for a in seen.alarms
    )
    backup(backups, timezone.now() - datetime.timedelta(hours=2))
    assert not [alarm for alarm in look().alarms if "backup" in alarm or "备份" in alarm]


def test_a_full_disk_is_an_alarm(monkeypatch) -> None:
    assert look().disks
    monkeypatch.setattr(storage, "LITTLE_SHARE", 1.1)
    assert any("%" in alarm for alarm in look().alarms)


def test_reference_rows_that_wait_are_counted(admin_client) -> None:
    today = timezone.localdate()
    ReferenceValue.objects.all().delete()
    for key, verified, ends in (
        ("a", False, None), ("b", True, None), ("c", True, today + datetime.timedelta(days=30)),
        ("d", False, today - datetime.timedelta(days=1)), ("e", True, today + datetime.timedelta(days=90)),
    ):  # fmt: skip
        ReferenceValue.objects.create(key=key, title_zh=key, value=1, verified=verified, valid_to=ends)
    table = next(one for one in due(today) if one.address.startswith("/admin/reference/referencevalue/"))
    assert (table.rows, table.unverified, table.expiring) == (4, 1, 1)
    assert admin_client.get(table.address).status_code == 200
    assert any("calendar" in alarm or "节假日" in alarm for alarm in look().alarms)
    CalendarDay.objects.create(day=today + datetime.timedelta(days=200), kind="holiday", name="节")
    assert not any("calendar" in alarm or "节假日" in alarm for alarm in look().alarms)


def test_slow_statements_are_told_or_why_not(admin_client) -> None:
    """Whether the database counts them depends on how it was started; either way the page says what is so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'")
        installed = cursor.fetchone()[0]
    seen = storage.slow_statements()
    said = admin_client.get(reverse("operations:overview")).content.decode()
    if installed:
        assert seen.queries or seen.missing == "unreadable"
    else:
        assert seen.missing == "absent"
        assert "CREATE EXTENSION pg_stat_statements" in said


def test_slow_statements_are_read_as_the_extension_has_them() -> None:
    """The columns are those of the extension: asked of a view of the same shape."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY VIEW pg_stat_statements AS SELECT (SELECT oid FROM pg_database WHERE datname ="
            " current_database()) AS dbid, 'SELECT  *\n FROM t WHERE a = $1'::text AS query, 3::bigint AS calls,"
            " 2.5::float8 AS mean_exec_time, 7500::float8 AS total_exec_time"
        )
    found = storage.read_statements()
    assert [(one.text, one.calls, one.mean_ms, one.total_s) for one in found] == [
        ("SELECT * FROM t WHERE a = $1", 3, 2.5, 7.5)
    ]


def test_the_page_costs_a_bounded_number_of_queries(admin_client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(80):
        admin_client.get(reverse("operations:overview"))


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [(1, "every minute", "每分钟"), (10, "every 10 minutes", "每10分钟"), (60, "every hour", "每小时"), (1440, "every day", "每天"),
     (2880, "every 2 days", "每2天"), (90, "every 90 minutes", "每90分钟")],
)  # fmt: skip
def test_an_interval_is_said_as_people_say_it(minutes: int, english: str, chinese: str) -> None:
    every = datetime.timedelta(minutes=minutes)
    with override("en"):
        assert how_often(every) == english
    with override("zh-hans"):
        assert how_often(every) == chinese


def test_what_recurs_and_the_tables_are_named_in_words_and_not_by_their_code(admin_client) -> None:
    for name in recurring.known():
        RecurringWork.objects.get_or_create(name=name)
    with override("zh-hans"):
        seen = look()
    assert len(seen.recurring) == len(recurring.known()) > 10
    assert not [row.title for row in seen.recurring if re.search(r"[a-z-]{4,}", row.title)]
    said = admin_client.get(
        reverse("operations:overview"), headers={"accept-language": "zh-hans"}
    ).content.decode()
    for name in recurring.known():
        assert f">{name}<" not in said
    assert [table for table in seen.tables if table.title]
