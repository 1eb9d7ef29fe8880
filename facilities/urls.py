"""The office's pages of facilities, below ``/office/facilities/``."""

from django.urls import path

from .views import bulk, duplicates, edit, life, lists, posts, proposals, record

app_name = "facilities"

urlpatterns = [
    path("", lists.facility_list, name="list"),
    # Words before numbers: no facility may be numbered like one of them (services/founding.py, TAKEN_WORDS).
    path("lists/print/", lists.print_view, name="list_print"),
    path("lists/export/", lists.export, name="list_export"),
    path("lists/files/<uuid:file>/", lists.exported, name="list_file"),
    path("lists/views/save/", lists.save_view, name="view_save"),
    path("lists/views/<int:pk>/delete/", lists.delete_view, name="view_delete"),
    path("lists/change/", bulk.start, name="bulk_start"),
    path("lists/change/<uuid:pk>/", bulk.page, name="bulk"),
    path("lists/change/<uuid:pk>/preview/", bulk.preview, name="bulk_preview"),
    path("lists/change/<uuid:pk>/apply/", bulk.apply, name="bulk_apply"),
    path("lists/change/<uuid:pk>/undo/", bulk.undo, name="bulk_undo"),
    path("posts/", posts.register, name="posts"),
    path("posts/export/", posts.export, name="posts_export"),
    path("posts/division/<slug:code>/", posts.division_page, name="posts_division"),
    path("posts/<slug:post>/<slug:sort>/<str:code>/", posts.post_at_place, name="post_place"),
    path("new/", edit.new, name="new"),
    path("check/", edit.check, name="check"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/decide/", proposals.decide, name="proposal_decide"),
    path("proposals/<int:pk>/withdraw/", proposals.withdraw, name="proposal_withdraw"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/two/", duplicates.two, name="duplicates_two"),
    path("<str:number>/", record.record, name="record"),
    path("<str:number>/edit/", edit.edit, name="edit"),
    path("<str:number>/publish/", record.publish, name="publish"),
    path("<str:number>/life/<slug:what>/", life.event, name="life"),
    path("<str:number>/life/<slug:key>/withdraw/", life.withdraw, name="life_withdraw"),
    path("<str:number>/merge/<str:other>/", duplicates.merge, name="merge"),
    path("<str:number>/merges/<int:pk>/undo/", duplicates.undo, name="merge_undo"),
]
