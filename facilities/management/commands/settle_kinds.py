"""Dated changes of kind that have fallen due."""

from __future__ import annotations

from typing import Any

import pghistory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.services.kinds import settle_kinds
from geo_registry import commands


class Command(commands.Command):
    """Gives facilities the kind that they have from today on."""

    help = gettext_noop(
        "Give facilities whose kind changes by a day that has come the new one. The worker does it each day."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and say how many."""
        with pghistory.context(command="settle_kinds"):
            self.stdout.write(_("%(count)d changed") % {"count": settle_kinds()})
