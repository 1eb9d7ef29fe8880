"""Addresses of reports: for everybody below ``/report/``, for the office below ``/office/reports/``."""

from django.urls import path

from .views import office, public

app_name = "reports"

urlpatterns = [
    path("report/state/", public.ask, name="ask"),
    path("report/state/<str:code>/", public.state, name="state"),
    path("report/<slug:kind>/<str:key>/", public.new, name="new"),
    path("office/reports/", office.queue, name="queue"),
    path("office/reports/<int:pk>/", office.report, name="report"),
]
