"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """How the site runs."""

    name = "geo_registry.operations"
    verbose_name = _("How the site runs")

    def ready(self) -> None:
        """Tell the apps below what of theirs is done here."""
        from . import leaving, limits

        limits.register()
        leaving.register_words({"attachments:original": _("File of a record, as it was sent")})
