"""A file is sent for approval, taken back, approved, or returned."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError

from ..services import flow
from .common import back_to, batch_of


@require_POST
def submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a previewed file for approval."""
    found = batch_of(request, pk, to_handle=True)
    try:
        flow.submit(
            user=signed_in(request), batch=found, others_are_new=bool(request.POST.get("others_are_new"))
        )
    except GeodataError as error:
        return back_to(request, found, error)
    messages.success(request, _("%(file)s was sent for approval.") % {"file": found.file_name})
    return back_to(request, found)


@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a file back that waits for approval."""
    found = batch_of(request, pk, to_handle=True)
    try:
        flow.take_back(batch=found)
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve a file, and have it taken in as its preview says."""
    found = batch_of(request, pk)
    try:
        flow.approve(user=signed_in(request), batch=found, seen=request.POST.get("seen", ""))
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


@require_POST
def send_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return a file to whoever sent it, with reasons."""
    found = batch_of(request, pk)
    try:
        flow.send_back(user=signed_in(request), batch=found, reasons=request.POST.get("reasons", ""))
    except GeodataError as error:
        return back_to(request, found, error)
    messages.success(request, _("%(file)s was returned.") % {"file": found.file_name})
    return redirect("imports:batches")
