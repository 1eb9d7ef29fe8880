"""Background work for the administrator: to look at, not to edit."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import RegistryAdmin

from .models import Job
from .services import task_rows


@admin.register(Job)
class JobAdmin(RegistryAdmin[Job]):
    """States, times and, for a failed one, the way to its traceback."""

    list_display = ("title", "state", "created_by", "created_at", "started_at", "finished_at", "attempts")
    list_filter = ("state", "kind")
    search_fields = ("title", "message", "error")
    date_hierarchy = "created_at"
    fields = (
        "title", "kind", "state", "done", "total", "message", "error", "details", "cancel_requested",
        "restartable", "attempts", "arguments", "result", "result_url", "created_by", "created_at", "started_at",
        "heartbeat_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("details of the failure"))
    def details(self, job: Job) -> str:
        """Show the traceback that the task's row keeps; nobody else ever sees it."""
        row = task_rows(job).first()
        return format_html("<pre>{}</pre>", row.traceback) if row and row.traceback else "-"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: pages ask for work."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:  # noqa: ARG002
        """Nobody: it is a record of what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:  # noqa: ARG002
        """Nobody, for the same reason."""
        return False
