"""Which co-ordinates a file has is asked wherever it has any: in a column of shapes, and in one that is named only on the page."""

from __future__ import annotations

import openpyxl
import pytest
from django.urls import reverse

from geo_registry.imports.models import ColumnMemory
from geo_registry.imports.registry import ExportScope, kind_of
from geo_registry.imports.services import flow, run_import
from geo_registry.imports.services.exporting import export_kind
from geo_registry.territory.models import Road
from tests.factories import RoadFactory

from .files import csv_file
from .way import bring, counts_of

pytestmark = pytest.mark.usefixtures("in_this_process", "limits")
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
LINE = "LINESTRING (106.00 38.00, 106.01 38.01)"


def columns_of(batch):
    batch.refresh_from_db()
    return {column["header"]: column["field"] for column in batch.inspection["columns"]}


def test_a_column_of_lines_is_proposed_and_its_system_is_asked(client, tmp_path, planner):
    path = csv_file(tmp_path / "r.csv", [{"道路编号": "R1", "道路名称": "新路", "线位": LINE}])
    batch = bring(path, planner, "roads")
    assert columns_of(batch)["线位"] == "position"
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert 'value="GCJ-02"' in page
    assert "还需要选择" not in page


def test_a_column_that_is_named_on_the_page_is_asked_about_before_the_preview(client, tmp_path, planner):
    """Before, the preview failed with a sentence, and the page had nothing to answer it with."""
    path = csv_file(
        tmp_path / "r.csv",
        [
            {"道路编号": "R1", "道路名称": "新路", "起止": LINE},
            {"道路编号": "R2", "道路名称": "旧路", "起止": "待测"},
        ],
    )
    batch = bring(path, planner, "roads")
    assert columns_of(batch)["起止"] == ""
    client.force_login(planner, backend=BACKEND)
    address = reverse("imports:batch", args=[batch.pk])
    assert 'value="GCJ-02"' not in client.get(address).content.decode()
    given = {"column-0": "source_ref", "column-1": "name", "column-2": "position", "action": "preview"}
    client.post(reverse("imports:read", args=[batch.pk]), given)
    page = client.get(address).content.decode()
    assert 'value="GCJ-02"' in page
    assert "还需要选择" in page
    assert columns_of(batch)["起止"] == "position"
    client.post(reverse("imports:read", args=[batch.pk]), {**given, "source_crs": "EPSG:4490"})
    batch.refresh_from_db()
    assert batch.job.state == "succeeded"
    assert counts_of(batch) == (1, 0, 0, 1)
    flow.commit(user=planner, batch=batch)
    assert Road.objects.count() == 1


def test_a_table_that_goes_out_says_which_co_ordinates_its_shapes_have_and_comes_in_unasked(
    tmp_path, planner, county
):
    RoadFactory(name="东路")
    path = tmp_path / "roads.xlsx"
    export_kind(kind=kind_of("roads"), target=path, scope=ExportScope(user=planner))
    headers = [cell.value for cell in openpyxl.load_workbook(path).active[1]]
    assert "坐标（CGCS2000）" in headers
    report = run_import(kind="roads", path=path, user=planner, dry_run=True)
    assert sum(report.counts.values()) == 1


def test_a_remembered_column_gives_way_to_the_one_that_is_called_so(tmp_path, planner):
    """An office had a list without codes, and took the running numbers: that is nothing for a file that has codes."""
    rows = [{"序号": "1", "名称": "东庄", "常住人口": 120, "统计日期": "2024-12-31"}]
    flow.preview(
        user=planner,
        batch=bring(csv_file(tmp_path / "a.csv", rows), planner),
        options={"mapping": {"code": "序号"}},
        fields={"序号": "code"},
    )
    assert columns_of(bring(csv_file(tmp_path / "b.csv", rows), planner))["序号"] == "code"
    fields = columns_of(bring(csv_file(tmp_path / "c.csv", [{**rows[0], "网格编号": "W1"}]), planner))
    assert (fields["序号"], fields["网格编号"]) == ("", "code")


def test_what_nobody_knew_and_stayed_nothing_is_no_decision(tmp_path, planner):
    rows = [{"编号": "H1", "名称": "东庄", "杂项": "x", "户数": 3, "常住人口": 120, "统计日期": "2024-12-31"}]
    fields = {"杂项": "", "户数": ""}
    batch = bring(csv_file(tmp_path / "a.csv", rows), planner)
    flow.preview(user=planner, batch=batch, options={}, fields=fields)
    assert list(ColumnMemory.objects.values_list("header", "field")) == [("户数", "")]
    # One that was something before, and is taken back, is.
    flow.preview(user=planner, batch=batch, options={}, fields={"杂项": "children"})
    flow.preview(user=planner, batch=batch, options={}, fields={"杂项": ""})
    assert set(ColumnMemory.objects.values_list("header", "field")) == {("户数", ""), ("杂项", "")}
