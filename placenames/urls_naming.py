"""Addresses of name cases, below ``/office/names/``."""

from django.urls import path

from .views import campaign, cases, comparing, papers, records

app_name = "naming"

urlpatterns = [
    path("", cases.queue, name="queue"),
    path("campaign/", campaign.campaign, name="campaign"),
    path("review/", campaign.review, name="review"),
    path("review/preview/", campaign.preview, name="review_preview"),
    path("review/apply/", campaign.apply, name="review_apply"),
    path("batch/<uuid:pk>/", campaign.batch, name="batch"),
    path("batch/<uuid:pk>/apply/", campaign.batch_apply, name="batch_apply"),
    path("batch/<uuid:pk>/undo/", campaign.batch_undo, name="batch_undo"),
    path("compare/", comparing.comparisons, name="comparisons"),
    path("compare/<uuid:pk>/", comparing.comparison, name="comparison"),
    path("compare/<uuid:pk>/preview/", comparing.preview, name="comparison_preview"),
    path("compare/<uuid:pk>/open/", comparing.open_cases, name="comparison_open"),
    path("new/", cases.new, name="new"),
    path("check/", cases.check, name="check"),
    path("roads/", cases.roads, name="roads"),
    path("describe/", cases.describe, name="describe"),
    path("shape/", cases.shape, name="shape"),
    path("<int:pk>/", cases.case, name="case"),
    path("<int:pk>/edit/", cases.edit, name="edit"),
    path("<int:pk>/step/<slug:step>/", cases.step, name="step"),
    path("<int:pk>/spelling/", cases.spelling, name="spelling"),
    path("<int:pk>/dismiss/", cases.dismiss, name="dismiss"),
    path("<int:pk>/<slug:paper>.<slug:ending>", papers.paper, name="paper"),
    path("place/<str:short_id>/", records.record, name="record"),
    path("place/<str:short_id>/edit/", records.edit, name="record_edit"),
    path("place/<str:short_id>/secrecy/", records.secrecy, name="record_secrecy"),
    path("place/<str:short_id>/relation/", records.relation, name="record_relation"),
    path("relation/<int:pk>/remove/", records.relation_remove, name="record_relation_remove"),
    path("place/<str:short_id>/file/", records.file, name="record_file"),
    path("file/<int:pk>/", records.file_change, name="record_file_change"),
]
