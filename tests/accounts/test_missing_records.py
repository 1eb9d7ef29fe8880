"""Whoever opens a record that is not there stays in the office, with its header."""

from __future__ import annotations

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/admin/nowhere/", "/office/signs/nowhere/"])
def test_a_missing_record_keeps_the_offices_header(client, address):
    public = client.get("/nowhere/").content.decode()
    client.force_login(
        UserFactory(role=Role.ADMINISTRATOR), backend="geo_registry.accounts.backends.PolicyBackend"
    )
    answer = client.get(address)
    assert answer.status_code == 404
    mine = reverse("worklist:mine")
    assert (f'href="{mine}"' in answer.content.decode(), f'href="{mine}"' in public) == (True, False)
