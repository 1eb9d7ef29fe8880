"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttachmentsConfig(AppConfig):
    """Files that belong to records."""

    name = "geo_registry.attachments"
    verbose_name = _("Attachments")
