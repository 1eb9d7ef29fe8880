"""Addresses of confirmation rounds, below ``/office/rounds/``."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from .views import round_approval, round_queue, rounds


class DayConverter(StringConverter):
    """The day on which a round opened."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


register_converter(DayConverter, "round_day")

app_name = "rounds"

urlpatterns = [
    path("", rounds.round_list, name="list"),
    path("queue/", round_queue.queue, name="queue"),
    path("facilities/<int:pk>/", round_queue.entry, name="entry"),
    path("facilities/<int:pk>/check/", round_queue.check, name="check"),
    path("facilities/<int:pk>/leave/", round_queue.leave, name="leave"),
    path("facilities/<int:pk>/take/", round_queue.take, name="take"),
    path("approvals/", round_approval.approvals, name="approvals"),
    path("approvals/<int:pk>/", round_approval.approval, name="approval"),
    path("<round_day:opens_on>/", rounds.detail, name="detail"),
    path("<round_day:opens_on>/ledger/", rounds.ledger, name="ledger"),
    path("<round_day:opens_on>/export/", rounds.export, name="export"),
]
