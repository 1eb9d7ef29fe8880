"""Everybody's addresses of published maps; they are names of the maps app. ``/m/CODE/`` is short to be copied from paper."""

from django.urls import path

from .views import everybody

urlpatterns = [
    path("maps/", everybody.index, name="published_list"),
    path("m/<slug:code>/", everybody.newest, name="published"),
    path("m/<slug:code>/embed/", everybody.embed, name="published_embed"),
    path("m/<slug:code>/<int:number>/", everybody.version, name="published_version"),
    path("m/<slug:code>/<int:number>/embed/", everybody.embed, name="published_version_embed"),
    path("m/<slug:code>/<int:number>/data.json", everybody.data, name="published_data"),
    path("m/<slug:code>/<int:number>/files/<slug:kind>/", everybody.file, name="published_file"),
]
