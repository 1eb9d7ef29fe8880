"""``import_data KIND FILE``: any file that an office has, into the registry."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.records import ImportReport, Outcome, RowIssue, Severity

from ... import registry
from ...services import RowsRefused, run_import
from ._show import ProgressLine, counts_line, issue_line

SHOWN_ISSUES = 20
# argparse ends with 2 for a command that is not understood.
PARTLY = 3


class Command(commands.Command):
    """Reads the command line, calls the one service, shows its report."""

    help = gettext_noop(
        "Take a file into the registry: XLSX, XLS, ODS, CSV, shapefile (also zipped), GeoPackage, GeoJSON, "
        "KML, GPX or "
        "OpenStreetMap extract. Everything goes in within one transaction; a bad row is named by number and "
        "column and "
        "refused, and the rest goes in; a bad file leaves nothing behind. The same file twice changes "
        "nothing; empty cells "
        "never blank what is there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the kind, the file, and how it is to be read."""
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = _epilog()
        parser.add_argument(
            "kind",
            metavar="KIND",
            choices=list(registry.kinds()),
            help=_("what the file is about (see below)"),
        )
        parser.add_argument(
            "file", metavar="FILE", type=Path, help=_("the file; a shapefile as its .shp or as a .zip")
        )
        reading = parser.add_argument_group(_("how the file is to be read"))
        reading.add_argument(
            "--source-crs", metavar="CRS",
            help=_(
                "co-ordinates of the file: EPSG:4490, EPSG:4544, CGCS2000, WGS84, GCJ-02, BD-09 …; compulsory where the file "
                "has co-ordinates and does not say which"
            ),
        )  # fmt: skip
        reading.add_argument(
            "--encoding",
            help=_("text encoding (GB18030, UTF-8, Big5 …), if the file does not say it or is wrong"),
        )
        reading.add_argument("--layer", help=_("the sheet or layer, if there are several"))
        reading.add_argument(
            "--header-row", type=int, metavar="N", help=_("row of the headers in a table, if it is not found")
        )
        reading.add_argument(
            "--mapping", metavar="FIELD=HEADER,…", action="append", default=[],
            help=_("which header is which column, where the header is not one that is known; one header may serve several columns"),
        )  # fmt: skip
        reading.add_argument(
            "--set", metavar="FIELD=VALUE", dest="constants", action="append", default=[],
            help=_("one value for all rows; outranks a column of the file; may be repeated"),
        )  # fmt: skip
        reading.add_argument(
            "--exchange-axes", action="store_true",
            help=_("exchange the two co-ordinates of each place: the file has latitude (northing) before longitude (easting)"),
        )  # fmt: skip
        reading.add_argument(
            "--where", metavar="CONDITION", action="append", default=[],
            help=_("only rows that meet this, such as 'healthcare>0' or '类型=小区'; may be repeated, then all must hold"),
        )  # fmt: skip
        doing = parser.add_argument_group(_("what is done with it"))
        doing.add_argument(
            "--source",
            metavar="CODE",
            help=_("source of the rows (made if new); by default the file is its own source"),
        )
        doing.add_argument(
            "--home", metavar="CODE", help=_("with divisions: the division whose registry this is")
        )
        doing.add_argument(
            "--blank-empty",
            action="store_true",
            help=_("empty cells blank what is in the registry (else they say nothing)"),
        )
        doing.add_argument(
            "--leave-unplaced", action="store_true",
            help=_("rows without co-ordinates stay without (else they are placed by their address or division, and it is said)"),
        )  # fmt: skip
        doing.add_argument("--strict", action="store_true", help=_("take nothing in if one row is refused"))
        doing.add_argument(
            "--dry-run",
            action="store_true",
            help=_("report what would be done, with the same counts, and change nothing"),
        )
        doing.add_argument(
            "--json", metavar="REPORT", type=Path, help=_("write the report there as JSON, with all issues")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import, report, and end with 0 (all in), 3 (some rows refused, the rest in) or 1 (nothing in)."""
        progress = ProgressLine(self.stderr)
        try:
            report = run_import(
                kind=options["kind"],
                path=options["file"],
                source=options["source"],
                source_crs=options["source_crs"],
                encoding=options["encoding"],
                layer=options["layer"],
                header_row=options["header_row"],
                mapping=_pairs(options["mapping"], split=True),
                constants=_pairs(options["constants"], split=False),
                where=options["where"],
                home=options["home"],
                strict=options["strict"],
                blank_empty=options["blank_empty"],
                leave_unplaced=options["leave_unplaced"],
                exchange_axes=options["exchange_axes"],
                dry_run=options["dry_run"],
                progress=progress,
            )
        except RowsRefused as error:
            progress.end()
            self._show(error.report, options["json"])
            raise CommandError(error.render(_)) from error
        except GeodataError as error:
            progress.end()
            raise CommandError(_placed(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror or error}") from error
        progress.end()
        self._show(report, options["json"])
        if report.counts[Outcome.REFUSED]:
            sys.exit(PARTLY)

    def _show(self, report: ImportReport, target: Path | None) -> None:
        if target is not None:
            target.write_text(json.dumps(report.to_json(_), ensure_ascii=False, indent=2), encoding="utf-8")
        for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
            self._show_issues(
                [issue for issue in report.issues if issue.severity is severity],
                report.issue_counts[severity],
            )
        if report.dry_run:
            self.stdout.write(_("Dry run: nothing was changed."))
        self.stdout.write(counts_line(report))

    def _show_issues(self, issues: list[RowIssue], count: int) -> None:
        for issue in issues[:SHOWN_ISSUES]:
            self.stderr.write(issue_line(issue))
        if count > SHOWN_ISSUES:
            self.stderr.write(_("… and %(count)d more. --json lists them.") % {"count": count - SHOWN_ISSUES})


def _pairs(given: list[str], *, split: bool) -> dict[str, str]:
    """Return ``field=value`` words as a dictionary.

    Raises
    ------
    CommandError
        If a word has no equals sign.
    """
    words = [word for text in given for word in (text.split(",") if split else [text]) if word.strip()]
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CommandError(_("“%(word)s” is not understood. Write it like field=value.") % {"word": word})
        pairs[name.strip()] = value.strip()
    return pairs


def _placed(error: GeodataError) -> str:
    """Return an error's sentence, with the file in front."""
    where = f"{error.file}: " if error.file and error.file not in error.render(_) else ""
    return f"{where}{error.render(_)}"


def _epilog() -> str:
    lines = [_("kinds and their columns (field = main header; other usual headers are known too):")]
    for kind in registry.kinds().values():
        columns = ", ".join(
            f"{column.field}={column.headers[0]}{'*' if column.required else ''}"
            for column in kind.declaration.columns
        )
        lines += [
            "",
            f"  {kind.code}:",
            textwrap.fill(columns, 100, initial_indent="    ", subsequent_indent="    "),
        ]
    lines += [
        "",
        "  * " + _("must be in the file, or be given by --set."),
        "",
        _(
            "ends with 0: everything went in; 3: some rows were refused, the rest went in; 1: nothing went in, the message "
            "says why."
        ),
        "",
        _("examples:"),
        "  import_data divisions 区划.xlsx --source-crs EPSG:4490 --home 640181",
        "  import_data roads region.osm.pbf",
        (
            "  import_data population cells.csv --source-crs EPSG:4326 --mapping "
            "'code=id,residents=population' "
            "\\"
        ),
        "      --set kind=cell --set as_of=2010-08-01",
    ]
    return "\n".join(lines)
