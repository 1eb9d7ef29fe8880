"""What every template may show of the site."""

from __future__ import annotations

from django.http import HttpRequest

from geo_registry.territory.models import Installation


def site(request: HttpRequest) -> dict[str, object]:
    """Return the installation's row as ``site``."""
    return {"site": Installation.current()}
