"""Addresses of the administrator's pages."""

from django.urls import path

from . import views

app_name = "operations"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("keys/", views.keys, name="keys"),
    path("keys/<int:pk>/revoke/", views.key_revoke, name="key_revoke"),
    path("exports/", views.departures, name="departures"),
]
