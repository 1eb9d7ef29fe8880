"""Addresses of signs, below ``/office/signs/``."""

from django.urls import path

from .views import sign_field, sign_files, sign_plan, sign_work, signs

app_name = "signs"

urlpatterns = [
    path("", signs.overview, name="list"),
    path("plan/", sign_plan.planning, name="plan"),
    path("plan/keep/", sign_plan.keep, name="keep"),
    path("plan/start/", sign_plan.start, name="plan_start"),
    path("plan/<uuid:file>/", sign_plan.made, name="plan_made"),
    path("plan/<uuid:file>/keep/", sign_plan.keep_made, name="plan_keep_made"),
    path("work/", sign_work.orders, name="orders"),
    path("work/claims.xlsx", sign_work.claims_file, name="claims_file"),
    path("work/<int:pk>/", sign_work.order, name="order"),
    path("reports/<int:pk>/", sign_work.report, name="report"),
    path("round/", sign_work.round_page, name="round"),
    path("found/", signs.found, name="found"),
    path("field/", sign_field.field, name="field"),
    path("field/send/", sign_field.send, name="field_send"),
    path("field/app.webmanifest", sign_field.manifest, name="field_manifest"),
    path("field/worker.js", sign_field.worker, name="field_worker"),
    path("batches/", signs.batch_list, name="batches"),
    path("batches/<int:pk>/", signs.batch, name="batch"),
    path("batches/<int:pk>/faces.pdf", sign_files.sheet, name="sheet"),
    path("batches/<int:pk>/faces/", sign_files.sheet_start, name="sheet_start"),
    path("batches/faces/<uuid:file>.pdf", sign_files.sheet_file, name="sheet_file"),
    path("batches/<int:pk>/order.xlsx", sign_files.order_list, name="order_list"),
    path("sites/<int:pk>/", signs.site, name="site"),
    path("sites/<int:pk>/edit/", signs.site_edit, name="site_edit"),
    path("<int:pk>/", signs.sign, name="sign"),
    path("<int:pk>/edit/", signs.sign_edit, name="sign_edit"),
    path("<int:pk>/step/<slug:status>/", signs.step, name="step"),
    path("<int:pk>/inspect/", signs.inspect, name="inspect"),
    path("<int:pk>/face-<int:side>.svg", sign_files.face_svg, name="face_svg"),
    path("<int:pk>/face.pdf", sign_files.face_pdf, name="face_pdf"),
]
