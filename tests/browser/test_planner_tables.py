"""The tables beside a run's shares on a phone: headings keep room for words, the page stands still."""

from __future__ import annotations

import os

from django.urls import reverse

from facilities.models import Measure
from facilities.services.coverage import compute_coverage
from facilities.services.coverage_inputs import CoverageRequest
from geo_registry.accounts.models import Role

from .conftest import PHONE

LINES = """cells => cells.map(e => {
  const style = getComputedStyle(e);
  const text = document.createRange();
  text.selectNodeContents(e);
  const tops = new Set([...text.getClientRects()].map(r => Math.round(r.top)));
  return [e.textContent.trim(), tops.size, e.getBoundingClientRect().width / parseFloat(style.fontSize)];
})"""


def test_headings_are_read_on_a_phone(tab, county) -> None:
    old = county.run
    request = CoverageRequest(
        network=old.network,
        profile=old.profile,
        thresholds_s=(300, 900),
        day=old.day,
        capacity=Measure.MEALS_CAPACITY,
    )
    run = compute_coverage(request=request)
    with tab(size=PHONE, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open(reverse("maps:planner_run", args=[run.pk]))
        assert opened.overflow_px() == 0
        for text, lines, width_em in page.locator(".beside:not(.beside-stacked) thead th").evaluate_all(
            LINES
        ):
            assert width_em >= 5, text
            assert lines <= 4, text
        stacked = page.locator(".beside-stacked td")
        assert stacked.count() >= 5
        for label in stacked.evaluate_all("cells => cells.map(e => getComputedStyle(e, '::before').content)"):
            assert label not in {"none", '""'}
        for _text, lines, _width in stacked.evaluate_all(LINES):
            assert lines == 1
        assert page.locator(".beside-stacked").evaluate("e => e.getBoundingClientRect().right") <= PHONE[0]
        if os.environ.get("SHOW_BESIDE"):
            page.screenshot(path=os.environ["SHOW_BESIDE"], full_page=True)
