"""Management commands that speak the language of the installation: their help, and what argparse says of mistakes."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

OF_DJANGO = (
    gettext_noop("Show program's version number and exit."),
    gettext_noop(
        "Verbosity level; 0=minimal output, 1=normal output, 2=verbose output, 3=very verbose output"
    ),
    gettext_noop(
        'The Python path to a settings module, e.g. "myproject.settings.main". If this isn\'t provided, the '
        "DJANGO_SETTINGS_MODULE environment variable will be used."
    ),
    gettext_noop(
        'A directory to add to the Python path, e.g. "/home/djangoprojects/myproject".',
    ),
    gettext_noop("Display a full stack trace on CommandError exceptions."),
    gettext_noop("Don't colorize the command output."),
    gettext_noop("Force colorization of the command output."),
    gettext_noop("Skip system checks."),
    gettext_noop("show this help message and exit"),
)
"""The help of options that every command has; Django does not translate it."""

OF_ARGPARSE = (
    gettext_noop("usage: "),
    gettext_noop("positional arguments"),
    gettext_noop("options"),
    gettext_noop("%(prog)s: error: %(message)s\n"),
    gettext_noop("argument %(argument_name)s: %(message)s"),
    gettext_noop("the following arguments are required: %s"),
    gettext_noop("one of the arguments %s is required"),
    gettext_noop("not allowed with argument %s"),
    gettext_noop("unrecognized arguments: %s"),
    gettext_noop("expected one argument"),
    gettext_noop("expected at least one argument"),
    gettext_noop("invalid choice: %(value)r (choose from %(choices)s)"),
    gettext_noop("invalid %(type)s value: %(value)r"),
    gettext_noop("ignored explicit argument %r"),
    gettext_noop("ambiguous option: %(option)s could match %(matches)s"),
)
"""What argparse says; it looks for translations of its own where none are installed."""


class Command(BaseCommand):
    """A command whose ``help`` is marked with ``gettext_noop`` and told in the reader's language."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser with its texts translated."""
        # One name of the module, replaced for the whole process: argparse has no other way in.
        argparse._ = _  # type: ignore[attr-defined]
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = _(self.help)
        for action in parser._actions:
            if action.help in OF_DJANGO:
                action.help = _(action.help)
        for group in parser._action_groups:
            if group.title:
                group.title = _(group.title)
        return parser
