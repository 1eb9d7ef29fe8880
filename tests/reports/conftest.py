"""The little county with the settings of reports."""

from __future__ import annotations

import pytest

from geo_registry.reports import registry
from geo_registry.reports.models import Report
from geo_registry.reports.services.receiving import receive
from tests import factories, little_county

SETTINGS = {
    "report-days-township": 5, "report-days-county": 10, "report-contact-kept-days": 30,
    "reports-a-day-per-visitor": 20, "reports-a-day-in-all": 500, "report-photo-max-mb": 10,
}  # fmt: skip


@pytest.fixture
def county(db) -> little_county.LittleCounty:
    """The county, where reports can be sent."""
    for key, value in SETTINGS.items():
        factories.ReferenceValueFactory(key=key, value=value)
    return little_county.make()


@pytest.fixture
def send(county):
    """Send a report about a facility: ``send("OPEN-0", topic="phone")`` gives the report and its code."""

    def sent(number: str = "OPEN-0", **values) -> tuple[Report, str]:
        kind, subject = registry.find("facility", number)
        given = {"topic": "phone", "text": "电话是空号", "address": "203.0.113.5", **values}
        return receive(kind=kind, subject=subject, **given)

    return sent
