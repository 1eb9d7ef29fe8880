"""The office's addresses of composed maps, below ``planner/maps/``; they are names of the maps app."""

from django.urls import path

from .views import office

urlpatterns = [
    path("", office.listing, name="composed_list"),
    path("new/", office.new, name="composed_new"),
    path("preview/", office.preview, name="composed_preview"),
    path("<slug:code>/<int:number>/", office.version, name="composed"),
    path("<slug:code>/<int:number>/edit/", office.edit, name="composed_edit"),
    path("<slug:code>/<int:number>/step/", office.step, name="composed_step"),
    path("<slug:code>/<int:number>/data.json", office.data, name="composed_data"),
    path("<slug:code>/<int:number>/files/<slug:kind>/", office.file, name="composed_file"),
]
