"""An administrator who is signed in, and one of each other role."""

from __future__ import annotations

import pytest
from django.test import Client

from geo_registry.accounts.models import Role, User
from tests import factories

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def administrator(db):
    return factories.UserFactory(role=Role.ADMINISTRATOR)


@pytest.fixture
def admin_client(administrator) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(administrator, backend=BACKEND)
    return client


@pytest.fixture
def people(db) -> dict[Role, User]:
    return {role: factories.UserFactory(role=role, office=factories.OfficeFactory()) for role in Role}
