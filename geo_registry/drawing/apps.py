"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DrawingConfig(AppConfig):
    """Edit sets: what was drawn, by whom, why."""

    name = "geo_registry.drawing"
    verbose_name = _("Drawing on the map")

    def ready(self) -> None:
        """Make the layers of the ground known, and what waits for whom."""
        from .layers import register
        from .services import removal, work

        register()
        work.register()
        removal.register()
