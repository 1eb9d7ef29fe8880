"""What states of rows, and co-ordinate systems, are called."""

from __future__ import annotations

from django.utils.translation import gettext as _

from geo_registry.geodata.records import Severity


def severity_word(severity: Severity | str) -> str:
    """Return what to call an issue of some severity."""
    words = {Severity.ERROR: _("Refused"), Severity.WARNING: _("Please check"), Severity.NOTE: _("Note")}
    return words[Severity(severity)]
