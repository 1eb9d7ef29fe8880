"""Filters of lists by division, for administration pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import Division, Level

# A county has some dozen townships; a site for a province is filtered by search instead.
MAX_CHOICES = 200


class TownshipFilter(admin.SimpleListFilter):
    """The townships in the person's scope; a click shows what lies in one and below it."""

    title = _("township")
    parameter_name = "township"
    # How a row leads to its division.
    division = "division"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the townships, by code."""
        rows = model_admin.site.limit(
            Division.objects.at_level(Level.TOWNSHIP).filter(valid_to__isnull=True), request
        )
        return [(row.code, row.name) for row in rows[:MAX_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """Narrow to one township."""
        if not self.value():
            return queryset
        prefix = f"{self.division}__path" if self.division else "path"
        paths = Division.objects.filter(code=self.value()).values_list("path", flat=True)
        return queryset.filter(**{f"{prefix}__startswith": paths[0]}) if paths else queryset.none()
