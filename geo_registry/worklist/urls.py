"""Addresses of my work and of notifications."""

from django.urls import path

from . import views

app_name = "worklist"

urlpatterns = [
    path("", views.mine, name="mine"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/all-read/", views.all_read, name="all_read"),
    path("notifications/<int:pk>/", views.open_notification, name="open"),
    path("notifications/<int:pk>/mark/", views.mark, name="mark"),
]
