"""Django would silently prefer psycopg 3 if it could import it; GeoDjango is tried here on psycopg2."""

from __future__ import annotations

import importlib.util

import pytest
from django.db import connection


def test_psycopg_3_cannot_be_imported():
    assert importlib.util.find_spec("psycopg") is None


def test_django_speaks_through_psycopg2():
    from django.db.backends.postgresql import psycopg_any

    assert psycopg_any.is_psycopg3 is False
    assert connection.Database.__name__ == "psycopg2"


@pytest.mark.django_db
def test_the_tests_run_on_postgis_in_utf8_with_chinese_letters():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT postgis_version(), pg_encoding_to_char(encoding), datctype, '灵武' ~ '^[[:alpha:]]+$' "
            "FROM pg_database WHERE datname = current_database()"
        )
        version, encoding, ctype, chinese_is_alphabetic = cursor.fetchone()
    assert version
    assert encoding == "UTF8"
    assert ctype not in ("C", "POSIX")
    assert chinese_is_alphabetic
