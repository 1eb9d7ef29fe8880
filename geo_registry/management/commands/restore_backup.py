"""Restore a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.backup.restoring import restore_backup
from geo_registry.backup.server import BackupError


class Command(commands.Command):
    """Restore a backup into an empty database, compare it, and bring it up to this release."""

    help = gettext_noop(
        "Restore a backup into an empty database and empty folders of files; later migrations follow."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be chosen."""
        parser.add_argument("backup", type=Path, help=_("the folder of one backup"))

    def handle(self, *, backup: Path, **_options: Any) -> None:
        """Restore it, and say how much came back."""
        try:
            tables = restore_backup(backup=backup)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(tables)d tables with %(rows)d rows; all as in the backup")
            % {"tables": len(tables), "rows": sum(tables.values())}
        )
