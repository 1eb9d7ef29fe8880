"""Addresses of assets and stock-takes, below ``/office/assets/``."""

from django.urls import path

from .views import assets

app_name = "assets"

urlpatterns = [
    path("", assets.overview, name="overview"),
    path("new/", assets.edit, name="new"),
    path("<int:pk>/", assets.asset, name="asset"),
    path("<int:pk>/edit/", assets.edit, name="edit"),
    path("export/", assets.export, name="export"),
    path("stock-takes/", assets.begin, name="begin"),
    path("stock-takes/<int:pk>/", assets.stock_take_page, name="stock_take"),
    path("stock-takes/<int:pk>/close/", assets.close, name="close"),
    path("items/<int:pk>/", assets.item, name="item"),
]
