"""Files of a run: asked for, and handed out from where they are kept."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts.models import User
from geo_registry.attachments.services import bytes_at
from geo_registry.operations.leaving import counted

from ..planning.views.common import choice_of, runs
from ..services.coverage_export import ExportError
from ..services.run_files import KINDS, Wanted, check, kept, made, rows_of
from ..services.run_files_job import address, enqueue_file


@require_safe
def hand_out(request: HttpRequest, run_id: uuid.UUID, kind: str) -> HttpResponseBase:
    """Hand out a file that is kept; one that takes no more than a moment is made at once."""
    wanted = _wanted(request, run_id, kind)
    try:
        check(wanted)
        found = kept(wanted)
        if found is None and not (wanted.kind.is_slow or wanted.is_public):
            found = made(wanted, by=_user(request))
    except (ExportError, ValidationError) as error:
        return _back(
            request, wanted, str(error) if isinstance(error, ExportError) else " ".join(error.messages)
        )
    place = bytes_at(found.attachment) if found is not None else None
    if place is None:
        return _back(request, wanted, _("This file has not been made yet. Ask for it below."))
    response = FileResponse(
        place.open("rb"), as_attachment=True, filename=wanted.name, content_type=wanted.kind.media_type
    )
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return counted(response, rows_of(wanted))


@require_POST
def make(request: HttpRequest, run_id: uuid.UUID, kind: str) -> HttpResponseBase:
    """Have a file made in the background and show how it gets on; one that is kept is handed out."""
    wanted = _wanted(request, run_id, kind)
    try:
        check(wanted)
    except ExportError as error:
        return _back(request, wanted, str(error))
    if kept(wanted) is not None:
        return redirect(address(wanted))
    job = enqueue_file(wanted, user=_user(request))
    return HttpResponseRedirect(reverse("jobs:detail", args=[job.pk]))


def _wanted(request: HttpRequest, run_id: uuid.UUID, kind: str) -> Wanted:
    if kind not in KINDS:
        raise Http404
    return Wanted(
        choice=choice_of(request, get_object_or_404(runs(request), pk=run_id)),
        kind=KINDS[kind],
        is_public=request.GET.get("public") == "1",
    )


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _back(request: HttpRequest, wanted: Wanted, message: str) -> HttpResponseRedirect:
    messages.error(request, message)
    return HttpResponseRedirect(f"{wanted.choice.url()}#take-away")
