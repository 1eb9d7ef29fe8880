"""What the pages of imports share: who asks, which batch, and an error as one sentence."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError

from ..models import Batch
from ..services.flow import may_handle, visible_batches


def batch_of(request: HttpRequest, pk: uuid.UUID, *, to_handle: bool = False) -> Batch:
    """Return a batch that the person may see, or handle.

    Raises
    ------
    Http404
        If there is none: what belongs to others is not even known to be there.
    """
    user = signed_in(request)
    rows = visible_batches(user).select_related(
        "job", "source", "created_by", "undone_by", "submitted_by__office__division", "decided_by"
    )
    batch = get_object_or_404(rows, pk=pk)
    if to_handle and not may_handle(user, batch):
        raise Http404
    return batch


def back_to(request: HttpRequest, batch: Batch, error: GeodataError | None = None) -> HttpResponse:
    """Go to a batch's page, with an error's sentence if there is one."""
    if error is not None:
        messages.error(request, error.render(gettext))
    return redirect("imports:batch", pk=batch.pk)
