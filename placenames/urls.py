"""Addresses of place names. A place's is permanent: it stands on signs and survives renaming."""

from django.urls import path

from .views import changes, public, spellings

app_name = "placenames"

urlpatterns = [
    path("names/", public.search, name="search"),
    path("names/changes/", changes.changes, name="changes"),
    path("names/changes.<slug:ending>", changes.changes_file, name="changes_file"),
    path("names/<str:short_id>/", public.place, name="place"),
    path("names/<str:short_id>/geometry.geojson", public.geometry, name="geometry"),
    path("office/spellings/", spellings.queue, name="spellings"),
    path("office/spellings/<int:name_id>/", spellings.confirm, name="spelling_confirm"),
    path("office/spellings/<int:name_id>/try/", spellings.attempt, name="spelling_try"),
]
