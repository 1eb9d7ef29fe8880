"""A backup comes back whole: every table row by row, every file; also onto a newer release; and not into what is in use."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from psycopg2 import sql

from geo_registry.backup.making import thin_out
from tests.upgrade.dump import RELEASES, connect, manage, restore, schema, scratch_database


def contents(database: str) -> dict[str, tuple[int, str]]:
    """Every table of the site, and PostGIS's: how many rows, and a digest of all of them."""
    with connect(database).cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
                ).format(sql.Identifier(name))
            )
            found[name] = cursor.fetchone()
        return found


def sequences(database: str) -> dict[str, int | None]:
    """Every sequence's position: were one set back, the next record would get a number that is taken."""
    with connect(database).cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        return dict(cursor.fetchall())


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.skipif(shutil.which("psql") is None, reason="PostgreSQL's client programs are not installed")
def test_a_backup_comes_back_whole_and_goes_on_to_this_release(tmp_path: Path, monkeypatch) -> None:
    old = max(RELEASES.glob("*.sql.gz"))
    here, there, kept = tmp_path / "here", tmp_path / "there", tmp_path / "backups"
    attached = here / "test" / "media" / "attachments" / "ab" / "abcd"
    attached.parent.mkdir(parents=True)
    attached.write_bytes(b"\x00\x01a photo" * 1000)
    waiting = here / "test" / "imports" / "5f0c" / "files" / "名单.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("名称\n兴业路\n", "utf-8")
    monkeypatch.setenv("GEO_REGISTRY_VAR", str(here))
    with scratch_database("geo_backup_from") as source, scratch_database("geo_backup_to") as target:
        restore("geo_backup_from", old)
        first = Path(manage(source, "make_backup", str(kept)).strip().splitlines()[-1])
        before = contents("geo_backup_from")
        assert before["facilities_facility"][0] > 10
        monkeypatch.setenv("GEO_REGISTRY_VAR", str(there))
        # Onto this release: what the old one had is all there, and nothing is left to migrate.
        said = manage(target, "restore_backup", str(first))
        assert "与备份完全一致" in said
        manage(target, "migrate", "--check")
        after = contents("geo_backup_to")
        for table in ("facilities_facilityevent", "territory_road", "accounts_user", "placenames_name"):
            assert after[table][0] == before[table][0]
        assert len(files(here)) == 2
        assert files(there) == files(here)
        # Neither over a database nor over files that are in use.
        with pytest.raises(RuntimeError, match="不是空的"):
            manage(target, "restore_backup", str(first))
        # From this release to this release: row by row the same.
        second = Path(manage(target, "make_backup", str(tmp_path / "more")).strip().splitlines()[-1])
        monkeypatch.setenv("GEO_REGISTRY_VAR", str(tmp_path / "third"))
        with scratch_database("geo_backup_third") as third:
            manage(third, "restore_backup", str(second))
            assert contents("geo_backup_third") == after
            assert sequences("geo_backup_third") == sequences("geo_backup_to") != {}
            # The triggers that write the history, and what keeps the tables right, came along.
            assert schema("geo_backup_third") == schema("geo_backup_to")
            assert files(tmp_path / "third") == files(here)
        monkeypatch.setenv("GEO_REGISTRY_VAR", str(tmp_path / "fourth"))
        with scratch_database("geo_backup_fourth") as fourth:
            refuses_what_is_not_whole_or_newer(fourth, second)
            assert contents("geo_backup_fourth").keys() == {"spatial_ref_sys"}
        assert files(tmp_path / "fourth") == {}
    manifest = json.loads((first / "manifest.json").read_text("utf-8"))
    del before["spatial_ref_sys"]
    assert manifest["tables"] == {name: count for name, (count, _digest) in before.items()}


def refuses_what_is_not_whole_or_newer(database: str, backup: Path) -> None:
    manifest, dump = backup / "manifest.json", backup / "database.dump"
    was, content = manifest.read_text("utf-8"), dump.read_bytes()
    said = json.loads(was)
    said["migrations"].append("facilities.9999_of_the_future")
    manifest.write_text(json.dumps(said), "utf-8")
    with pytest.raises(RuntimeError, match="更新的版本"):
        manage(database, "restore_backup", str(backup))
    manifest.write_text(was, "utf-8")
    dump.write_bytes(content[:-10])
    with pytest.raises(RuntimeError, match="损坏"):
        manage(database, "restore_backup", str(backup))
    # Were the damage older than its checksum: neither tables nor files are left behind.
    said = json.loads(was)
    said["sha256"]["database.dump"] = hashlib.sha256(content[: len(content) // 2]).hexdigest()
    dump.write_bytes(content[: len(content) // 2])
    manifest.write_text(json.dumps(said), "utf-8")
    with pytest.raises(RuntimeError, match="pg_restore"):
        manage(database, "restore_backup", str(backup))


def test_old_backups_are_thinned(tmp_path: Path) -> None:
    days = [
        f"2026-{month:02}-{day:02}T{hour}0000"
        for month in range(1, 7)
        for day in range(1, 29)
        for hour in ("02", "14")
    ]
    for name in (*days, "not-a-backup"):
        (tmp_path / name).mkdir()
    removed = thin_out(folder=tmp_path)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(removed) + len(kept) == len(days) + 1
    assert kept[-8:] == [*(f"2026-06-{day}T140000" for day in range(22, 29)), "not-a-backup"]
    assert [name[:7] for name in kept if name < "2026-05-30"] == [f"2026-{month:02}" for month in range(1, 6)]
    assert thin_out(folder=tmp_path) == []
