"""Addresses of place names. A place's is permanent: it stands on signs and survives renaming."""

from django.urls import path

from . import views

app_name = "placenames"

urlpatterns = [
    path("names/", views.search, name="search"),
    path("names/<str:short_id>/", views.place, name="place"),
    path("names/<str:short_id>/geometry.geojson", views.geometry, name="geometry"),
]
