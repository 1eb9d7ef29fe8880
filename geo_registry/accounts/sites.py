"""The administration site: signing in is done at the site's one sign-in page, and every address has a name."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Source
from geo_registry.territory.models import Installation

from . import policy, views
from .geometry_words import describe
from .models import User

# A county fills the map.
HOME_ZOOM = 10


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

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send to the site's page for a new password."""
        del request, extra_context
        return HttpResponseRedirect(reverse("accounts:password"))

    def limit(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Narrow rows to those in the person's scope."""
        return policy.limit(rows, request.user)

    def in_words(self, geometry: GEOSGeometry | None) -> str:
        """Say what a geometry is, for readers who may not change it."""
        return describe(geometry)

    def must_name_division(self, request: HttpRequest) -> bool:
        """Say whether a record without a division would be out of the person's scope."""
        return policy.must_name_division(request.user)

    def acts_everywhere(self, request: HttpRequest) -> bool:
        """Say whether the person's scope has no bounds."""
        return isinstance(request.user, User) and policy.scope_path(request.user) == ""

    def map_settings(self) -> dict[str, Any]:
        """Return where an empty map starts: at home, if it is known where that is."""
        home = Installation.home()
        middle = home and (home.point or (home.boundary.centroid if home.boundary else None))
        return {"DEFAULT_CENTER": (middle.y, middle.x), "DEFAULT_ZOOM": HOME_ZOOM} if middle else {}

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add to what every page knows whether there is demo data."""
        return {
            **super().each_context(request),
            "has_demo_data": Source.objects.filter(is_demo=True).exists(),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return what there is to look after, in the order of the policy's table: the daily things first."""
        order = list(policy.RECORDS)
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: order.index(model["model"]._meta.label_lower))
        return sorted(apps, key=lambda app: order.index(app["models"][0]["model"]._meta.label_lower))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out what this site has pages of its own for."""
        left_out = {"password_change_done", "view_on_site"}
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in left_out]
