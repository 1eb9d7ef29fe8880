"""The administration site takes the place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class RegistryAdminConfig(AdminConfig):
    """Django's administration, with the site that asks the policy."""

    default_site = "geo_registry.accounts.sites.RegistryAdminSite"
