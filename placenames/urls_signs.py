"""Addresses of signs, below ``/office/signs/``."""

from django.urls import path

from .views import sign_field, sign_files, signs

app_name = "signs"

urlpatterns = [
    path("", signs.overview, name="list"),
    path("plan/", signs.planning, name="plan"),
    path("plan/keep/", signs.keep, name="keep"),
    path("work/", signs.orders, name="orders"),
    path("work/<int:pk>/", signs.order, name="order"),
    path("found/", signs.found, name="found"),
    path("field/", sign_field.field, name="field"),
    path("field/send/", sign_field.send, name="field_send"),
    path("field/worker.js", sign_field.worker, name="field_worker"),
    path("batches/", signs.batch_list, name="batches"),
    path("batches/<int:pk>/", signs.batch, name="batch"),
    path("batches/<int:pk>/faces.pdf", sign_files.sheet, name="sheet"),
    path("batches/<int:pk>/order.xlsx", sign_files.order_list, name="order_list"),
    path("sites/<int:pk>/", signs.site, name="site"),
    path("<int:pk>/", signs.sign, name="sign"),
    path("<int:pk>/step/<slug:status>/", signs.step, name="step"),
    path("<int:pk>/inspect/", signs.inspect, name="inspect"),
    path("<int:pk>/face-<int:side>.svg", sign_files.face_svg, name="face_svg"),
    path("<int:pk>/face.pdf", sign_files.face_pdf, name="face_pdf"),
]
