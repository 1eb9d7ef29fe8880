"""Addresses of drawing."""

from django.urls import path

from .views import editor, sets

app_name = "drawing"

urlpatterns = [
    path("", editor.page, name="editor"),
    path("features/<slug:layer>/", editor.features, name="features"),
    path("features/<slug:layer>/<int:pk>/", editor.feature, name="feature"),
    path("where/", editor.where, name="where"),
    path("check/", editor.check, name="check"),
    path("operate/<slug:name>/", editor.operation, name="operate"),
    path("track/", editor.track, name="track"),
    path("save/", editor.save_changes, name="save"),
    path("sets/", sets.listing, name="sets"),
    path("sets/<int:pk>/", sets.page, name="set"),
    path("sets/<int:pk>/draft/", sets.draft, name="set_draft"),
    path("sets/<int:pk>/decide/", sets.decide, name="set_decide"),
    path("sets/<int:pk>/undo/", sets.undo_set, name="set_undo"),
    path("sets/<int:pk>/withdraw/", sets.withdraw_set, name="set_withdraw"),
]
