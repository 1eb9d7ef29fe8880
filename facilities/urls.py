"""The office's pages of facilities, below ``/office/facilities/``."""

from django.urls import path

from .views import record

app_name = "facilities"

urlpatterns = [
    # Words before numbers: no facility may be numbered like one of them (services/editing.py, TAKEN_WORDS).
    path("<str:number>/", record.record, name="record"),
]
