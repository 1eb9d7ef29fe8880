"""Files that background work writes are kept for some days; what killed processes left beside them goes with the old ones."""

from __future__ import annotations

import os
import time
import uuid

from geo_registry.jobs.kept_files import KeptFiles


def test_old_files_and_folders_of_killed_processes_go_and_nothing_else(settings, tmp_path):
    settings.EXPORTS_DIR = str(tmp_path)
    kept = KeptFiles(folder="", days=7)
    old, young = tmp_path / "old.csv", tmp_path / "young.csv"
    folders = [tmp_path / name for name in (".export-x", "download-x", "sheets")]
    for folder in folders:
        folder.mkdir()
        (folder / "part").write_bytes(b"x")
    for file in (old, young):
        file.write_bytes(b"x")
    long_ago = time.time() - 8 * 24 * 3600
    for path in (old, *folders):
        os.utime(path, (long_ago, long_ago))
    file = uuid.uuid4()
    with kept.writing(file, ".csv") as path:
        path.write_bytes(b"new")
    assert kept.path(file, ".csv").read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"sheets", "young.csv", kept.path(file, ".csv").name}
