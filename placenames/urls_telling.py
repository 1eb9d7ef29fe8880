"""The office's addresses of stories, below ``/office/stories/``."""

from django.urls import path

from .views import telling

app_name = "telling"

urlpatterns = [
    path("", telling.overview, name="list"),
    path("new/", telling.new_story, name="new"),
    path("collections/new/", telling.new_collection, name="new_collection"),
    path("collections/<str:short_id>/", telling.collection, name="collection"),
    path("collections/<str:short_id>/edit/", telling.edit_collection, name="edit_collection"),
    path("collections/<str:short_id>/step/", telling.collection_step, name="collection_step"),
    path("files/<int:pk>/", telling.file_change, name="file_change"),
    path("<str:short_id>/", telling.story, name="story"),
    path("<str:short_id>/edit/", telling.edit_story, name="edit"),
    path("<str:short_id>/step/", telling.story_step, name="step"),
    path("<str:short_id>/file/", telling.file, name="file"),
]
