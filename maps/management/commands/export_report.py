"""``export_report``: a run's figures as a workbook, or as a table for the statistical yearbook."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands

from ._run_options import add_run_options, write_file


class Command(commands.Command):
    """Write the figures of a coverage run: the same file that the run's page hands out."""

    help = gettext_noop(
        "Write the figures of a coverage run as XLSX: the annex to its map (xlsx) or a table for the yearbook (yearbook). "
        "It is made once and kept: the run's page hands out the same file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--format",
            choices=["xlsx", "yearbook"],
            default="xlsx",
            help=_("which table (default: xlsx, the annex)"),
        )
        add_run_options(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the file and say where it is."""
        write_file(self, options["format"], options)
