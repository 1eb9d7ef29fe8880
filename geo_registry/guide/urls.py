"""Addresses of the guide."""

from django.urls import path

from . import views

app_name = "guide"

urlpatterns = [
    path("", views.index, name="index"),
    path("pictures/<slug:name>.png", views.picture, name="picture"),
    path("<slug:reader>/", views.guide, name="reader"),
    path("<slug:reader>/<slug:name>/", views.page, name="page"),
]
