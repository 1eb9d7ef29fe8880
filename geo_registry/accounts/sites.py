"""The administration site."""

from django.contrib import admin


class RegistryAdminSite(admin.AdminSite):
    """Administration in the words of the office."""
