"""Addresses of the interface: parse, ask one service, answer as JSON or as a page."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from . import answering, documents, openapi
from .asking import ITEM_PARAMETERS, Asked, read_item, read_items, single_values
from .collections import COLLECTIONS, Collection
from .crs import Crs
from .documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, link, marks
from .problems import Problem

logger = logging.getLogger(__name__)
MAX_AGE_S = 60
# Nothing that can be asked here takes as long on a county's data; what does is stopped.
_LONGEST_MS = 15_000
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def endpoint(view: View[P]) -> View[P]:
    """Make a view an address of the interface: reading only, refusals as problems, kept by proxies, open to pages elsewhere."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            if request.method not in {"GET", "HEAD"}:
                raise Problem(405, headers={"Allow": "GET, HEAD"})  # noqa: TRY301 - all refusals go one way
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{_LONGEST_MS}ms"])
                response = _conditional(request, view(request, *args, **kwargs))
        except Problem as problem:
            response = problem.response()
        except DatabaseError:
            logger.exception("The interface could not ask the database")
            response = Problem(503, headers={"Retry-After": "30"}).response()
        return _open(response)

    return cast("View[P]", csrf_exempt(answered))


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give an answer its ETag, and say so if the asker has it already."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    known = request.headers.get("If-None-Match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if response.status_code == 200 and known and ("*" in tags or etag in tags):
        kept = {name: response[name] for name in ("Content-Crs", "Link") if name in response}
        response = HttpResponseNotModified(headers=kept)
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=MAX_AGE_S)
    return response


def _open(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept", "Accept-Language", "Cookie"])
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Link, Content-Crs"
    licence = f'<{reverse("api:terms")}>; rel="license"'
    response["Link"] = f"{response['Link']}, {licence}" if "Link" in response else licence
    return response


def _wants_page(request: HttpRequest, media: str = JSON) -> bool:
    wanted = request.GET.get("f")
    if wanted is None:
        return request.get_preferred_type([media, JSON, HTML]) == HTML
    if wanted not in {"json", "html"}:
        raise Problem(400, _("The formats are json and html."), parameter="f")
    return wanted == "html"


def _answer(
    request: HttpRequest, body: Mapping[str, Any], *, template: str, media: str = JSON, **context: Any
) -> HttpResponse:
    if _wants_page(request, media):
        shown = {"body": body, "has_demo_data": body.get("demo", False), **context}
        return render(request, f"maps/api/{template}.html", shown)
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=media)


def _plain(request: HttpRequest) -> None:
    single_values(request.GET, {"f"})


def _collection(name: str) -> Collection:
    found = COLLECTIONS.get(name)
    if found is None:
        raise Problem(404, _("There is no collection of this name."))
    return found


@endpoint
def landing(request: HttpRequest) -> HttpResponse:
    """Show where everything is."""
    _plain(request)
    body = documents.landing(request.build_absolute_uri)
    found = [(one.id, one.title, one.description) for one in COLLECTIONS.values()]
    return _answer(request, body, template="landing", collections=found)


@endpoint
def conformance(request: HttpRequest) -> HttpResponse:
    """Say which standards hold."""
    _plain(request)
    return _answer(request, documents.conformance(), template="conformance")


@endpoint
def terms(request: HttpRequest) -> HttpResponse:
    """Say where the data is from and on what terms it may be used."""
    _plain(request)
    return _answer(request, documents.terms(), template="terms")


@endpoint
def openapi_document(request: HttpRequest) -> HttpResponse:
    """Describe the interface for programs."""
    single_values(request.GET, set())
    body = openapi.document(request.build_absolute_uri(reverse("api:landing")))
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=OPENAPI)


@endpoint
def docs(request: HttpRequest) -> HttpResponse:
    """Describe the interface for people, and let them try it."""
    single_values(request.GET, set())
    return render(request, "maps/api/docs.html", {"has_demo_data": documents.terms()["demo"]})


@endpoint
def collections(request: HttpRequest) -> HttpResponse:
    """List the collections."""
    _plain(request)
    return _answer(request, documents.collections(request.build_absolute_uri), template="collections")


@endpoint
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """Describe one collection."""
    one = _collection(name)
    _plain(request)
    body = documents.collection(one, request.build_absolute_uri)
    return _answer(request, body, template="collection", collection=one)


@endpoint
def queryables(request: HttpRequest, name: str) -> HttpResponse:
    """Say what a collection can be filtered by."""
    one = _collection(name)
    _plain(request)
    body = documents.queryables(one, request.build_absolute_uri)
    return _answer(request, body, template="collection", media=SCHEMA, collection=one)


@endpoint
def items(request: HttpRequest, name: str) -> HttpResponse:
    """Return a page of a collection's features."""
    one = _collection(name)
    asked = read_items(request.GET, one)
    page = answering.page(one, asked)
    links = _links(request, page.following)
    body = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "features": page.features,
        "links": links,
        **marks(page.sources, demo=page.has_demo_data),
    }
    response = _answer(
        request, body, template="items", media=GEOJSON, collection=one, page=page, rows=_table(one, asked, page),
        columns=[item.title for item in _columns(one, asked)], following=links[-1]["href"] if page.following else "",
    )  # fmt: skip
    return _with_headers(response, asked.crs, links)


@endpoint
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """Return one feature."""
    one = _collection(name)
    single_values(request.GET, set(ITEM_PARAMETERS))
    crs = read_item(request.GET)
    found = answering.feature(one, key, crs=crs)
    if found is None:
        raise Problem(404)
    feature, source = found
    here = request.build_absolute_uri(request.path)
    links = [
        link(f"{here}?f=json", "self", GEOJSON, _("This document")),
        link(f"{here}?f=html", "alternate", HTML, _("This document as a page")),
        link(
            request.build_absolute_uri(reverse("api:collection", args=[one.id])),
            "collection",
            JSON,
            str(one.title),
        ),
    ]
    body = {**feature, "links": links, **marks([source] if source else [])}
    facts = [(item.title, feature["properties"][item.name]) for item in one.properties]
    response = _answer(request, body, template="item", media=GEOJSON, collection=one, facts=facts)
    return _with_headers(response, crs, links)


@endpoint
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that there is nothing at an address below the interface's."""
    raise Problem(404)


def _links(request: HttpRequest, following: str) -> list[dict[str, str]]:
    """Return the links of a page of features; that to the next page is the last."""

    def address(**changes: str) -> str:
        query = {**request.GET.dict(), **changes}
        return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")

    links = [
        link(address(f="json"), "self", GEOJSON, _("This document")),
        link(address(f="html"), "alternate", HTML, _("This document as a page")),
    ]
    if following:
        f = "html" if _wants_page(request, GEOJSON) else "json"
        links.append(
            link(address(after=following, f=f), "next", HTML if f == "html" else GEOJSON, _("Next page"))
        )
    return links


def _with_headers(response: HttpResponse, crs: Crs, links: list[dict[str, str]]) -> HttpResponse:
    response["Content-Crs"] = f"<{crs.uri}>"
    response["Link"] = ", ".join(
        f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in links
    )
    return response


def _columns(one: Collection, asked: Asked) -> list[Any]:
    return list(one.properties if asked.fields is None else asked.fields)


def _table(one: Collection, asked: Asked, page: answering.Page) -> list[tuple[str, list[Any]]]:
    """Return the rows of a page's table: the address of each feature, and what is known of it."""
    return [
        (
            reverse("api:item", args=[one.id, feature["id"]]),
            [feature["properties"][item.name] for item in _columns(one, asked)],
        )
        for feature in page.features
    ]
