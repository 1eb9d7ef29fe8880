"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Files into the registry, and out of it again."""

    name = "geo_registry.imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        """Make the kinds of file that describe the ground known, and what goes when their source goes."""
        from geo_registry.operations import leaving

        from .ground import register
        from .services import work

        register()
        work.register()
        leaving.register_words(
            {
                "imports:exported": _("Records of one kind as a file"),
                "imports:template": _("Empty template to fill in"),
                "imports:refused": _("Refused rows of an import"),
                "export_data": _("Records of one kind, written by a command"),
            }
        )
