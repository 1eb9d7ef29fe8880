"""A folder of its own for each test's files, and a record that says who may see its files."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Role
from geo_registry.attachments import registry
from geo_registry.reference.models import Source
from tests.factories import SourceFactory, UserFactory


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return settings.ATTACHMENTS_DIR


@pytest.fixture
def owner(db, monkeypatch):
    """A record whose files everybody with an account may see, and planners may change."""
    monkeypatch.setattr(registry, "_OWNERS", {})
    registry.register(
        Source,
        may_see=lambda person, _record: person.is_authenticated,
        may_change=lambda person, _record: getattr(person, "role", "") == Role.PLANNER,
    )
    return SourceFactory()


@pytest.fixture
def planner(db):
    return UserFactory(role=Role.PLANNER)


@pytest.fixture
def viewer(db):
    return UserFactory(role=Role.VIEWER)


@pytest.fixture
def sign_in(client):
    def _sign_in(person):
        client.force_login(person, backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return _sign_in
