"""Addresses of background work, below ``jobs/``."""

from django.urls import path

from . import views

app_name = "jobs"

urlpatterns = [
    path("", views.JobList.as_view(), name="list"),
    path("<uuid:pk>/", views.JobDetail.as_view(), name="detail"),
    path("<uuid:pk>/state", views.job_state, name="state"),
    path("<uuid:pk>/cancel", views.cancel_job, name="cancel"),
]
