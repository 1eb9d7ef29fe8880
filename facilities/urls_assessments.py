"""Addresses of assessments, below ``/office/assessments/``."""

from django.urls import path

from .views import assessments

app_name = "assessments"

urlpatterns = [
    path("", assessments.overview, name="overview"),
    path("facilities/<str:number>/", assessments.begin, name="begin"),
    path("<int:pk>/", assessments.detail, name="detail"),
]
