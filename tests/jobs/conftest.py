from __future__ import annotations

import pytest

from tests.factories import UserFactory


@pytest.fixture
def queued_tasks(settings):
    """Tasks wait in the database, as in service, instead of running at once."""
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "awaited"]}
    }
    return settings


@pytest.fixture
def person(db):
    return UserFactory()
