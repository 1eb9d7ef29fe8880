"""``export_map``: a run's map as a sheet of paper, a picture, a page, or layers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands

from ._run_options import add_run_options, write_file


class Command(commands.Command):
    """Write a map of a coverage run: the same file that the run's page hands out."""

    help = gettext_noop(
        "Write a map of a coverage run. It is made once and kept: the run's page hands out the same file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", choices=["coverage"], help=_("what to draw"))
        parser.add_argument(
            "--format", choices=["pdf-a3", "pdf-a4", "png", "html", "gpkg"], default="html",
            help=_("form of the file (default: html)"),
        )  # fmt: skip
        add_run_options(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the file and say where it is."""
        write_file(self, options["format"], options)
