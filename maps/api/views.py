"""Addresses of the interface: parse, ask one service, answer as JSON or as a page."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.operations import leaving

from . import answering, documents, ledger, openapi
from .asking import ITEM_PARAMETERS, Asked, read_item, read_items, single_values
from .collections import COLLECTIONS, Collection
from .crs import Crs
from .documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, link, marks
from .files import formats_of
from .office import opened_by
from .problems import Problem
from .serving import answer, collection_named, endpoint, key_of, wants_page, with_moment


def _plain(request: HttpRequest) -> None:
    single_values(request.GET, {"f"})


@endpoint
def landing(request: HttpRequest) -> HttpResponseBase:
    """Show where everything is."""
    _plain(request)
    body = documents.landing(request.build_absolute_uri)
    found = [(one.id, one.title, one.description) for one in COLLECTIONS.values()]
    return answer(request, body, template="landing", collections=found)


@endpoint
def conformance(request: HttpRequest) -> HttpResponseBase:
    """Say which standards hold."""
    _plain(request)
    return answer(request, documents.conformance(), template="conformance")


@endpoint
def terms(request: HttpRequest) -> HttpResponseBase:
    """Say where the data is from and on what terms it may be used."""
    _plain(request)
    return answer(request, documents.terms(), template="terms")


@endpoint
def openapi_document(request: HttpRequest) -> HttpResponseBase:
    """Describe the interface for programs."""
    single_values(request.GET, set())
    body = openapi.document(request.build_absolute_uri(reverse("api:landing")))
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=OPENAPI)


@endpoint
def docs(request: HttpRequest) -> HttpResponseBase:
    """Describe the interface for people, and let them try it."""
    single_values(request.GET, set())
    return render(request, "maps/api/docs.html", {"has_demo_data": documents.terms()["demo"]})


@endpoint
def collections(request: HttpRequest) -> HttpResponseBase:
    """List the collections."""
    _plain(request)
    opened = opened_by(key_of(request))
    response = answer(
        request, documents.collections(request.build_absolute_uri, opened), template="collections"
    )
    if opened:
        return response
    moments = [ledger.changed_at(one) for one in COLLECTIONS.values()]
    return with_moment(response, max((at for at in moments if at), default=None) if all(moments) else None)


@endpoint
def collection(request: HttpRequest, name: str) -> HttpResponseBase:
    """Describe one collection."""
    one = collection_named(request, name)
    _plain(request)
    body = documents.collection(one, request.build_absolute_uri)
    listed = [
        (form.words, reverse("api:download", args=[one.id, name])) for name, form in formats_of(one).items()
    ]
    response = answer(request, body, template="collection", collection=one, files=listed)
    return with_moment(response, _moment(one))


@endpoint
def queryables(request: HttpRequest, name: str) -> HttpResponseBase:
    """Say what a collection can be filtered by."""
    one = collection_named(request, name)
    _plain(request)
    body = documents.queryables(one, request.build_absolute_uri)
    return answer(request, body, template="collection", media=SCHEMA, collection=one)


@endpoint
def items(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a page of a collection's features."""
    one = collection_named(request, name)
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
    response = answer(
        request, body, template="items", media=GEOJSON, collection=one, page=page, rows=_table(one, asked, page),
        columns=[item.title for item in _columns(one, asked)], following=links[-1]["href"] if page.following else "",
    )  # fmt: skip
    _note_departure(request, one, page.features)
    return with_moment(_with_headers(response, asked.crs, links), _moment(one))


@endpoint
def item(request: HttpRequest, name: str, key: str) -> HttpResponseBase:
    """Return one feature."""
    one = collection_named(request, name)
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
    response = answer(request, body, template="item", media=GEOJSON, collection=one, facts=facts)
    _note_departure(request, one, [feature])
    return with_moment(_with_headers(response, crs, links), _moment(one, str(feature["id"])))


@endpoint
def nothing(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Say that there is nothing at an address below the interface's."""
    raise Problem(404)


def _moment(one: Collection, key: str | None = None) -> datetime.datetime | None:
    return ledger.changed_at(one, key) if one.id in COLLECTIONS else None


def _note_departure(request: HttpRequest, one: Collection, features: Sequence[Any]) -> None:
    """Note what is not public and leaves by a key."""
    if one.id not in COLLECTIONS and features:
        leaving.note(what=f"api {one.id}", rows=len(features), key=key_of(request))


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
        f = "html" if wants_page(request, GEOJSON) else "json"
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
