"""What happened to a file's rows: issues and the report of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .errors import Message, Translate, identity

MAX_KEPT_VALUE_CHARS = 200


class Severity(StrEnum):
    """How bad it is: an error refuses its row, a warning asks a person to look, a note explains a reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Outcome(StrEnum):
    """What an import did, or in a dry run would do, with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Something to say about one row, one cell, or (row None) the whole file.

    Parameters
    ----------
    row : int or None
        Row number as the user sees it in the file; None for the file as a whole.
    column : str or None
        Header as the user sees it in the file.
    severity : Severity
        ``error``, ``warning`` or ``note``.
    message : Message
        A whole sentence.
    value : object, optional
        The offending value as found in the file.
    """

    row: int | None
    column: str | None
    severity: Severity
    message: Message
    value: object = None

    def to_json(self, translate: Translate = identity) -> dict[str, Any]:
        """Return plain JSON values, with the message in the caller's language."""
        return {
            "row": self.row,
            "column": self.column,
            "severity": str(self.severity),
            "message": self.message.render(translate),
            "value": None if self.value is None else str(self.value)[:MAX_KEPT_VALUE_CHARS],
        }


@dataclass(slots=True)
class ImportReport:
    """The account of one file's import: the same for a dry run and for the real one.

    Issues are kept up to `max_issues_kept` of each severity, so that a million bad rows cost no memory and
    notes never crowd out errors; all of them are counted.

    Parameters
    ----------
    kind : str
        Import kind, e.g. ``facilities``.
    file : str
        Name of the file.
    sha256 : str
        Checksum of its content, hexadecimal.
    layer, encoding, crs : str, optional
        What was read, and how; `crs` names the source's co-ordinate system.
    warned_rows : int
        Rows that went in, or would, with at least one warning.
    late_warned_rows : int
        Of these, rows that nothing but what followed on the import (checks of names) had to say something of. Once they are
        in, the same file says nothing of them again.
    batch : str, optional
        Number under which what was done is kept.
    likely_crs : str, optional
        The system that the co-ordinates are probably in, where the registry shows that the declared one is not.
    likely_exchanged : bool
        Nearly all places lie right only if their two numbers are exchanged.
    """

    kind: str
    file: str
    sha256: str = ""
    layer: str | None = None
    encoding: str | None = None
    encoding_guessed: bool = False
    crs: str | None = None
    dry_run: bool = False
    warned_rows: int = 0
    late_warned_rows: int = 0
    batch: str | None = None
    likely_crs: str | None = None
    likely_exchanged: bool = False
    max_issues_kept: int = 1000
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    issues: list[RowIssue] = field(default_factory=list)
    issue_counts: dict[Severity, int] = field(default_factory=lambda: dict.fromkeys(Severity, 0))
    timings_s: dict[str, float] = field(default_factory=dict)
    _kept: Counter[Severity] = field(default_factory=Counter, repr=False)

    @property
    def rows(self) -> int:
        """Number of rows that met an outcome."""
        return sum(self.counts.values())

    @property
    def has_errors(self) -> bool:
        """Whether any error was counted, kept or not."""
        return self.issue_counts[Severity.ERROR] > 0

    @property
    def issues_not_kept(self) -> int:
        """Number of issues that were counted but not kept."""
        return sum(self.issue_counts.values()) - len(self.issues)

    def count(self, outcome: Outcome, rows: int = 1) -> None:
        """Count `rows` rows with an outcome."""
        self.counts[outcome] += rows

    def add(self, issue: RowIssue) -> None:
        """Count an issue, and keep it while there is room for its severity."""
        self.issue_counts[issue.severity] += 1
        if self._kept[issue.severity] < self.max_issues_kept:
            self._kept[issue.severity] += 1
            self.issues.append(issue)

    def extend(self, issues: Iterable[RowIssue]) -> None:
        """Add several issues."""
        for issue in issues:
            self.add(issue)

    def time(self, step: str, seconds: float) -> None:
        """Add `seconds` to the time of a named step."""
        self.timings_s[step] = self.timings_s.get(step, 0.0) + seconds

    def to_json(self, translate: Translate = identity) -> dict[str, Any]:
        """Return plain JSON values; issues stand in file order, whole-file ones first.

        Parameters
        ----------
        translate : callable, default identity
            The caller's ``gettext``.

        Returns
        -------
        dict
            Serialisable by `json.dumps`.
        """
        ordered = sorted(self.issues, key=lambda issue: issue.row or 0)
        return {
            "kind": self.kind,
            "file": self.file,
            "sha256": self.sha256,
            "layer": self.layer,
            "encoding": self.encoding,
            "encoding_guessed": self.encoding_guessed,
            "crs": self.crs,
            "likely_crs": self.likely_crs,
            "likely_exchanged": self.likely_exchanged,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "batch": self.batch,
            "warned_rows": self.warned_rows,
            "counts": {str(outcome): n for outcome, n in self.counts.items()},
            "issue_counts": {str(severity): n for severity, n in self.issue_counts.items()},
            "issues": [issue.to_json(translate) for issue in ordered],
            "issues_not_kept": self.issues_not_kept,
            "timings_s": {step: round(seconds, 3) for step, seconds in self.timings_s.items()},
        }
