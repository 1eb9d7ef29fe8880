"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Background work."""

    name = "geo_registry.jobs"
    verbose_name = _("Background work")
