"""The site with one page more, which nobody listed in the policy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from geo_registry.urls import urlpatterns as site


def forgotten(request: HttpRequest) -> HttpResponse:
    raise AssertionError("an unlisted page was reached")


urlpatterns = [*site, path("forgotten/", forgotten, name="forgotten")]
