"""Databases of releases: made once at a release, restored by every later one."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg2
from django.conf import settings
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "tests" / "fixtures" / "releases"
# Roads, people and names outside one township are left out: a dump is to be small.
TOWNSHIP = "640181101"
COUNTED = (
    "territory_division",
    "territory_road",
    "territory_roadevent",
    "territory_populationcount",
    "facilities_facility",
    "facilities_facilitystatus",
    "facilities_coverageshare",
    "placenames_name",
    "placenames_spelling",
    "reference_referencevalue",
    "accounts_user",
)


def connect(database: str) -> psycopg2.extensions.connection:
    """Open a connection to another database on the server of the settings, outside transactions."""
    found = settings.DATABASES["default"]
    connection = psycopg2.connect(
        dbname=database,
        user=found["USER"] or None,
        password=found["PASSWORD"] or None,
        host=found["HOST"] or None,
        port=found["PORT"] or None,
    )
    connection.autocommit = True
    return connection


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """Make an empty database with PostGIS, hand out its address, and drop it."""
    found = settings.DATABASES["default"]
    identifier = sql.Identifier(name)
    with connect(found["NAME"]).cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield address(name)
    finally:
        with connect(found["NAME"]).cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))


def address(name: str) -> str:
    """Return DATABASE_URL of another database on the server of the settings."""
    found = settings.DATABASES["default"]
    who = quote(found["USER"], safe="") + (
        f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else ""
    )
    if found["HOST"].startswith("/"):
        return f"postgis://{who}@/{name}?host={quote(found['HOST'], safe='/')}" + (
            f"&port={found['PORT']}" if found["PORT"] else ""
        )
    return f"postgis://{who}@{found['HOST']}{':' + str(found['PORT']) if found['PORT'] else ''}/{name}"


def manage(database_url: str, *arguments: str) -> str:
    """Run a management command on a database as its own process; return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "geo_registry.settings.test",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def counts(name: str) -> dict[str, int]:
    """Count the rows of the tables that a release must carry over."""
    with connect(name).cursor() as cursor:
        found = {}
        for table in COUNTED:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            found[table] = cursor.fetchone()[0]
        return found


# What a schema is made of, one line a thing. The order of a table's columns is left out: added ones stand at the end.
_SCHEMA = """
WITH ours AS (
    SELECT c.oid, c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'extension ' || extname FROM pg_extension
UNION ALL
SELECT format('column %s.%s %s%s%s%s', relname, attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN ' not null' END, ' identity ' || nullif(attidentity::text, ''),
              ' default ' || pg_get_expr(adbin, adrelid))
FROM ours JOIN pg_attribute a ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(k.oid))
FROM ours JOIN pg_constraint k ON conrelid = ours.oid
UNION ALL
SELECT 'index ' || pg_get_indexdef(indexrelid) FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT format('trigger %s %s', tgenabled, pg_get_triggerdef(t.oid))
FROM ours JOIN pg_trigger t ON tgrelid = ours.oid AND NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def schema(name: str) -> set[str]:
    """Return what a database's tables are made of: columns, constraints, indexes, triggers and their functions.

    It is read of a copy that was dumped and restored: PostgreSQL words a condition in another way when it has been.
    """
    copy = f"{name}_copy"
    with scratch_database(copy):
        dump = subprocess.run(
            client(name, "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--no-comments"),
            env=client_environment(),
            capture_output=True,
            check=True,
        ).stdout
        _run_sql(copy, dump)
        with connect(copy).cursor() as cursor:
            cursor.execute(_SCHEMA)
            return {line for (line,) in cursor.fetchall()}


def client(name: str, program: str, *arguments: str) -> list[str]:
    """Return the command line of a PostgreSQL client program on a database."""
    found = settings.DATABASES["default"]
    options = {"-h": found["HOST"], "-p": str(found["PORT"] or ""), "-U": found["USER"]}
    return [
        program,
        *(part for key, value in options.items() if value for part in (key, value)),
        *arguments,
        name,
    ]


def client_environment() -> dict[str, str]:
    """Return the environment with the password, which never stands on a command line."""
    password = settings.DATABASES["default"]["PASSWORD"]
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


_THIN = """
DELETE FROM placenames_place_roads WHERE road_id NOT IN (SELECT r.id FROM territory_road r JOIN territory_division d
    ON d.id = r.division_id WHERE d.path LIKE %(path)s);
DELETE FROM territory_road WHERE division_id IS NULL OR division_id NOT IN
    (SELECT id FROM territory_division WHERE path LIKE %(path)s);
DELETE FROM territory_populationcount WHERE place_id IN (SELECT p.id FROM territory_populatedplace p
    LEFT JOIN territory_division d ON d.id = p.division_id WHERE d.path IS NULL OR d.path NOT LIKE %(path)s);
DELETE FROM territory_populatedplace WHERE division_id IS NULL OR division_id NOT IN
    (SELECT id FROM territory_division WHERE path LIKE %(path)s);
DELETE FROM territory_roadevent WHERE id NOT IN (SELECT id FROM territory_road);
DELETE FROM territory_populatedplaceevent WHERE id NOT IN (SELECT id FROM territory_populatedplace);
DELETE FROM territory_populationcountevent WHERE id NOT IN (SELECT id FROM territory_populationcount);
"""


def write_release_dump(version: str) -> None:
    """Make the demo county in a new database, thin it, and write it and its counts as fixtures."""
    name = "geo_release_dump"
    RELEASES.mkdir(parents=True, exist_ok=True)
    with scratch_database(name) as url:
        manage(url, "migrate", "--verbosity", "0")
        manage(url, "load_reference")
        manage(url, "load_demo")
        thin(name)
        manage(
            url, "compute_coverage", "--network", "elderly-care", "--kind", "station", "--date", "2024-12-31"
        )
        dump = subprocess.run(
            client(
                name,
                "pg_dump",
                "--no-owner",
                "--no-privileges",
                "--no-comments",
                "--exclude-table=spatial_ref_sys",
            ),
            env=client_environment(),
            capture_output=True,
            check=True,
        ).stdout
        with (
            (RELEASES / f"{version}.sql.gz").open("wb") as file,
            gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed,
        ):
            packed.write(dump)
        (RELEASES / f"{version}.json").write_text(json.dumps(counts(name), indent=1) + "\n")


def thin(name: str) -> None:
    """Leave one township's roads and people."""
    with connect(name).cursor() as cursor:
        cursor.execute("SELECT path FROM territory_division WHERE code = %s", [TOWNSHIP])
        path = cursor.fetchone()[0]
        cursor.execute("DELETE FROM facilities_coveragerun")
        cursor.execute("DELETE FROM imports_batchrow")
        for statement in filter(str.strip, _THIN.split(";")):
            cursor.execute(statement, {"path": f"{path}%"})


def restore(name: str, dump: Path) -> None:
    """Read a dump into an empty database.

    Raises
    ------
    RuntimeError
        With what psql said of the first statement that failed.
    """
    _run_sql(name, gzip.decompress(dump.read_bytes()))


def _run_sql(name: str, statements: bytes) -> None:
    done = subprocess.run(
        client(name, "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", "-"),
        env=client_environment(),
        input=statements,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
