"""What keeps an import, or a removal, from being done; each says why in one sentence."""

from __future__ import annotations

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.geodata.records import ImportReport

_ROWS_REFUSED = gettext_noop("{count} rows were refused, so nothing of the file “{file}” was taken in.")


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
