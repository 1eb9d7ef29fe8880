"""How the commands of this app show what they do."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from geo_registry.geodata.records import ImportReport, Outcome, RowIssue

from ...registry import kind_of
from ...services.words import severity_word

SECONDS_BETWEEN_LINES = 0.5


class ProgressLine:
    """Progress of a run as one line on a terminal that is written over; nothing where there is no terminal."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.visible = stream.isatty()
        self.last = 0.0

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show how far the work is."""
        if not self.visible or time.monotonic() - self.last < SECONDS_BETWEEN_LINES:
            return
        self.last = time.monotonic()
        figure = f"{done:,} / {total:,}" if total else f"{done:,}"
        self.stream.write(f"\r{message} {figure}\x1b[K", ending="")

    def end(self) -> None:
        """Clear the line."""
        if self.visible and self.last:
            self.stream.write("\r\x1b[K", ending="")


def issue_line(issue: RowIssue) -> str:
    """Return an issue as one line: how bad, where, what."""
    where = _("row %(row)d") % {"row": issue.row} if issue.row is not None else _("whole file")
    if issue.column:
        where = f"{where}, {issue.column}"
    return f"{severity_word(issue.severity)} · {where}: {issue.message.render(_)}"


def counts_line(report: ImportReport) -> str:
    """Return the counts of a report as one line."""
    counts = report.counts
    return _(
        "%(kind)s, %(file)s: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, %(refused)d refused; "
        "%(warned)d to be looked at."
    ) % {
        "kind": kind_of(report.kind).label,
        "file": report.file,
        "new": counts[Outcome.NEW],
        "changed": counts[Outcome.CHANGED],
        "unchanged": counts[Outcome.UNCHANGED],
        "refused": counts[Outcome.REFUSED],
        "warned": report.warned_rows,
    }
