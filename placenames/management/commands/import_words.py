"""``manage.py import_words FILE --list brand --source "…"``: fill one of the lists that names are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from placenames.services.word_lists import bring_words


class Command(commands.Command):
    """A text file in UTF-8: one word a line, a note after a tab."""

    help = gettext_noop(
        "Add the words of a text file to one of the office's lists; words that are there stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and what it is."""
        parser.add_argument("file", type=Path, help=_("text in UTF-8: one word a line, a note after a tab"))
        parser.add_argument(
            "--list", required=True, dest="name", help=_("leader, person, foreign, brand, famous, meaning, …")
        )
        parser.add_argument("--source", required=True, help=_("where the list comes from"))
        parser.add_argument(
            "--verified", action="store_true", help=_("somebody has compared it with its source")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Add them, and say how many."""
        try:
            lines = options["file"].read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        try:
            with pghistory.context(command="import_words"):
                brought = bring_words(
                    name=options["name"], lines=lines, source=options["source"], verified=options["verified"]
                )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            _("%(added)d words added, %(known)d were there")
            % {"added": brought.added, "known": brought.known}
        )
