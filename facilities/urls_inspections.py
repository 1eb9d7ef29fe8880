"""Addresses of inspections, below ``/office/inspections/``."""

from django.urls import path

from .views import inspections

app_name = "inspections"

urlpatterns = [
    path("", inspections.overview, name="overview"),
    path("plan/", inspections.start_plan, name="plan"),
    path("ledger/", inspections.ledger, name="ledger"),
    path("findings/", inspections.finding_list, name="findings"),
    path("findings/<int:pk>/", inspections.finding, name="finding"),
    path("facilities/<str:number>/", inspections.start, name="start"),
    path("<int:pk>/", inspections.detail, name="detail"),
    path("<int:pk>/sheet/", inspections.sheet, name="sheet"),
    path("<int:pk>/call-off/", inspections.call_off, name="call_off"),
]
