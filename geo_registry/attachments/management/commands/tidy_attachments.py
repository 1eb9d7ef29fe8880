"""Removing files that nothing needs any more; looking whether all others are there and whole."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geo_registry.attachments import services


class Command(BaseCommand):
    """Tidies up the folder of attachments."""

    help = (
        "Remove files whose form was never saved, whose record is gone, or that no row knows of, after a day's grace. "
        "Run it every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument(
            "--verify", action="store_true", help="instead, read every file and compare it with its checksum"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it and say what was found."""
        if options["verify"]:
            wrong = services.verify()
            for sentence in wrong:
                self.stderr.write(sentence)
            if wrong:
                raise CommandError(f"{len(wrong)} files are missing or damaged: take them from a backup.")
            self.stdout.write("every file is there and whole")
            return
        found = services.tidy(dry_run=options["dry_run"])
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{found.waiting} files of unsaved forms, {found.ownerless} of records that are gone, {found.contents} contents "
            f"without a record, {found.unknown_files} unknown files, {found.leftovers} interrupted uploads {would}removed; "
            f"{found.freed_bytes / 1e6:.1f} MB {would}freed"
        )
