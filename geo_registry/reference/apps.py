"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReferenceConfig(AppConfig):
    """Dated, cited values, profiles, rules, calendar."""

    name = "geo_registry.reference"
    verbose_name = _("Reference values")

    def ready(self) -> None:
        """Register the sections of reference files that are this app's."""
        from . import sections

        sections.register()
