"""The site's own app: base templates, static files, translations of the pure packages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeoRegistryConfig(AppConfig):
    """The site."""

    name = "geo_registry"
    label = "site"
    verbose_name = _("Site")

    def ready(self) -> None:
        """Register the checks of the database."""
        from . import checks  # noqa: F401
