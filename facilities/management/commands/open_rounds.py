"""Open the confirmation round that is due, and tell whom it concerns. The worker does it by itself."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError

from facilities.services.rounds.opening import open_rounds


class Command(BaseCommand):
    """Runs it once."""

    help = "Open the confirmation round that is due. The worker does this every hour; running it again does no harm."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Open, and say what was done."""
        try:
            report = open_rounds()
        except ObjectDoesNotExist as error:
            raise CommandError(str(error)) from error
        if report is None:
            raise CommandError("This installation has no home division yet, so there is nothing to confirm.")
        self.stdout.write(
            f"round of {report.round.opens_on} ({'opened now' if report.opened else 'open already'}), "
            f"due {report.round.due_on}: {report.joined} joined, {report.left} left, "
            f"{report.came_back} came back, {report.told} notifications"
        )
