"""Fixtures that every part of the tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings as site
from django.utils import translation
from hypothesis import settings

from tests.at_rest import empty_at_rest

# A first call may compile a kernel, and a machine may be busy: time is no property under test.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_configure() -> None:
    """Before anything runs."""
    empty_at_rest()


ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Test databases are copies of one that is migrated already."""
    from tests.migrated import kept_database

    site.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = kept_database()


@pytest.fixture(autouse=True)
def first_language() -> None:
    """No test speaks the language that a request of the one before was answered in."""
    translation.activate(site.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("GEO_REGISTRY_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"reference data is not at {folder}")
    return folder
