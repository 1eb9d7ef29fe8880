"""Addresses of the interface."""

from django.urls import path

from . import views, views_more

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
    path("collections/<str:name>/changes", views_more.changes, name="changes"),
    path("collections/<str:name>/download.<slug:ending>", views_more.download, name="download"),
    path("tiles.json", views_more.tilejson, name="tilejson"),
    path("<path:rest>", views.nothing, name="nothing"),
]
