"""Addresses of the maps app. Each family of pages has its module in ``maps.views``."""

from django.urls import path

from .views import home

app_name = "maps"

urlpatterns = [
    path("", home.home, name="home"),
]
