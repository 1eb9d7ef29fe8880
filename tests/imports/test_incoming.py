"""Uploads on a full disk, uploads that are cut off, and what killed processes leave behind."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
import uuid
import zipfile
from pathlib import Path

import psycopg2.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts.models import Role
from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.isolation import parent
from geo_registry.geodata.readers import archive, open_source
from geo_registry.imports import jobs
from geo_registry.imports.models import Batch
from geo_registry.imports.services import incoming, storage
from geo_registry.jobs.failures import sentence_for
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from tests.factories import InstallationFactory, UserFactory

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
FULL = OSError(errno.ENOSPC, "No space left on device")
CSV = "编号,名称\n1,甲\n".encode()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.IMPORT_DIR = tmp_path / "imports"
    return settings.IMPORT_DIR


@pytest.fixture
def planner(client):
    InstallationFactory()
    user = UserFactory(role=Role.PLANNER)
    client.force_login(user, backend=BACKEND)
    return user


def send(client, content=CSV):
    file = SimpleUploadedFile("设施.csv", content)
    return client.post(reverse("imports:new"), {"kind": "facilities", "file": file})


def files_below(folder: Path):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_upload_is_written_where_it_will_stay_and_only_once(client, planner, folder, monkeypatch):
    written = []
    monkeypatch.setattr(
        incoming.IncomingFile, "chunks", lambda *_: written.append(1) or iter(()), raising=False
    )
    assert send(client).status_code == 302
    batch = Batch.objects.get()
    assert written == []
    assert [path.read_bytes() for path in files_below(folder)] == [CSV]
    assert storage.file_of(batch.pk).name == "设施.csv"
    assert batch.size_bytes == len(CSV)


@pytest.mark.parametrize("when", ["opened", "written"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(client, planner, folder, monkeypatch, when):
    def full(*_args, **_kwargs):
        raise FULL

    if when == "opened":
        monkeypatch.setattr(incoming.tempfile, "NamedTemporaryFile", full)
    else:
        real = incoming.IncomingFile

        class Full(real):
            write = full

        monkeypatch.setattr(incoming.IncomingHandler, "file_class", Full)
    answer = send(client)
    assert answer.status_code == 422
    assert "磁盘已满" in answer.content.decode()
    assert (files_below(folder), Batch.objects.count()) == ([], 0)


def test_an_upload_above_the_limit_leaves_nothing_either(client, planner, folder, settings):
    settings.IMPORT_MAX_MB = 1
    answer = send(client, b"x" * 3_000_000)
    assert answer.status_code == 422
    assert "1 MB" in answer.content.decode()
    assert files_below(folder) == []


def sqlite_full():
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def postgres_full():
    class Full(psycopg2.errors.DiskFull):
        pgcode = "53100"

    error = OperationalError("could not extend file")
    error.__cause__ = Full()
    return error


@pytest.mark.parametrize("error", [FULL, sqlite_full(), postgres_full()], ids=["file", "preview", "database"])
def test_a_disk_that_fills_up_in_the_background_is_named(error):
    with translation.override("zh-hans"):
        assert sentence_for(error, job_id=uuid.uuid4()) == "服务器磁盘已满，无法完成。请告诉管理员。"


@pytest.mark.parametrize(
    ("error", "says"), [(postgres_full(), "磁盘已满"), (OperationalError("gone"), "连接")]
)
def test_an_import_tells_a_full_database_from_one_that_went_away(client, planner, monkeypatch, error, says):
    send(client)
    batch = Batch.objects.get()

    def fail(**_kwargs):
        raise error

    monkeypatch.setattr(jobs, "import_file", fail)
    with translation.override("zh-hans"):
        job = enqueue(
            task=jobs.commit,
            title="x",
            created_by=planner,
            kwargs={"batch": str(batch.pk), "user": planner.pk},
        )
    assert says in Job.objects.get(pk=job.pk).error


def test_a_disk_that_is_full_when_an_archive_is_unpacked_is_no_damage(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", CSV)

    def full(*_args, **_kwargs):
        raise FULL

    monkeypatch.setattr(archive, "_extract", full)
    with pytest.raises(GeodataError, match="no room on the server's disk"):
        open_source(tmp_path / "a.zip")


def test_what_killed_processes_left_goes_and_nothing_else(client, planner, folder, tmp_path, monkeypatch):
    send(client)
    batch = Batch.objects.get()
    monkeypatch.setattr(parent.tempfile, "gettempdir", lambda: str(tmp_path))
    incoming.incoming_folder().mkdir(exist_ok=True)
    half, fresh = incoming.incoming_folder() / "upload-old", incoming.incoming_folder() / "upload-new"
    orphan, young = folder / str(uuid.uuid4()), folder / str(uuid.uuid4())
    unpacked, others = tmp_path / "geo-registry-reading-x", tmp_path / "somebody-elses"
    # As the socket of a database of an ordinary user whose path is too long for one.
    socket = tmp_path / "geo-registry-1000-0123456789ab-server"
    for path in (half, fresh):
        path.write_bytes(b"x")
    for path in (orphan, young, unpacked, others, socket):
        path.mkdir()
        (path / "a").write_bytes(b"x")
    week_ago = time.time() - 7 * 24 * 3600
    for path in (half, orphan, unpacked, others, socket, storage.folder_of(batch.pk)):
        os.utime(path, (week_ago, week_ago))
    incoming.tidy()
    assert [path.exists() for path in (half, orphan, unpacked)] == [False] * 3
    kept = (fresh, young, others, socket, storage.folder_of(batch.pk))
    assert [path.exists() for path in kept] == [True] * 5
