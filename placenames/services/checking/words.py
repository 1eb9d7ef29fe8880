"""Findings in the reader's language, as plain values: for pages, JSON and the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from geo_registry.reference.models import Severity as SeverityChoice
from placenames.naming.checks import Finding, Result, Severity

RESULTS: Final[dict[Result, Promise]] = {
    Result.FOUND: pgettext_lazy("check", "found"),
    Result.CLEAR: pgettext_lazy("check", "clear"),
    Result.NOT_CHECKED: pgettext_lazy("check", "not checked"),
}


def severity_label(severity: Severity) -> str:
    """Return what a severity is called; nothing where nothing is open."""
    return "" if severity is Severity.OFF else str(SeverityChoice(severity.value).label)


def as_rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain values in the reader's language, by number."""
    return [
        {
            "number": finding.rule.number,
            "version": finding.rule.version,
            "code": finding.rule.code,
            "title": finding.rule.title or finding.rule.code,
            "article": finding.rule.article,
            "result": finding.result.value,
            "result_label": str(RESULTS[finding.result]),
            "severity": finding.severity.value,
            "severity_label": severity_label(finding.severity),
            "gate": finding.gate.value,
            "settling": finding.settling.value,
            "reason": finding.reason.render(_) if finding.reason else "",
            "evidence": [
                {
                    "message": item.message.render(_),
                    "key": item.key,
                    "severity": item.severity.value,
                    "severity_label": severity_label(item.severity),
                    "name": item.text,
                    "where": item.where,
                    "distance_m": None if item.distance_m is None else round(item.distance_m, 1),
                    "lon": item.lon,
                    "lat": item.lat,
                    "place": item.place_id,
                    "dismissed": item.dismissed,
                }
                for item in finding.evidence
            ],
        }
        for finding in findings
    ]
