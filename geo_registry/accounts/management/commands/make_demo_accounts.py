"""Accounts for trying out, their passwords kept in one file that only its owner can read."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.accounts.demo import DemoAccount, make_demo_accounts, passwords_file, remove_demo_accounts
from geo_registry.accounts.models import User


class Command(commands.Command):
    """Makes, renews or removes the demo accounts."""

    help = gettext_noop(
        "Make one demo account of each role with a random password, and write them to var/demo-accounts.txt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument(
            "--if-none", action="store_true", help=_("do nothing when there are accounts already")
        )
        parser.add_argument(
            "--remove", action="store_true", help=_("delete the demo accounts and the file instead")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it and print the accounts."""
        if options["remove"]:
            count = remove_demo_accounts()
            self.stdout.write(_("%(count)d demo accounts removed") % {"count": count})
            return
        if options["if_none"] and User.objects.exists():
            return
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError(
                _("This site is not told to have demo accounts: set DEMO_DATA_ALLOWED=yes for that.")
            )
        try:
            with translation.override(settings.LANGUAGE_CODE):
                accounts = make_demo_accounts()
        except ObjectDoesNotExist as error:
            raise CommandError(str(error)) from error
        path = passwords_file()
        write_privately(path, table_of(accounts))
        self.stdout.write(path.read_text(encoding="utf-8"), ending="")


def table_of(accounts: list[DemoAccount]) -> str:
    """Return the accounts as lines to print."""
    lines = [f"  {a.username:<15}{a.password:<17}{a.role}, {a.office}" for a in accounts]
    return "\n".join(["Demo accounts (示范账号):", *lines, ""])


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
