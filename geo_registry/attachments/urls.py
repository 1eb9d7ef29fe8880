"""Addresses of files, below ``attachments/``."""

from django.urls import path

from . import views

app_name = "attachments"

urlpatterns = [
    path("waiting", views.send_ahead, name="send_ahead"),
    path("<uuid:pk>/", views.shown, name="shown"),
    path("<uuid:pk>/small", views.small, name="small"),
    path("<uuid:pk>/original", views.original, name="original"),
]
