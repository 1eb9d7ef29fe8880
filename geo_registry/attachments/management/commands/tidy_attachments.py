"""Removing files that nothing needs any more; looking whether all others are there and whole."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.attachments import services


class Command(commands.Command):
    """Tidies up the folder of attachments."""

    help = gettext_noop(
        "Remove files whose form was never saved, whose record is gone, or that no row knows of, after a day's grace. "
        "Run it every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("--dry-run", action="store_true", help=_("only say what would be removed"))
        parser.add_argument(
            "--verify",
            action="store_true",
            help=_("instead, read every file and compare it with its checksum"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it and say what was found."""
        if options["verify"]:
            wrong = services.verify()
            for sentence in wrong:
                self.stderr.write(sentence)
            if wrong:
                raise CommandError(
                    _("%(count)d files are missing or damaged: take them from a backup.")
                    % {"count": len(wrong)}
                )
            self.stdout.write(_("every file is there and whole"))
            return
        found = services.tidy(dry_run=options["dry_run"])
        words = (
            _(
                "%(waiting)d files of unsaved forms, %(ownerless)d of records that are gone, %(contents)d contents without a "
                "record, %(unknown)d unknown files, %(leftovers)d interrupted uploads would be removed; %(freed)s MB would be freed"
            )
            if options["dry_run"]
            else _(
                "%(waiting)d files of unsaved forms, %(ownerless)d of records that are gone, %(contents)d contents without a "
                "record, %(unknown)d unknown files, %(leftovers)d interrupted uploads removed; %(freed)s MB freed"
            )
        )
        self.stdout.write(
            words
            % {
                "waiting": found.waiting,
                "ownerless": found.ownerless,
                "contents": found.contents,
                "unknown": found.unknown_files,
                "leftovers": found.leftovers,
                "freed": f"{found.freed_bytes / 1e6:.1f}",
            }
        )
