"""Steps on a file's way through the browser, for tests."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from geo_registry.imports.registry import kind_of
from geo_registry.imports.services import flow

from .files import csv_file

HAMLETS = [
    {
        "编号": "H1",
        "名称": "东庄",
        "经度": 106.05,
        "纬度": 38.0,
        "统计日期": "2024-12-31",
        "常住人口": "120人",
    },
    {
        "编号": "H2",
        "名称": "西庄",
        "经度": 105.95,
        "纬度": 38.0,
        "统计日期": "2024-12-31",
        "常住人口": "许多",
    },
]
READ_4490 = {"source_crs": "EPSG:4490"}


def uploaded(path):
    return SimpleUploadedFile(path.name, path.read_bytes())


def bring(path, user, kind="population"):
    return flow.upload(user=user, kind=kind_of(kind), files=[uploaded(path)])


def previewed(path, user, kind="population", **options):
    batch = bring(path, user, kind)
    flow.preview(user=user, batch=batch, options={**READ_4490, **options})
    batch.refresh_from_db()
    assert batch.job.state == "succeeded", batch.job.error
    return batch


def committed(path, user, kind="population", **options):
    batch = previewed(path, user, kind, **options)
    flow.commit(user=user, batch=batch, others_are_new=True)
    batch.refresh_from_db()
    return batch


def counts_of(batch):
    return (batch.count_new, batch.count_changed, batch.count_unchanged, batch.count_refused)


def facilities_file(tmp_path, rows, name="f.csv"):
    return csv_file(tmp_path / name, rows)
