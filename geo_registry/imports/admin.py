"""Imports for those who look after the registry: what each file brought, to look at and not to edit."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import RegistryAdmin

from .models import Batch
from .registry import kinds
from .services.words import severity_word

SHOWN_ISSUES = 200
SHOWN_ROWS = 200


@admin.register(Batch)
class BatchAdmin(RegistryAdmin[Batch]):
    """Counts, options, and the account of each file row by row."""

    list_display = (
        "file_name", "kind_name", "state", "count_new", "count_changed", "count_unchanged", "count_refused", "source",
        "created_by", "created_at",
    )  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("source", "created_by")
    search_fields = ("file_name", "sha256", "source__title")
    date_hierarchy = "created_at"
    fields = (
        "file_name", "kind_name", "state", "source", "created_by", "created_at", "count_new", "count_changed",
        "count_unchanged", "count_refused", "issues", "changes", "layer", "encoding", "source_crs", "options", "sha256",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("kind"), ordering="kind")
    def kind_name(self, batch: Batch) -> str:
        """Return what the kind of file is called."""
        kind = kinds().get(batch.kind)
        return str(kind.label) if kind is not None else batch.kind

    @admin.display(description=_("what there is to say"))
    def issues(self, batch: Batch) -> SafeString | str:
        """Show refused rows and remarks by row and column."""
        issues = batch.report.get("issues", [])
        if not issues:
            return "-"
        rows = (
            (issue["row"] or "", issue["column"] or "", severity_word(issue["severity"]), issue["message"])
            for issue in issues[:SHOWN_ISSUES]
        )
        heads = (gettext("row"), gettext("column"), gettext("how bad"), gettext("what"))
        return _table(heads, rows, left_out=sum(batch.report.get("issue_counts", {}).values()) - SHOWN_ISSUES)

    @admin.display(description=_("what rows did"))
    def changes(self, batch: Batch) -> SafeString | str:
        """Show which records were made or changed, field by field."""
        done = batch.rows.filter(content_type__isnull=False).select_related("content_type")
        found = list(done.order_by("row", "pk")[:SHOWN_ROWS])
        if not found:
            return "-"
        rows = (
            (
                row.row,
                row.get_action_display(),
                f"{row.content_type.name if row.content_type else ''} {row.object_id}",
                _shown(row.before),
                _shown(row.after),
            )
            for row in found
        )
        heads = (gettext("row"), gettext("action"), gettext("record"), gettext("before"), gettext("after"))
        return _table(heads, rows, left_out=batch.count_new + batch.count_changed - SHOWN_ROWS)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: files come in by ``import_data``."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:  # noqa: ARG002
        """Nobody: it is a record of what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:  # noqa: ARG002
        """Nobody, for the same reason."""
        return False


def _shown(values: dict[str, object]) -> SafeString:
    return format_html_join("", "{}: {}<br>", values.items())


def _table(heads: tuple[str, ...], rows: object, *, left_out: int) -> SafeString:
    head = format_html_join("", "<th>{}</th>", ((text,) for text in heads))
    cells = "<tr>" + "<td>{}</td>" * len(heads) + "</tr>"
    body = format_html_join("", cells, rows)  # type: ignore[arg-type]
    more = gettext("… and %(count)d more.") % {"count": left_out} if left_out > 0 else ""
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table><p>{}</p>", head, body, more
    )
