"""Pages for whoever reports: the form, and what became of a report. No account, no session."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from geo_registry.client_address import client_address
from geo_registry.form_errors import put_errors

from .. import registry
from ..forms import ReportForm
from ..services.limits import TooMany
from ..services.receiving import by_code, receive

_SHOWN_AS: Final = re.compile(r"[0-9A-Za-z-]{12,20}")


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take a report about a public record.

    Raises
    ------
    Http404
        If there is no public record of the kind and key.
    """
    found = registry.find(kind, key)
    if found is None:
        raise Http404
    about, subject = found
    posted = request.method == "POST"
    given = (request.POST, request.FILES) if posted else ()
    # A page may say what it is about: the code on a sign leads to a name's page, and that to its sign.
    asked = request.GET.get("topic", "")
    form = ReportForm(
        *given, topics=about.topics, initial={"topic": asked} if asked in about.topics else None
    )
    status = HTTPStatus.OK
    if posted and form.is_valid():
        try:
            code = _receive(request, about, subject, form)
        except ValidationError as error:
            status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooMany) else HTTPStatus.OK
            put_errors(form, error)
        else:
            return redirect("reports:state", code)
    context = {
        "form": form,
        "kind": about,
        "subject": subject,
        "chose_photos": posted and bool(request.FILES),
        "point": _point(subject),
        "has_demo_data": subject.source is not None and subject.source.is_demo,
    }
    return render(request, "reports/new.html", context, status=status)


def _receive(request: HttpRequest, about: registry.Kind, subject: registry.Subject, form: ReportForm) -> str:
    data = form.cleaned_data
    _report, code = receive(
        kind=about,
        subject=subject,
        topic=data["topic"],
        text=data["text"],
        contact=data["contact"],
        point=form.point(),
        photos=data["photos"],
        address=client_address(request),
    )
    return code


def _point(subject: registry.Subject) -> dict[str, Any] | None:
    if subject.point is None:
        return None
    return {"lon": round(subject.point.x, 6), "lat": round(subject.point.y, 6)}


@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and go to what it belongs to."""
    typed = request.GET.get("code", "").strip()
    problem = ""
    if typed:
        if _SHOWN_AS.fullmatch(typed.replace(" ", "-")) and by_code(typed) is not None:
            return redirect("reports:state", typed.replace(" ", "-").upper())
        problem = _("There is no report with this code. It has three groups of four letters and digits.")
    context = {"typed": typed[:40], "problem": problem, "has_demo_data": False}
    return render(request, "reports/ask.html", context)


@never_cache
@require_safe
def state(request: HttpRequest, code: str) -> HttpResponse:
    """Show how a report stands to whoever has its code: neither what was written nor by whom it is handled.

    Raises
    ------
    Http404
        If no report has the code.
    """
    report = by_code(code)
    if report is None:
        raise Http404
    kind = registry.kind_of(report.kind)
    subject = kind.find(report.key) if kind is not None else None
    context = {
        "report": report,
        "code": code.upper(),
        "steps": report.steps.select_related("handler"),
        "subject": subject,
        "is_new": report.revision == 0,
        "has_demo_data": report.is_demo,
    }
    response = render(request, "reports/state.html", context)
    # Whoever has the code sees the report: no search engine shall have it.
    response["X-Robots-Tag"] = "noindex"
    return response
