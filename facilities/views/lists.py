"""The list of facilities: filter, sort, choose columns, save a view, print, take away as a spreadsheet."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.signed_in import signed_in
from geo_registry.operations.leaving import counted

from ..models import Facility, SavedView, Status
from ..services import bulk, list_export, list_page
from ..services.list_columns import COLUMNS, SECTIONS, Column
from ..services.list_filters import matching
from ..services.list_query import MISSING, STATUSES, ListQuery, read_query
from ..services.list_rows import cells, everything, page, status_of, totals
from ..services.list_words import filters_in_words, shown

# More rows than these are no list to hold in one's hand: the spreadsheet is.
MOST_PRINTED = 2_000
STATUS_LOOKS = {
    Status.OPEN: "good",
    Status.BUILDING: "caution",
    Status.PLANNED: "caution",
    Status.PAUSED: "caution",
    Status.IDLE: "bad",
}


@dataclass(frozen=True)
class Cell:
    """One cell as a page shows it."""

    column: Column
    text: str
    look: str = ""


@dataclass(frozen=True)
class Row:
    """One row as a page shows it."""

    facility: Facility
    url: str
    cells: list[Cell]


@dataclass(frozen=True)
class Heading:
    """A column's heading: where a click on it leads, and how the list is sorted by it now."""

    column: Column
    url: str
    sorted: str
    total: str


def rows_as_shown(query: ListQuery, rows: Iterable[Facility]) -> list[Row]:
    """Return rows with their cells as text."""
    result = []
    for row in rows:
        status = status_of(row)
        look = STATUS_LOOKS.get(status, "none") if status is not None else "none"
        made = [
            Cell(column, shown(value), look if column.code == "status" else "")
            for column, value in cells(query, row)
        ]
        result.append(Row(row, list_page.record_url(row), made))
    return result


def _headings(query: ListQuery, totals: dict[str, object]) -> list[Heading]:
    result = []
    for code in query.columns:
        column = COLUMNS[code]
        state = ""
        if query.sort_column == code:
            state = "descending" if query.descending else "ascending"
        turned = f"-{code}" if state == "ascending" else code
        url = list_page.address(query.encoded(sort=turned)) if column.order else ""
        result.append(Heading(column, url, state, shown(totals.get(code))))  # type: ignore[arg-type]
    return result


@never_cache
@require_safe
def facility_list(request: HttpRequest) -> HttpResponse:
    """Show a page of the list that the address asks for."""
    query, problems = read_query(request.GET)
    for problem in problems:
        messages.warning(request, problem)
    user = signed_in(request)
    shown_page = page(
        query,
        user=user,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        last="last" in request.GET,
    )
    encoded = query.encoded()
    joined = f"{list_page.address(encoded)}{'&' if encoded else '?'}"
    context = {
        "query": query,
        "encoded": encoded,
        "rows": rows_as_shown(query, shown_page.rows),
        "headings": _headings(query, dict(shown_page.totals)),
        "page": shown_page,
        "first_url": list_page.address(encoded) if shown_page.earlier else "",
        "earlier_url": f"{joined}before={shown_page.earlier}" if shown_page.earlier else "",
        "later_url": f"{joined}after={shown_page.later}" if shown_page.later else "",
        "last_url": f"{joined}last=1" if shown_page.later else "",
        "filters": [
            (what, value, list_page.address(query.without(name)))
            for name, what, value in filters_in_words(query)
        ],
        "bare_url": list_page.address(ListQuery(sort=query.sort, columns=query.columns).encoded()),
        "offer": list_page.on_offer(user),
        "sections": [
            (label, [(column, column.code in query.columns) for column in columns])
            for label, columns in SECTIONS
        ],
        "statuses": [(code, label, code in query.statuses) for code, label in STATUSES.items()],
        "missing": [(code, label, code in query.missing) for code, label in MISSING.items()],
        "sorts": [column for column in COLUMNS.values() if column.order],
        "views": list_page.views_of(user, query),
        "may_change": policy.may(user, policy.Action.CHANGE_MANY),
        "most_changed": bulk.MOST,
        "may_edit": policy.may(user, policy.Action.EDIT_FACILITIES),
        "may_export": policy.may(user, policy.Action.EXPORT_LISTS),
        "has_demo_data": any(row.is_demo for row in shown_page.rows),
        "in_background": shown_page.total > list_export.AT_ONCE,
    }
    return render(request, "facilities/lists/list.html", context)


@never_cache
@require_safe
def print_view(request: HttpRequest) -> HttpResponse:
    """Show all rows of a list on one page, without what can be pressed."""
    query, _problems = read_query(request.GET)
    user = signed_in(request)
    matched = matching(query, user=user)
    total, sums = matched.count(), totals(query, matched)
    rows = list(everything(query, user=user, most=MOST_PRINTED))
    context = {
        "query": query,
        "rows": rows_as_shown(query, rows),
        "headings": _headings(query, dict(sums)),
        "has_totals": bool(sums),
        "total": total,
        "left_out": max(0, total - MOST_PRINTED),
        "filters": list(filters_in_words(query)),
        "list_url": list_page.address(query.encoded()),
        "has_demo_data": any(row.is_demo for row in rows),
        "printed_at": timezone.localtime(),
    }
    return render(request, "facilities/lists/print.html", context)


@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send a list as a spreadsheet; a long one is written in the background."""
    query = list_page.read_encoded(request.POST.get("query", ""))
    user = signed_in(request)
    count = matching(query, user=user).count()
    if count > list_export.AT_ONCE:
        job = list_export.enqueue_export(query, user=user, count=count)
        return redirect("jobs:detail", pk=job.pk)
    response = HttpResponse(list_export.list_xlsx(query, user=user), content_type=list_export.XLSX)
    disposition = content_disposition_header(
        as_attachment=True, filename=list_export.file_name(timezone.localdate())
    )
    response["Content-Disposition"] = disposition or "attachment"
    return counted(response, count)


@never_cache
@require_safe
def exported(request: HttpRequest, file: uuid.UUID) -> FileResponse:
    """Send a spreadsheet that was written in the background, to whoever asked for it."""
    found = list_export.exported_file(file, user=signed_in(request))
    if found is None:
        raise Http404
    path, job = found
    made = datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone()).date()
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=list_export.file_name(made),
        content_type=list_export.XLSX,
    )
    return counted(response, job.result.get("rows"))


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows under a name."""
    query = list_page.read_encoded(request.POST.get("query", ""))
    try:
        view, is_new = list_page.save_view(
            user=signed_in(request),
            name=request.POST.get("name", ""),
            query=query,
            shared="shared" in request.POST,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = _("The view “%(name)s” is saved.") if is_new else _("The view “%(name)s” is replaced.")
        messages.success(request, said % {"name": view.name})
    return redirect(list_page.address(query.encoded()))


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved view of one's own."""
    user = signed_in(request)
    view = get_object_or_404(SavedView.objects.usable_by(user), pk=pk)
    name = view.name
    if list_page.delete_view(user=user, view=view):
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": name})
    else:
        messages.error(request, _("Only whoever saved a view can delete it."))
    return redirect(list_page.address(request.POST.get("query", "")[:4000]))
