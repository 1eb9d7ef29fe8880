"""Addresses of the workspace, below ``planner/``; they are names of the maps app."""

from django.urls import path

from .views import coverage, gaps, overview, quality, sites, whatif

urlpatterns = [
    path("", overview.overview, name="planner"),
    path("network/<slug:network>/<int:level>/", overview.tier, name="planner_tier"),
    path("plan/<slug:code>/", overview.commitment, name="planner_commitment"),
    path("coverage/", coverage.coverage, name="planner_coverage"),
    path("coverage/compute/", coverage.start, name="planner_compute"),
    path("gaps/", gaps.gaps, name="planner_gaps"),
    path("quality/", quality.quality, name="planner_quality"),
    path("sites/", sites.sites, name="planner_sites"),
    path("sites/start/", sites.start, name="planner_sites_start"),
    path("what-if/", whatif.what_if, name="planner_whatif"),
    path("what-if/base/", whatif.base, name="planner_whatif_base"),
    path("what-if/answer/", whatif.answer, name="planner_whatif_answer"),
    path("what-if/save/", whatif.save, name="planner_scenario_save"),
    path("scenarios/<uuid:pk>/", whatif.scenario, name="planner_scenario"),
    path("scenarios/<uuid:pk>/compute/", whatif.recompute, name="planner_scenario_compute"),
    path("scenarios/<uuid:pk>/delete/", whatif.delete, name="planner_scenario_delete"),
    path("runs/<uuid:run_id>/", coverage.run_page, name="planner_run"),
    path("runs/<uuid:run_id>/<slug:name>.geojson", coverage.layer, name="planner_layer"),
]
