"""Addresses of the interface beside the features: the change feed, whole files, the tiles' description."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyogrio.errors
from django.conf import settings
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from geo_registry.operations import leaving

from . import changes as feed_of
from . import feeds, files, ledger
from .asking import read_file
from .collections import COLLECTIONS, Collection
from .documents import DEMO, HTML, JSON, link, marks
from .problems import Problem
from .serving import answer, collection_named, count_more, endpoint, key_of, with_moment
from .tilejson import tilejson as described_tiles

# A file costs as much as so many pages.
_WEIGHT = 20
_LONGEST_MS = 110_000


@endpoint
def changes(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return what changed of a collection since a moment; as a feed, the last changes."""
    one = COLLECTIONS.get(name)
    if one is None:
        raise Problem(404, _("There is no collection of this name."))
    asked = feed_of.read(request.GET)
    form = request.GET.get("f")
    if form in feeds.MEDIA:
        return _feed(request, one, form)
    page = feed_of.page(one, **asked)
    demo = any(change.feature["properties"].get("demo") for change in page.changes if change.feature)
    links = _change_links(request, page)
    body: dict[str, Any] = {
        "collection": one.id,
        "changes": [_told(change) for change in page.changes],
        "numberReturned": len(page.changes),
        "knownUntil": page.looked_at.isoformat() if page.looked_at else None,
        "links": links,
        **marks(page.sources, demo=demo),
    }
    response = answer(
        request, body, template="changes", collection=one, page=page, following=links[-1]["href"] if page.more else "",
    )  # fmt: skip
    return with_moment(response, ledger.changed_at(one))


def _told(change: feed_of.Change) -> dict[str, Any]:
    said: dict[str, Any] = {"id": change.key, "change": "gone", "at": change.at.isoformat()}
    if change.feature is not None:
        said |= {"id": change.feature["id"], "change": "changed", "feature": change.feature}
    return said


def _change_links(request: HttpRequest, page: feed_of.Page) -> list[dict[str, str]]:
    here = request.build_absolute_uri(request.path)
    query = {name: value for name, value in request.GET.dict().items() if name not in {"f", "since", "after"}}

    def going_on(**more: str) -> str:
        return f"{here}?{urlencode({**query, 'after': page.last, **more})}"

    asked = {**request.GET.dict(), "f": "json"}
    links = [
        link(f"{here}?{urlencode(asked)}", "self", JSON, _("This document")),
        link(f"{here}?{urlencode({**asked, 'f': 'html'})}", "alternate", HTML, _("This document as a page")),
        *feeds.feed_links(here),
        link(going_on(f="json"), "resume", JSON, _("Where to ask for what changes later")),
    ]
    if page.more:
        form = "html" if request.GET.get("f") == "html" else "json"
        links.append(link(going_on(f=form), "next", HTML if form == "html" else JSON, _("Next page")))
    return links


def _feed(request: HttpRequest, one: Collection, form: str) -> HttpResponseBase:
    last, sources = feed_of.latest(one)
    text = feeds.feed(
        one,
        last,
        form=form,
        absolute=request.build_absolute_uri,
        licence=files.licences_in_words(sources),
        demo=any(source.is_demo for source in sources),
    )
    response = HttpResponse(text, content_type=f"{feeds.MEDIA[form]}; charset=utf-8")
    return with_moment(response, ledger.changed_at(one))


@endpoint
def download(request: HttpRequest, name: str, ending: str) -> HttpResponseBase:
    """Return a collection, or what of it fits, as one file."""
    one = collection_named(request, name)
    form = files.formats_of(one).get(ending)
    if form is None:
        raise Problem(
            404,
            _("There is no file of this kind. There are: %(known)s")
            % {"known": ", ".join(files.formats_of(one))},
        )
    rows = files.Rows(one, read_file(request.GET, one))
    count_more(request, _WEIGHT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{_LONGEST_MS}ms"])
    response = _file(rows, form)
    if one.id not in COLLECTIONS:
        leaving.note(what=f"api {one.id}.{form.suffix}", rows=rows.count, key=key_of(request))
        return response
    return with_moment(response, ledger.changed_at(one))


def _file(rows: files.Rows, form: files.Format) -> FileResponse:
    folder = Path(settings.EXPORTS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < settings.ATTACHMENTS_RESERVE_MB * 1024**2:
        raise _no_room()
    place = Path(tempfile.mkdtemp(prefix="download-", dir=folder))
    try:
        path = place / f"made.{form.suffix}"
        form.write(rows, path)
        stream = path.open("rb")
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise _no_room() from error
    finally:
        # An open file stays readable after its name is gone; nothing is left behind, however the reading ends.
        shutil.rmtree(place, ignore_errors=True)
    called = f"{rows.collection.id}.{form.suffix}"
    response = FileResponse(stream, content_type=form.media)
    shown = f"{DEMO}-{called}" if rows.is_demo() else called
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=shown) or "attachment"
    )
    return response


def _no_room() -> Problem:
    return Problem(503, _("There is no room to write the file just now."), headers={"Retry-After": "300"})


@endpoint
def tilejson(request: HttpRequest) -> HttpResponseBase:
    """Describe the vector tiles."""
    if request.GET:
        raise Problem(400, _("There is no parameter “%(name)s”.") % {"name": next(iter(request.GET))[:40]})
    body = described_tiles(request.build_absolute_uri)
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=JSON)
