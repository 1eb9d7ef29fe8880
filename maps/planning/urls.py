"""Addresses of the workspace, below ``planner/``; they are names of the maps app."""

from django.urls import path

from .views import coverage, gaps, overview

urlpatterns = [
    path("", overview.overview, name="planner"),
    path("network/<slug:network>/<int:level>/", overview.tier, name="planner_tier"),
    path("plan/<slug:code>/", overview.commitment, name="planner_commitment"),
    path("coverage/", coverage.coverage, name="planner_coverage"),
    path("coverage/compute/", coverage.start, name="planner_compute"),
    path("gaps/", gaps.gaps, name="planner_gaps"),
    path("runs/<uuid:run_id>/", coverage.run_page, name="planner_run"),
    path("runs/<uuid:run_id>/<slug:name>.geojson", coverage.layer, name="planner_layer"),
]
