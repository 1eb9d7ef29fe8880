"""What keeps an import, or a removal, from being done; each says why in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.geodata.records import ImportReport

from .spool import Difference

_ROWS_REFUSED = gettext_noop("{count} rows were refused, so nothing of the file “{file}” was taken in.")

_CHANGED = gettext_noop(
    "The registry has changed since the preview of “{file}”: {count} rows would now be done otherwise. Nothing was taken in; "
    "look at the new preview."
)


class UnknownKind(GeodataError):  # noqa: N818 - named as its siblings in geodata
    """There is no such kind of file."""


class RowsRefused(GeodataError):  # noqa: N818 - named as its siblings in geodata
    """Some rows were refused, and the rest was not to go in without them.

    Attributes
    ----------
    report : ImportReport
        Names them.
    """

    def __init__(self, report: ImportReport, *, count: int) -> None:
        super().__init__(Message(_ROWS_REFUSED, {"count": count, "file": report.file}), file=report.file)
        self.report = report


class PreviewChanged(GeodataError):  # noqa: N818 - named as its siblings in geodata
    """What a person agreed to is not what would be done now.

    Attributes
    ----------
    report : ImportReport
        What would be done now.
    differences : sequence of Difference
        The rows, and how.
    """

    def __init__(self, report: ImportReport, differences: Sequence[Difference]) -> None:
        super().__init__(
            Message(_CHANGED, {"count": len(differences), "file": report.file}), file=report.file
        )
        self.report = report
        self.differences = differences
