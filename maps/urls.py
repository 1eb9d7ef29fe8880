"""Addresses of the maps app. Each family of pages has its module in ``maps.views``."""

from django.urls import include, path

from .views import facility, home, methods, name_drawings, planner, run_files, statistics, tiles

app_name = "maps"

urlpatterns = [
    path("", home.home, name="home"),
    path("embed/", home.embed, name="embed"),
    path("facility/<str:number>/", facility.facility, name="facility"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("planner/", include("maps.planning.urls")),
    path("planner/runs/", planner.saved_runs, name="planner_runs"),
    path("planner/start/", planner.start, name="planner_start"),
    path("planner/runs/<uuid:run_id>/files/<slug:kind>/", run_files.hand_out, name="planner_file"),
    path("planner/runs/<uuid:run_id>/files/<slug:kind>/make/", run_files.make, name="planner_file_make"),
    path("planner/maps/", include("maps.published.office_urls")),
    path("methods/<slug:name>/", methods.method, name="method"),
    path("data/facilities.geojson", facility.facilities_geojson, name="facilities_geojson"),
    path("", include("maps.published.urls")),
    path("names/<str:short_id>/map.svg", name_drawings.name, name="name_drawing"),
    path("stories/<str:short_id>/map.svg", name_drawings.story, name="story_drawing"),
    path("stories/collections/<str:short_id>/map.svg", name_drawings.collection, name="collection_drawing"),
    path("tiles/<slug:layer_set>/<int:z>/<int:x>/<int:y>.mvt", tiles.tile, name="tile"),
]
