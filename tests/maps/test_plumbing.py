"""Addresses for machines."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from geo_registry.jobs import beat
from geo_registry.jobs.models import RecurringWork
from maps.views import plumbing
from tests import factories

pytestmark = pytest.mark.django_db


def test_health_needs_no_database(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/health/").content == b"ok\n"


def test_ready_when_the_tables_are_those_of_this_release_and_a_worker_lives(client: Client) -> None:
    answer = client.get("/ready/")
    assert (answer.status_code, answer.content) == (503, b"the background worker is silent\n")
    beat.beat()
    answer = client.get("/ready/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    RecurringWork.objects.update(last_begun_at=timezone.now() - datetime.timedelta(hours=1))
    assert client.get("/ready/").status_code == 503


def test_not_ready_without_a_database_or_with_migrations_missing(client: Client, monkeypatch) -> None:
    class Broken:
        def __init__(self, connection):
            raise OperationalError

    beat.beat()
    monkeypatch.setattr(plumbing, "MigrationExecutor", Broken)
    assert client.get("/ready/").status_code == 503

    class Behind:
        class loader:  # noqa: N801
            class graph:  # noqa: N801
                @staticmethod
                def leaf_nodes():
                    return []

        def __init__(self, connection):
            pass

        def migration_plan(self, targets):
            return ["one"]

    monkeypatch.setattr(plumbing, "MigrationExecutor", Behind)
    assert client.get("/ready/").status_code == 503


def test_search_engines_may_read_the_public_pages_only(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /admin/" in text
    assert "Allow: /" in text


def test_the_manifest_names_the_installation(client: Client) -> None:
    factories.InstallationFactory(site_name_zh="试验县民政地图")
    body = json.loads(client.get("/site.webmanifest", headers={"accept-language": "zh-CN"}).content)
    assert body["name"] == "试验县民政地图"
    assert body["start_url"] == "/"


def test_the_language_is_changed_by_a_form_without_a_token_and_only_that(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/language/", {"language": "en", "next": "/?view=map"})
    assert response.status_code == 302
    assert response["Location"] == "/?view=map"
    assert set(response.cookies) == {"django_language"}
    away = strict.post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert away["Location"] == "/"
