"""``export_data KIND FILE``: the registry out into a file that it takes in again without a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.geodata.errors import GeodataError
from geo_registry.operations import leaving
from geo_registry.territory.models import Division

from ... import registry
from ...services.exporting import FORMATS, export_kind
from ...services.sheets import template_xlsx
from ._show import ProgressLine


class Command(commands.Command):
    """Reads the command line, calls the one service, says what was written and what could not be."""

    help = gettext_noop(
        "Write the records of a kind into a file, its format told by its ending: .xlsx, .csv (UTF-8 with BOM), .gpkg, .zip (a "
        "shapefile, with a file that says which of its short names is which column), .geojson and .kml (WGS 84). import_data takes "
        "it in again without a difference, with --source and the code of the source it came from. With --template an empty "
        "spreadsheet to fill in is written instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the kind, the file, and what of it."""
        parser.add_argument(
            "kind", metavar="KIND", choices=list(registry.kinds()), help=_("what the file is about")
        )
        parser.add_argument(
            "file",
            metavar="FILE",
            type=Path,
            help=_("ends in one of %(endings)s") % {"endings": ", ".join(FORMATS.values())},
        )
        parser.add_argument("--division", metavar="CODE", help=_("only what lies in this division or below"))
        parser.add_argument("--source", metavar="CODE", help=_("only what came from this source"))
        parser.add_argument(
            "--template", action="store_true", help=_("write an empty template (.xlsx) to fill in")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write, and say what."""
        kind, target = registry.kind_of(options["kind"]), options["file"]
        try:
            if options["template"]:
                target.write_bytes(template_xlsx(kind))
                self.stdout.write(_("Written: %(file)s") % {"file": target})
                return
            division = None
            if code := options["division"]:
                division = Division.objects.filter(code=code, valid_to__isnull=True).first()
                if division is None:
                    raise CommandError(_("No division has the code %(code)s.") % {"code": code})
            progress = ProgressLine(self.stderr)
            scope = registry.ExportScope(division=division, source=options["source"])
            report = export_kind(kind=kind, target=target, scope=scope, progress=progress)
            progress.end()
        except GeodataError as error:
            raise CommandError(error.render(_)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or target}: {error.strerror or error}") from error
        leaving.note(what=f"export_data {kind.code}", rows=report.rows, size=target.stat().st_size)
        self.stdout.write(_("%(count)d rows written: %(file)s") % {"count": report.rows, "file": target})
        for loss in report.losses:
            self.stderr.write(loss.render(_))
