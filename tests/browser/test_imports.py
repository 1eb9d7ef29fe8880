"""Records are taken out in a real browser, with a few keys."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Role

from .conftest import DESK, PHONE


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_records_are_taken_out_with_a_few_keys(tab, county, settings, tmp_path, size):
    settings.EXPORTS_DIR = tmp_path / "exports"
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open("/office/imports/export/")
        assert opened.overflow_px() <= 0
        page.locator("input[name=kind][value=facilities]").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="生成文件").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/**")
        with page.expect_download() as taken:
            page.get_by_role("link", name="查看结果").click()
        assert taken.value.suggested_filename.endswith(".xlsx")
        assert opened.problems == []
