"""Addresses of the interface."""

from django.urls import path

from . import views

app_name = "api"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("conformance", views.conformance, name="conformance"),
    path("openapi", views.openapi_document, name="openapi"),
    path("docs", views.docs, name="docs"),
    path("terms", views.terms, name="terms"),
    path("collections", views.collections, name="collections"),
    path("collections/<str:name>", views.collection, name="collection"),
    path("collections/<str:name>/queryables", views.queryables, name="queryables"),
    path("collections/<str:name>/items", views.items, name="items"),
    path("collections/<str:name>/items/<str:key>", views.item, name="item"),
    path("<path:rest>", views.nothing, name="nothing"),
]
