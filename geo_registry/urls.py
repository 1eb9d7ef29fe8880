"""Addresses, composed from the apps; nothing else."""

from django.contrib import admin
from django.urls import include, path

from maps.views import plumbing

urlpatterns = [
    path("", include("maps.urls")),
    path("api/", include("maps.api.urls")),
    path("", include("placenames.urls")),
    path("stories/", include("placenames.urls_stories")),
    path("find/", include("geo_registry.search.urls")),
    path("office/facilities/", include("facilities.urls")),
    path("office/names/", include("placenames.urls_naming")),
    path("office/signs/", include("placenames.urls_signs")),
    path("office/stories/", include("placenames.urls_telling")),
    path("office/rounds/", include("facilities.urls_rounds")),
    path("accounts/", include("geo_registry.accounts.urls")),
    path("work/", include("geo_registry.worklist.urls")),
    path("office/assets/", include("facilities.urls_assets")),
    path("office/assessments/", include("facilities.urls_assessments")),
    path("office/inspections/", include("facilities.urls_inspections")),
    path("office/imports/", include("geo_registry.imports.urls")),
    path("guide/", include("geo_registry.guide.urls")),
    path("", include("geo_registry.reports.urls")),
    path("jobs/", include("geo_registry.jobs.urls")),
    path("attachments/", include("geo_registry.attachments.urls")),
    path("office/operations/", include("geo_registry.operations.urls")),
    path("office/ground/", include("geo_registry.drawing.urls")),
    path("admin/", admin.site.urls),
    path("health/", plumbing.health, name="health"),
    path("ready/", plumbing.ready, name="ready"),
    path("robots.txt", plumbing.robots, name="robots"),
    path("sitemap.xml", plumbing.sitemap, name="sitemap"),
    path("sitemap-<slug:name>-<int:number>.xml", plumbing.sitemap_part, name="sitemap_part"),
    path("site.webmanifest", plumbing.manifest, name="manifest"),
    path("language/", plumbing.language, name="set_language"),
]

handler404 = "geo_registry.error_pages.not_found"
