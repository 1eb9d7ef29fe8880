"""``manage.py compare_names FILE``: the registry beside an export of the national database of place names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.geodata.errors import GeodataError
from placenames.services.differences import Kind, compare, write_workbook


class Command(commands.Command):
    """Nothing is changed."""

    help = gettext_noop(
        "Compare place names with a file of the national database's fields (XLSX, CSV, GeoPackage …): what is missing on either "
        "side, what differs, what is there twice (categories 21610 and 27610). Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and where the differences are to be written."""
        parser.add_argument("file", type=Path, help=_("file of the national database's fields"))
        parser.add_argument("--encoding", help=_("text encoding of the file, if it does not say it"))
        parser.add_argument(
            "--output", type=Path, metavar="XLSX", help=_("write every difference there, one a row")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compare, and say how many differences of each kind there are."""
        try:
            told = compare(options["file"], encoding=options["encoding"])
        except GeodataError as error:
            raise CommandError(error.render(_)) from error
        self.stdout.write(
            _("%(rows)d rows, %(places)d places, %(same)d the same")
            % {"rows": told.rows, "places": told.places, "same": told.same}
        )
        for kind in Kind:
            self.stdout.write(f"{told.count(kind):>8}  {kind.label}")
        if told.unread:
            self.stdout.write(f"{told.unread:>8}  " + _("cells that could not be read"))
        if told.unused:
            self.stdout.write(
                _("Columns that were not recognised: %(columns)s") % {"columns": "、".join(told.unused)}
            )
        if options["output"] is not None:
            write_workbook(told, options["output"])
