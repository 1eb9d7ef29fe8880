"""Findings in the reader's language, as plain values: for pages, JSON and the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from geo_registry.geodata.errors import Message, gettext_noop
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
    """Return findings as plain values in the reader's language, by number.

    Parameters
    ----------
    findings
        As whoever reads them is told (`Checked.told_to`).
    """
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
                    "dismissed": _("the reason is not public")
                    if item.dismissed and item.is_veiled
                    else item.dismissed,
                    "is_veiled": item.is_veiled,
                }
                for item in finding.evidence
            ],
        }
        for finding in findings
    ]


OWN_QUEUE: Final = frozenset({21, 22})
"""Spellings that wait and days of the procedure have queues of their own."""
_FOUND = gettext_noop("Check {number}, {title}: {text}")
_FOUND_MORE = gettext_noop("Check {number}, {title}: {text} And {more} more.")


def to_be_looked_at(finding: Finding) -> bool:
    """Whether somebody who goes through many names should look at a finding: a warning at least, open, with no queue of its own."""
    return finding.rule.number not in OWN_QUEUE and finding.severity.weight >= Severity.WARN.weight


def finding_message(finding: Finding) -> Message:
    """Return an open finding as one sentence: the check, its worst evidence, and how many more there are."""
    worst = max(finding.open_evidence, key=lambda item: item.severity.weight)
    params: dict[str, object] = {
        "number": finding.rule.number,
        "title": finding.rule.title or finding.rule.code,
        "text": worst.message,
    }
    more = len(finding.open_evidence) - 1
    return Message(_FOUND_MORE, params | {"more": more}) if more else Message(_FOUND, params)
