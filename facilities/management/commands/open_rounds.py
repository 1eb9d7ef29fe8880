"""Open the confirmation round that is due, and tell whom it concerns. The worker does it by itself."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.services.rounds.opening import open_rounds
from geo_registry import commands


class Command(commands.Command):
    """Runs it once."""

    help = gettext_noop(
        "Open the confirmation round that is due. The worker does this every hour; running it again does no harm."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Open, and say what was done."""
        try:
            report = open_rounds()
        except ObjectDoesNotExist as error:
            raise CommandError(str(error)) from error
        if report is None:
            raise CommandError(
                _("This installation has no home division yet, so there is nothing to confirm.")
            )
        self.stdout.write(
            _(
                "Round of %(day)s (%(state)s), due %(due)s: %(joined)d joined, %(left)d left, %(back)d came back, "
                "%(told)d notifications"
            )
            % {
                "day": report.round.opens_on,
                "state": _("opened now") if report.opened else _("open already"),
                "due": report.round.due_on,
                "joined": report.joined,
                "left": report.left,
                "back": report.came_back,
                "told": report.told,
            }
        )
