"""The map that a planner takes away, opened from a disk on a phone."""

from __future__ import annotations

from pathlib import Path

from maps.services import coverage_page
from maps.services.coverage_export import coverage_html

from .conftest import PHONE


def test_on_a_phone_the_map_comes_before_its_table_and_names_stay_whole(tab, county, tmp_path: Path) -> None:
    file = tmp_path / "coverage.html"
    file.write_text(coverage_html(coverage_page.choose(county.run, {})), encoding="utf-8")
    with tab(size=PHONE, offline=True) as opened:
        opened.page.goto(file.as_uri())
        opened.page.locator(".leaflet-control-scale").wait_for()
        assert "公里" in opened.page.locator(".leaflet-control-scale").inner_text()
        top = {
            part: opened.page.locator(part).bounding_box()["y"]
            for part in (".folium-map", "aside.legend", "section.table", "footer.sheet")
        }
        assert sorted(top, key=top.get) == list(top)
        names = opened.page.locator("tbody th")
        assert min(box["width"] for box in (name.bounding_box() for name in names.all())) > 70
        assert opened.overflow_px() == 0
