"""Offices and accounts, for the administrator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from geo_registry.administration import RegistryAdmin

from . import services
from .models import Office, User

# There are roles, not groups; and of background work the site's own rows are shown.
admin.site.unregister([Group, DBTaskResult])


@admin.register(Office)
class OfficeAdmin(RegistryAdmin[Office]):
    """Offices, each responsible for one division."""

    list_display = ("name", "division", "parent", "phone")
    list_select_related = ("division", "parent")
    search_fields = ("name", "division__name")
    autocomplete_fields = ("division", "parent")
    fields = ("name", "division", "parent", "phone")


class AccountForm(forms.ModelForm[User]):
    """An account without its password: that is made by the program and handed over."""

    class Meta:
        model = User
        fields = ("username", "display_name", "role", "office", "is_active")

    def clean(self) -> dict[str, Any] | None:
        """Check what concerns more than one field, and that an administrator remains.

        The page is saved in the transaction that this runs in, so that the check still holds then.
        """
        cleaned = super().clean()
        for name, value in (cleaned or {}).items():
            setattr(self.instance, name, value)
        if not self.errors:
            try:
                services.check_account(self.instance)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(User)
class AccountAdmin(RegistryAdmin[User]):
    """Accounts: made here, disabled here, never deleted. A password is shown once."""

    form = AccountForm
    list_display = ("username", "display_name", "role", "office", "is_active", "last_login")
    list_select_related = ("office",)
    list_filter = ("role", "is_active")
    search_fields = ("username", "display_name", "office__name")
    autocomplete_fields = ("office",)
    readonly_fields = ("must_change_password", "last_login", "date_joined")
    change_form_template = "accounts/admin/account_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002
        """Show what the program keeps only once there is something."""
        person = (None, {"fields": ("username", "display_name", "role", "office")})
        if obj is None:
            return [person]
        return [
            person,
            (_("Sign-in"), {"fields": ("is_active", "must_change_password", "last_login", "date_joined")}),
        ]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Give a new account its first password."""
        if not change:
            password = services.new_password()
            obj.set_password(password)
            obj.must_change_password = True
            obj.password_set_at = timezone.now()
            request.first_password = password  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the first password, this once."""
        del post_url_continue
        context = {"person": obj, "password": request.first_password, "is_new": True}  # type: ignore[attr-defined]
        response = render(request, "accounts/password_reset.html", context)
        response["Cache-Control"] = "no-store"
        return response
