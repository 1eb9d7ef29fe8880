"""What every address of the interface does alike: reading only, refusals as problems, ETag and moments, formats, counting."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, cast

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from geo_registry.operations import keys, limits

from .collections import COLLECTIONS, Collection
from .documents import HTML, JSON
from .office import office_collections
from .problems import Problem

logger = logging.getLogger(__name__)
MAX_AGE_S = 60
# Nothing that can be asked here takes as long on a county's data; what does is stopped.
_LONGEST_MS = 15_000
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def endpoint(view: View[P]) -> View[P]:
    """Make a view an address of the interface: reading only, refusals as problems, kept by proxies, open to pages elsewhere."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response: HttpResponseBase
        try:
            if request.method not in {"GET", "HEAD"}:
                raise Problem(405, headers={"Allow": "GET, HEAD"})  # noqa: TRY301 - all refusals go one way
            _admit(request)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{_LONGEST_MS}ms"])
                response = _conditional(request, view(request, *args, **kwargs))
        except Problem as problem:
            response = problem.response()
        except DatabaseError:
            logger.exception("The interface could not ask the database")
            response = Problem(503, headers={"Retry-After": "30"}).response()
        return _open(request, response)

    return cast("View[P]", csrf_exempt(answered))


def _admit(request: HttpRequest) -> None:
    """Find out whose key it is, and count the request.

    Raises
    ------
    Problem
        For a key that is not valid (401), and for too many requests (429).
    """
    # A view knows of a key by this alone.
    request.key = None  # type: ignore[attr-defined]
    given = request.headers.get("Authorization", "")
    if given:
        scheme, _blank, secret = given.partition(" ")
        found = keys.valid_key(secret.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            _count(request, None)
            raise Problem(
                401,
                _("The key is not known, has expired or was withdrawn."),
                headers={"WWW-Authenticate": "Bearer"},
            )
        request.key = found  # type: ignore[attr-defined]
    _count(request, key_of(request))


def key_of(request: HttpRequest) -> keys.AccessKey | None:
    """Return the valid key that a request was made with."""
    found: keys.AccessKey | None = getattr(request, "key", None)
    return found


def _count(request: HttpRequest, key: keys.AccessKey | None, weight: int = 1) -> None:
    wait_s = limits.count(request, key=key, weight=weight)
    if wait_s:
        detail = _("More than %(most)d requests in a minute. Try again in %(seconds)d seconds.") % {
            "most": limits.most(key),
            "seconds": wait_s,
        }
        raise Problem(429, detail, headers={"Retry-After": str(wait_s)})


def count_more(request: HttpRequest, weight: int) -> None:
    """Count a request that costs more than others.

    Raises
    ------
    Problem
        If it is one too many (429).
    """
    _count(request, key_of(request), weight)


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give an answer its ETag, and say so if the asker has it already."""
    patch_cache_control(response, public=True, max_age=MAX_AGE_S)
    if isinstance(response, StreamingHttpResponse) or not isinstance(response, HttpResponse):
        if not _not_since(request, response):
            return response
        response.close()
        return HttpResponseNotModified(headers={"Last-Modified": response["Last-Modified"]})
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    known = request.headers.get("If-None-Match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    same = "*" in tags or etag in tags if known else _not_since(request, response)
    if response.status_code == 200 and same:
        names = ("Content-Crs", "Link", "Last-Modified", "Cache-Control")
        response = HttpResponseNotModified(
            headers={name: response[name] for name in names if name in response}
        )
    response["ETag"] = etag
    return response


def _not_since(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Say whether nothing has changed since the moment that the asker knows of; an ETag goes before it (RFC 9110, 13.1.3)."""
    known = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    last = parse_http_date_safe(response["Last-Modified"]) if "Last-Modified" in response else None
    return known is not None and last is not None and last <= known


def with_moment(response: HttpResponseBase, moment: datetime | None) -> HttpResponseBase:
    """Say when what is answered last changed, where that is known. A page also says who reads it: it has no such moment."""
    if moment is not None and not response.get("Content-Type", "").startswith(HTML):
        response["Last-Modified"] = http_date(moment.astimezone(UTC).timestamp())
    return response


def _open(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    patch_vary_headers(response, ["Accept", "Accept-Language", "Cookie", "Authorization"])
    if key_of(request) is not None:
        # What a key opens is kept by no proxy.
        response["Cache-Control"] = "private, no-store"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link, Content-Crs, Retry-After"
    licence = f'<{reverse("api:terms")}>; rel="license"'
    response["Link"] = f"{response['Link']}, {licence}" if "Link" in response else licence
    return response


def wants_page(request: HttpRequest, media: str = JSON) -> bool:
    """Say whether a page is asked for, and not a document for programs.

    Raises
    ------
    Problem
        If it is neither.
    """
    wanted = request.GET.get("f")
    if wanted is None:
        return request.get_preferred_type([media, JSON, HTML]) == HTML
    if wanted not in {"json", "html"}:
        raise Problem(400, _("The formats are json and html."), parameter="f")
    return wanted == "html"


def answer(
    request: HttpRequest, body: Mapping[str, Any], *, template: str, media: str = JSON, **context: Any
) -> HttpResponse:
    """Answer as a document, or as the page of it."""
    if wants_page(request, media):
        shown = {"body": body, "has_demo_data": body.get("demo", False), **context}
        return render(request, f"maps/api/{template}.html", shown)
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=media)


def collection_named(request: HttpRequest, name: str) -> Collection:
    """Return a collection: of what is public, or of what a key opens.

    Raises
    ------
    Problem
        If there is none of this name (404), or it needs a key (401) or one that allows it (403).
    """
    if (found := COLLECTIONS.get(name)) is not None:
        return found
    offices = office_collections(key_of(request))
    if name not in offices:
        raise Problem(404, _("There is no collection of this name."))
    if key_of(request) is None:
        raise Problem(
            401,
            _("This collection needs a key, which the office hands out."),
            headers={"WWW-Authenticate": "Bearer"},
        )
    opened = offices[name]
    if opened is None:
        raise Problem(403, _("The key does not open this collection."))
    return opened
