"""Back up the database and the files handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.backup.making import make_backup, thin_out
from geo_registry.backup.server import BackupError


class Command(commands.Command):
    """Back up the database and the files handed in, as of one moment, while the site serves."""

    help = gettext_noop(
        "Back up the database and the files handed in, into a folder of its own; --thin removes old ones."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be chosen."""
        parser.add_argument(
            "folder",
            type=Path,
            nargs="?",
            default=Path(settings.BACKUP_DIR),
            help=_("where backups are kept, each in a folder of its own (default: BACKUP_DIR)"),
        )
        parser.add_argument(
            "--thin",
            action="store_true",
            help=_(
                "afterwards keep the newest of each of the last 7 days, 4 weeks and 12 months, and remove the others"
            ),
        )

    def handle(self, *, folder: Path, thin: bool, **_options: Any) -> None:
        """Make it, and say where it is."""
        try:
            self.stdout.write(str(make_backup(folder=folder)))
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for removed in thin_out(folder=folder) if thin else ():
            self.stdout.write(_("removed %(folder)s") % {"folder": removed})
