"""Whose site it is: read once by a request that reads, and never kept longer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.territory.models import Installation
from tests import factories

pytestmark = pytest.mark.django_db


def readings(captured: CaptureQueriesContext) -> int:
    return sum('FROM "territory_installation"' in query["sql"] for query in captured.captured_queries)


def test_a_page_asks_once_whose_site_it_is(client):
    factories.InstallationFactory(site_name_zh="甲县")
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("maps:home"))
    assert readings(captured) == 1


def test_the_next_request_sees_what_another_process_has_changed(client):
    factories.InstallationFactory(site_name_zh="甲县")
    assert "甲县" in client.get(reverse("accounts:login")).content.decode()
    Installation.objects.update(site_name_zh="乙县")
    assert "乙县" in client.get(reverse("accounts:login")).content.decode()


def test_outside_a_request_it_is_read_each_time(django_assert_num_queries):
    row = factories.InstallationFactory()
    with django_assert_num_queries(2):
        assert Installation.current() == Installation.current() == row
    with Installation.read_once(), django_assert_num_queries(1):
        assert Installation.current() is Installation.current()
