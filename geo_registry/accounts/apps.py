"""The app's place in the site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "geo_registry.accounts"
    verbose_name = _("Accounts and offices")
