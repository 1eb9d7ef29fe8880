"""``load_demo``: the openly invented demo county, through the importers that users use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.geodata.errors import GeodataError
from geo_registry.territory.models import Division

from ...services.demo import MANIFEST, load_demo
from ._show import ProgressLine, counts_line


class Command(commands.Command):
    """Reads the command line, calls the one service, shows its report."""

    help = gettext_noop(
        "Load the openly invented demo county into the registry: every file of the manifest, in its order, "
        "all or nothing. The counts "
        "are compared with those that the manifest promises; if one differs, the command says so and ends "
        "with 3. Loading it again "
        "changes nothing. remove_demo takes it out again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the manifest, and whether a registry with data in it is left alone."""
        parser.add_argument(
            "--manifest", type=Path, default=MANIFEST, help=_("list of the files (default: %(default)s)")
        )
        parser.add_argument(
            "--if-empty", action="store_true", help=_("do nothing if there are divisions already")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load, and show the counts of each file."""
        if options["if_empty"] and Division.objects.exists():
            self.stdout.write(_("There are divisions already; the demo county was not loaded."))
            return
        progress = ProgressLine(self.stderr)

        def told(report: Any) -> None:
            progress.end()
            self.stdout.write(counts_line(report))

        try:
            done = load_demo(manifest=options["manifest"], progress=progress, told=told)
        except GeodataError as error:
            progress.end()
            raise CommandError(error.render(_)) from error
        for difference in done.differences:
            self.stderr.write(difference.render(_))
        if done.differences:
            raise CommandError(
                _("The demo county is loaded, but not as its manifest promises."), returncode=3
            )
