"""Everybody's addresses of stories. A story's and a collection's are permanent."""

from django.urls import path

from .views import stories

app_name = "stories"

urlpatterns = [
    path("", stories.index, name="list"),
    path("collections/<str:short_id>/", stories.collection, name="collection"),
    path("<str:short_id>/", stories.story, name="story"),
]
