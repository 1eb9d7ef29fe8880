"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "geo_registry.imports"
    verbose_name = _("Imports")
