"""Handing out files, to whoever the record's own app says may see them.

A file from outside is never run as part of this site: the type is the one found in its content, browsers are told not to guess,
and whatever it may hold is shut in (``sandbox``). Only pictures, sounds and films open in the page; the rest is downloaded.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header, parse_etags, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from . import registry, services, storage
from .detect import ACCEPTED, FileKind
from .models import Attachment, Kind

_BLOCK_BYTES: Final = 1 << 16
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)$")
_JPEG: Final = "image/jpeg"
# No scripts, no forms, no other origin's anything; a browser's own page around a film may show that film.
_SHUT_IN: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


@require_safe
def shown(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand out a picture, sound or film as a copy without what the device wrote into it; a document as it is."""
    return _send(request, *_shown(request, _visible(request, pk)))


@require_safe
def small(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand out a picture's small copy, for lists.

    Raises
    ------
    Http404
        If it is no picture.
    """
    attachment = _visible(request, pk)
    if not attachment.is_image:
        raise Http404
    return _send(request, attachment, storage.Copy.SMALL)


@require_safe
def original(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand out a file as it was sent, to keep; of a sound or film its shown copy, to whoever may only see it."""
    attachment = _visible(request, pk)
    if registry.may_see(request.user, attachment, original=True):
        return _send(request, attachment, storage.Copy.ORIGINAL, download=True)
    if attachment.is_image:
        raise Http404
    return _send(request, *_shown(request, attachment), download=True)


def _shown(request: HttpRequest, attachment: Attachment) -> tuple[Attachment, str]:
    """Return an attachment with the copy that pages show.

    Raises
    ------
    Http404
        If what it tells cannot be taken out of it, and the visitor may not have the original.
    """
    if not attachment.tells_more:
        return attachment, storage.Copy.ORIGINAL
    try:
        if not attachment.is_image and storage.place(attachment.content.sha256).exists():
            services.require_clean(attachment)
    except services.Refused as error:
        if not registry.may_see(request.user, attachment, original=True):
            raise Http404 from error
        return attachment, storage.Copy.ORIGINAL
    return attachment, storage.Copy.SHOWN


@require_POST
def send_ahead(request: HttpRequest) -> HttpResponse:
    """Take one file of a form that is still being filled in."""
    file = request.FILES.get("file")
    kinds = [kind for kind in FileKind if kind.value in request.POST.getlist("kind")] or list(FileKind)
    try:
        if file is None:
            raise services.Refused(_("No file came. Choose it again."))
        attachment = services.send_ahead(file=file, by=_person(request), kinds=kinds)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return JsonResponse({"id": str(attachment.pk), "name": attachment.name, "image": attachment.is_image})


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not isinstance(request.user, AbstractBaseUser):
        raise Http404
    return request.user


def _visible(request: HttpRequest, pk: uuid.UUID) -> Attachment:
    """Return an attachment that the visitor may see; for others there is none."""
    attachment = Attachment.objects.select_related("content", "owner_type").filter(pk=pk).first()
    if attachment is None or not registry.may_see(request.user, attachment):
        raise Http404
    return attachment


def _send(
    request: HttpRequest, attachment: Attachment, copy: str, *, download: bool = False
) -> HttpResponseBase:
    content = attachment.content
    path = storage.place(content.sha256, copy)
    if copy != storage.Copy.ORIGINAL and not path.exists() and storage.place(content.sha256).exists():
        services.remake_copies(content)
    if not path.exists():
        raise Http404
    etag = quote_etag(f"{content.sha256[:40]}-{copy}")
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = _file_or_part(request, path)
        made_anew = attachment.is_image and copy != storage.Copy.ORIGINAL
        response["Content-Type"] = _JPEG if made_anew else content.media_type
    inline = not download and content.kind != Kind.DOCUMENT
    header = content_disposition_header(not inline, _name(attachment, copy))
    if header:
        response["Content-Disposition"] = header
    response["ETag"] = etag
    # The browser asks each time whether the person may still see it; an unchanged one is not sent twice.
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = _SHUT_IN
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _name(attachment: Attachment, copy: str) -> str:
    """Return the name to save under, with an extension that fits what the file is."""
    if attachment.is_image and copy != storage.Copy.ORIGINAL:
        fitting: tuple[str, ...] = ACCEPTED["jpeg"].extensions
    else:
        media_type = attachment.content.media_type
        fitting = next((row.extensions for row in ACCEPTED.values() if row.media_type == media_type), ())
    extension = attachment.name.rpartition(".")[2].lower()
    return attachment.name if not fitting or extension in fitting else f"{attachment.name}.{fitting[0]}"


def _file_or_part(request: HttpRequest, path: Path) -> HttpResponseBase:
    """Send a file, or the part that a player asks for: telephones play no film from a site that cannot send parts."""
    size = path.stat().st_size
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or not any(wanted.groups()) or request.method != "GET":
        whole = FileResponse(path.open("rb"))
        whole["Accept-Ranges"] = "bytes"
        return whole
    first, last = wanted.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    else:
        start, end = max(size - int(last), 0), size - 1
    if start > end or start >= size:
        return HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"}
        )
    part = StreamingHttpResponse(_blocks(path, start, end), status=HTTPStatus.PARTIAL_CONTENT)
    part["Content-Range"] = f"bytes {start}-{end}/{size}"
    part["Content-Length"] = str(end - start + 1)
    part["Accept-Ranges"] = "bytes"
    return part


def _blocks(path: Path, start: int, end: int) -> Iterator[bytes]:
    # Opened when the first block is asked for: a player that hangs up before that leaves no open file behind.
    with path.open("rb") as file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (block := file.read(min(_BLOCK_BYTES, left))):
            left -= len(block)
            yield block
