"""The administration site: signing in is done at the site's one sign-in page, and every address has a name."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from . import views


class RegistryAdminSite(AdminSite):
    """Django's administration, asked by the policy who may see what."""

    site_header = _("Registry administration")
    site_title = _("Registry administration")
    index_title = _("What would you like to look after?")
    # Nothing without a name: the policy lists addresses by name.
    final_catch_all_view = False
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever may sign in may enter; the policy's middleware has judged the address already."""
        return request.user.is_active

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Send to the site's sign-in page, and back afterwards."""
        target = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return HttpResponseRedirect(f"{reverse('accounts:login')}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Sign out as anywhere else."""
        return views.LogoutView.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Send to the site's page for a new password."""
        return HttpResponseRedirect(reverse("accounts:password"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out what this site has pages of its own for."""
        left_out = {"password_change_done", "view_on_site"}
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in left_out]
