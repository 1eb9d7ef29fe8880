"""The office's pages of facilities, below ``/office/facilities/``."""

from django.urls import path

from .views import lists, posts, record

app_name = "facilities"

urlpatterns = [
    path("", lists.facility_list, name="list"),
    # Words before numbers: no facility may be numbered like one of them (services/editing.py, TAKEN_WORDS).
    path("lists/print/", lists.print_view, name="list_print"),
    path("lists/export/", lists.export, name="list_export"),
    path("lists/files/<uuid:file>/", lists.exported, name="list_file"),
    path("lists/views/save/", lists.save_view, name="view_save"),
    path("lists/views/<int:pk>/delete/", lists.delete_view, name="view_delete"),
    path("posts/", posts.register, name="posts"),
    path("posts/export/", posts.export, name="posts_export"),
    path("posts/division/<slug:code>/", posts.division_page, name="posts_division"),
    path("posts/<slug:post>/<slug:sort>/<str:code>/", posts.post_at_place, name="post_place"),
    path("<str:number>/", record.record, name="record"),
]
