"""What must hold before the site serves: a database that can keep Chinese text and geometry, and no demo data unasked.

They are Django's system checks of the database kind: ``manage.py check --database default`` runs them, ``migrate`` runs
those about the database itself, and `refuse_if_unfit` runs all of them when the web server or the worker starts.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.db import DatabaseError, connections

SETTLED_BY = "docs/settings.md shows the form of DATABASE_URL, docs/deploy.md how to make the database."
MAKE_ANOTHER = (
    "Make another one: createdb --template template0 --encoding UTF8 --locale C.UTF-8 NAME (docs/deploy.md)."
)
EXTENSIONS = {"postgis": "geometry", "pg_trgm": "searching names"}


@register(Tags.database)
def check_database(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Report a database that cannot be reached, has no PostGIS, or would not find Chinese text."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        try:
            messages += _check_one(alias)
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            messages.append(
                Error(f"The database cannot be used: {reason}", hint=SETTLED_BY, id="geo_registry.E001")
            )
    return messages


def _check_one(alias: str) -> list[CheckMessage]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = current_database()"
        )
        encoding, ctype = cursor.fetchone()
        cursor.execute(
            "SELECT name, installed_version FROM pg_available_extensions WHERE name = ANY(%s)",
            [list(EXTENSIONS)],
        )
        return judge_database(encoding, ctype, dict(cursor.fetchall()))


def judge_database(encoding: str, ctype: str, extensions: Mapping[str, str | None]) -> list[CheckMessage]:
    """Report what is wrong with a database.

    Parameters
    ----------
    encoding, ctype : str
        Its encoding and character type, as ``pg_database`` has them.
    extensions : Mapping
        Extensions that its server has, with the version that is installed in the database, or ``None``.
    """
    messages: list[CheckMessage] = []
    if encoding != "UTF8":
        messages.append(
            Error(
                f"The database is encoded in {encoding}, which cannot keep every Chinese character.",
                hint=MAKE_ANOTHER,
                id="geo_registry.E002",
            )
        )
    if ctype in ("C", "POSIX"):
        messages.append(
            Error(
                f"The database's character type is {ctype}: no Chinese character is a letter to it, so searching finds nothing.",
                hint=MAKE_ANOTHER,
                id="geo_registry.E003",
            )
        )
    for name, purpose in EXTENSIONS.items():
        if not extensions.get(name):
            what_to_do = "install its package, then " if name not in extensions else ""
            messages.append(
                Error(
                    f"The database has no extension {name}, which {purpose} needs.",
                    hint=f"As a superuser of the database: {what_to_do}CREATE EXTENSION {name};",
                    id="geo_registry.E004",
                )
            )
    return messages


@register(Tags.database, deploy=True)
def check_demo_data(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Report demo data on a site that was not told to show any."""
    if settings.DEMO_DATA_ALLOWED or "default" not in (databases or ()):
        return []
    from geo_registry.accounts.demo import PREFIX
    from geo_registry.accounts.models import User
    from geo_registry.reference.models import Source

    messages: list[CheckMessage] = []
    try:
        tables = set(connections["default"].introspection.table_names())
        if Source._meta.db_table in tables and Source.objects.filter(is_demo=True).exists():
            messages.append(
                Error(
                    "The database holds demo data, which is invented, and this site is not told to show any.",
                    hint="Remove it with: manage.py remove_demo. To show it nevertheless, set DEMO_DATA_ALLOWED=yes.",
                    id="geo_registry.E005",
                )
            )
        if (
            User._meta.db_table in tables
            and User.objects.filter(username__startswith=PREFIX, is_active=True).exists()
        ):
            messages.append(
                Error(
                    "There are demo accounts, whose passwords were printed.",
                    hint="Remove them with: manage.py make_demo_accounts --remove. To keep them, set DEMO_DATA_ALLOWED=yes.",
                    id="geo_registry.E006",
                )
            )
    except DatabaseError:
        # The database is older than this code, or cannot be used; `check_database` and ``migrate`` say so.
        return []
    return messages


def problems() -> list[str]:
    """Return each reason why the site must not start, as one sentence with what to do about it."""
    found = run_checks(tags=[Tags.database], include_deployment_checks=True, databases=["default"])
    return [f"{message.msg} {message.hint or ''}".strip() for message in found if message.is_serious()]


def refuse_if_unfit() -> None:
    """End the process with a sentence for each problem, if there is one.

    Raises
    ------
    SystemExit
        With the sentences.
    """
    if found := problems():
        sys.exit("\n".join(f"Geo Registry does not start: {problem}" for problem in found))
