"""Load thresholds, targets, profiles, rules, networks, kinds and the calendar from files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.reference import loading


class Command(commands.Command):
    """Adds what is missing; never overwrites or brings back what the office has changed or deleted."""

    help = gettext_noop(
        "Load reference rows: what is missing is added, what nobody has touched is brought up to date, what the office has "
        "changed or deleted stays so. Without a file, those that come with this release."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take files."""
        parser.add_argument(
            "files", nargs="*", type=Path, metavar="FILE", help=_("TOML files with reference rows")
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Load, and say what became of the rows of each table."""
        try:
            run = loading.load(options["files"] or loading.shipped_files())
        except loading.ReferenceFileError as error:
            raise CommandError(str(error)) from error
        for model, outcome in run.outcomes.items():
            self.stdout.write(
                _("%(table)s: %(added)d added, %(updated)d brought up to date, %(unchanged)d unchanged")
                % {
                    "table": model._meta.verbose_name_plural,
                    "added": outcome.added,
                    "updated": outcome.updated,
                    "unchanged": outcome.unchanged,
                }
            )
            for row in outcome.kept:
                self.stdout.write(_("  kept as the office has set it: %(row)s") % {"row": row})
            for row in outcome.left_out:
                self.stdout.write(_("  left out, as the office has deleted it: %(row)s") % {"row": row})
