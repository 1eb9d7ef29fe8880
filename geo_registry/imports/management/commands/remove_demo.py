"""``remove_demo``: everything invented out of the registry, and nothing else."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands

from ...services.demo import remove_demo
from ...services.removal import RemovalRefused


class Command(commands.Command):
    """Calls the one service, shows what went."""

    help = gettext_noop(
        "Remove everything that came from a demo source, with what hangs on it, the coverage runs that "
        "counted it, and the demo "
        "accounts. Real rows stay as they are. If real rows depend on demo rows, they are listed and nothing "
        "is removed. The history "
        "of removed rows stays in the database."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Remove, and say what."""
        try:
            report = remove_demo()
        except RemovalRefused as refusal:
            lines = "\n".join(f"- {line}" for line in refusal.dependents)
            raise CommandError(
                _("Nothing was removed: these rows are real and depend on demo data.") + f"\n{lines}"
            ) from refusal
        if not report.sources:
            self.stdout.write(_("There is no demo data here."))
            return
        self.stdout.write(_("Removed: %(sources)s") % {"sources": "、".join(report.sources)})
        for label, count in report.removed.items():
            self.stdout.write(f"- {label}: {count:,}")
