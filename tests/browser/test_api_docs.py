"""The interface's documentation, which is Swagger UI's page: it draws itself under our rules, and everybody can read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import DESK, PHONE

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (script/test installs it)")
@pytest.mark.parametrize("size", [PHONE, pytest.param(DESK, marks=pytest.mark.slow)], ids=["phone", "desk"])
def test_its_words_and_buttons_stand_out(tab, county, size) -> None:
    with tab(size=size, bypass_csp=True) as opened:
        opened.open("/api/docs")
        opened.page.locator(".opblock-summary").nth(8).click()
        opened.page.locator(".opblock-body .parameters").first.wait_for()
        opened.page.locator(".try-out__btn").first.click()
        opened.page.locator(".execute").first.wait_for()
        opened.page.add_script_tag(path=str(AXE))
        result = opened.page.evaluate("() => axe.run({runOnly: ['color-contrast']})")
        assert result["passes"], "axe ran"
        nodes = [node for rule in result["violations"] for node in rule["nodes"]]
        assert [(node["html"][:90], node["any"][0]["message"][:160]) for node in nodes] == []
