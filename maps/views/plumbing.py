"""Addresses for machines: health, readiness, robots, the web manifest, and the switch of language."""

from __future__ import annotations

from typing import Final

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from geo_registry.jobs.beat import is_silent, last_beat
from geo_registry.public_address import permanent_address
from geo_registry.templatetags.site import site_title
from geo_registry.territory.models import Installation

from ..services.sitemap import addresses, parts

_SITEMAPS: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"

# Changes nothing but a cookie of the visitor's own, and public pages carry no token, so that a proxy may keep them.
language = csrf_exempt(set_language)


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether the site can serve: the database answers, its tables are those of this release, and a worker lives."""
    trouble = _trouble()
    return HttpResponse(
        f"{trouble or 'ready'}\n",
        status=503 if trouble else 200,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _trouble() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
        if is_silent(last_beat()):
            return "the background worker is silent"
    except Error:
        return "the database does not answer"
    return ""


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List the parts of the sitemap."""
    entries = "".join(
        f"<sitemap><loc>{escape(permanent_address(request, reverse('sitemap_part', args=[name, number])))}</loc></sitemap>"
        for name, number in parts()
    )
    return _xml(f'<sitemapindex xmlns="{_SITEMAPS}">{entries}</sitemapindex>')


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap_part(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """List public pages of one kind."""
    try:
        found = list(addresses(name, number))
    except KeyError as error:
        raise Http404 from error
    if not found:
        raise Http404
    entries = "".join(
        f"<url><loc>{escape(permanent_address(request, address))}</loc>"
        f"{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for address, day in found
    )
    return _xml(f'<urlset xmlns="{_SITEMAPS}">{entries}</urlset>')


def _xml(body: str) -> HttpResponse:
    return HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Let search engines read the public pages and leave the office's alone."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /tiles/",
        "Disallow: /data/",
        # The question for a code is everybody's; what belongs to a code is not.
        "Allow: /report/state/$",
        "Disallow: /report/state/",
        "Allow: /",
        f"Sitemap: {permanent_address(request, reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """Name the site for phones that keep a link to it."""
    name = site_title({"site": Installation.current()})
    icon = {"src": static("site/img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
    body = {
        "name": name,
        "short_name": name[:12],
        "lang": "zh-Hans",
        "start_url": reverse("maps:home"),
        "display": "browser",
        "background_color": "#ffffff",
        "theme_color": "#0d5a63",
        "icons": [icon],
    }
    return JsonResponse(body, content_type="application/manifest+json")
