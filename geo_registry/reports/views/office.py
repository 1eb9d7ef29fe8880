"""The office's pages of reports: the queue, and one report with what can be done about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from geo_registry.accounts.models import User
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors

from .. import registry
from ..forms import AnswerForm, QueueFilter, ReasonForm
from ..models import Contact, Report, ReportQuerySet, State
from ..services import handling
from ..services.routing import may_handle
from ..services.work import in_scope, mine

PAGE_SIZE = 50


@never_cache
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show the reports of one's scope: at first those that wait for one's own office, by their day."""
    user, today = signed_in(request), timezone.localdate()
    chosen = QueueFilter(request.GET)
    rows = _filtered(user, chosen)
    rows = rows.select_related("division__parent", "handler", "source").defer(
        "division__boundary", "division__parent__boundary", "handler__boundary"
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "filter": chosen,
        "today": today,
        "query": query.urlencode(),
        "narrowed": any(request.GET.get(name) for name in ("show", "topic", "q")),
        "late": mine(user).overdue(today).count(),
        "has_demo_data": any(row.is_demo for row in page.object_list),
    }
    return render(request, "reports/queue.html", context)


def _filtered(user: User, chosen: QueueFilter) -> ReportQuerySet:
    data = chosen.cleaned_data if chosen.is_valid() else {}
    show = data.get("show", "")
    if show == "over":
        rows = in_scope(user).exclude(state__in=[State.OPEN, State.DOING]).order_by("-ended_at", "-pk")
    else:
        rows = mine(user) if not show else in_scope(user).waiting()
        if show == "late":
            rows = rows.overdue(timezone.localdate())
        rows = rows.order_by("due", "pk")
    if data.get("topic"):
        rows = rows.filter(topic=data["topic"])
    if text := data.get("q", "").strip():
        rows = rows.filter(
            Q(subject__icontains=text) | Q(text__icontains=text) | Q(division__name__icontains=text)
        )
    return rows


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one report; whoever has it acts on it."""
    user = signed_in(request)
    rows = in_scope(user).select_related("division__parent", "handler", "source")
    row = get_object_or_404(rows, pk=pk)
    may_act = may_handle(user, row)
    if request.method == "POST" and not may_act:
        raise PermissionDenied
    initial = {"revision": row.revision}
    answer, reason = AnswerForm(initial=initial), ReasonForm(initial=initial)
    if request.method == "POST":
        form, done = _act(request, row, user)
        if done:
            return redirect("reports:report", pk)
        answer, reason = (form, reason) if isinstance(form, AnswerForm) else (answer, form or reason)
        row.refresh_from_db()
    return render(request, "reports/report.html", _context(row, user, answer, reason, may_act=may_act))


def _act(request: HttpRequest, row: Report, user: User) -> tuple[AnswerForm | ReasonForm | None, bool]:
    """Do what was pressed. Returns the form that is to be shown again, and whether it was done."""
    answers = bool({"done", "refuse"} & request.POST.keys())
    form = AnswerForm(request.POST) if answers else ReasonForm(request.POST)
    if not form.is_valid():
        return form, False
    revision = form.cleaned_data["revision"]
    try:
        if isinstance(form, AnswerForm):
            text = form.cleaned_data["answer"]
            handling.finish(report=row, by=user, answer=text, done="done" in request.POST, revision=revision)
            messages.success(request, _("Answered. The reporter sees it under the code."))
        elif "take" in request.POST:
            handling.take_up(report=row, by=user, revision=revision)
            messages.success(request, _("Taken up. The reporter sees that somebody looks at it."))
        elif "up" in request.POST:
            handling.pass_up(report=row, by=user, reason=form.cleaned_data["reason"], revision=revision)
            messages.success(request, _("Passed to the county."))
        else:
            reason = form.cleaned_data["reason"]
            handling.take_up_again(report=row, by=user, reason=reason, revision=revision)
            messages.success(request, _("Taken up again."))
    except handling.NotYours as error:
        messages.error(request, " ".join(error.messages))
        # What was typed stays in its form, beside the state as it is now.
        return form, False
    except ValidationError as error:
        put_errors(form, error)
        return form, False
    return form, True


def _context(
    row: Report, user: User, answer: AnswerForm, reason: ReasonForm, *, may_act: bool
) -> dict[str, Any]:
    kind = registry.kind_of(row.kind)
    subject = kind.find(row.key) if kind is not None else None
    waiting = mine(user).exclude(pk=row.pk).order_by("due", "pk")
    return {
        "report": row,
        "kind": kind,
        "subject": subject,
        "office_url": kind.office_url(row.key) if kind is not None else "",
        "links": [
            link
            for link in (kind.links(row.pk, row.topic) if kind is not None else ())
            if not link.is_action or (may_act and not row.is_over)
        ],
        "contact": Contact.objects.filter(report=row).first() if may_act else None,
        "photos": attachments_by_owner([row]).get(str(row.pk), []),
        "steps": row.steps.select_related("by", "handler"),
        "points": _points(row, subject),
        "answer_form": answer,
        "reason_form": reason,
        "may_act": may_act,
        "today": timezone.localdate(),
        "next": waiting.first(),
        "has_demo_data": row.is_demo,
    }


def _points(row: Report, subject: registry.Subject | None) -> dict[str, Any] | None:
    """Return the record's place and the reported one as GeoJSON, or ``None`` where neither is known."""
    known = [
        ("record", row.subject, subject.point if subject is not None else None, "circle", "1"),
        ("reported", _("where the reporter says it is"), row.point, "diamond", "2"),
    ]
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(point.x, 6), round(point.y, 6)]},
            "properties": {
                "number": code,
                "name": name,
                "shape": shape,
                "glyph": glyph,
                "in_operation": True,
            },
        }
        for code, name, point, shape, glyph in known
        if point is not None
    ]
    return {"type": "FeatureCollection", "features": features} if features else None
