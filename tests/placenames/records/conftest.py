"""A town with roads that have names, and a folder of its own for each test's files."""

import pytest

from tests.placenames.cases.test_flow import people
from tests.placenames.checking.conftest import named, town, village

__all__ = ["named", "people", "town", "village"]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return settings.ATTACHMENTS_DIR


@pytest.fixture
def sign_in(client, people):
    def _sign_in(who):
        client.force_login(people[who], backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return _sign_in
