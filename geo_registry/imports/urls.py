"""Addresses of imports, below ``office/imports/``."""

from django.urls import path

from .views import deciding, exporting, files, flow, uploading

app_name = "imports"

urlpatterns = [
    path("", uploading.batches, name="batches"),
    path("new/", uploading.new, name="new"),
    path("export/", exporting.export, name="export"),
    path("export/<uuid:file>", exporting.exported, name="exported"),
    path("templates/<slug:kind>.xlsx", files.template, name="template"),
    path("<uuid:pk>/", flow.batch, name="batch"),
    path("<uuid:pk>/read", flow.read, name="read"),
    path("<uuid:pk>/decide", flow.decide, name="decide"),
    path("<uuid:pk>/correct", flow.correct, name="correct"),
    path("<uuid:pk>/commit", flow.commit, name="commit"),
    path("<uuid:pk>/submit", deciding.submit, name="submit"),
    path("<uuid:pk>/take-back", deciding.take_back, name="take_back"),
    path("<uuid:pk>/approve", deciding.approve, name="approve"),
    path("<uuid:pk>/send-back", deciding.send_back, name="send_back"),
    path("<uuid:pk>/undo", flow.undo, name="undo"),
    path("<uuid:pk>/discard", flow.discard, name="discard"),
    path("<uuid:pk>/points.geojson", flow.points, name="points"),
    path("<uuid:pk>/rows/<int:row>/move", flow.move, name="move"),
    path("<uuid:pk>/refused.xlsx", files.refused, name="refused"),
]
