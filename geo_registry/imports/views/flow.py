"""The page of a batch, whatever its state, and what can be done on it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.jobs.waiting import sentence_of
from geo_registry.reference.models import Source

from ..models import Batch
from ..registry import Kind, kind_of
from ..services import flow
from ..services.approval import may_decide, token
from ..services.inspecting import WHERE
from ..services.moving import move_record, refuse_far_away
from ..services.previewing import GROUP_LABELS, may_pick, points_of, preview_page, result_page
from ..services.sources import code_of_file
from ..services.storage import file_of, preview_path
from .common import back_to, batch_of

_DECISION = re.compile(r"decide-(\d{1,9})")
_PLACE = re.compile(r"place-(\d{1,9})")
_GIVEN = re.compile(r"column-(\d{1,4})")

_NO_POINT = gettext_noop("That is no point.")


@never_cache
@require_GET
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a batch: work on it, the questions about its file, its preview, or what it did."""
    found, user = batch_of(request, pk), signed_in(request)
    context: dict[str, Any] = {
        "batch": found, "job": found.job, "kind": kind_of(found.kind), "may_handle": flow.may_handle(user, found),
        "may_take_in": flow.may_take_in(user, found), "may_decide": may_decide(user, found), "seen": token(found),
        "has_demo_data": bool(found.source and found.source.is_demo),
    }  # fmt: skip
    context["may_pick"] = may_pick(found, handles=context["may_handle"])
    if found.is_busy:
        message = sentence_of(found.job) if found.job is not None else ""
        return render(request, "imports/busy.html", context | {"message": message})
    if found.state in {Batch.State.COMMITTED, Batch.State.UNDONE, Batch.State.REFUSED}:
        return render(request, "imports/result.html", context | result_page(found, request.GET))
    there = preview_path(found.pk).exists()
    if found.waits or (found.state == Batch.State.PREVIEW and there and "reading" not in request.GET):
        if not there:
            return render(request, "imports/reading.html", {**context, "file_is_there": False})
        return render(request, "imports/preview.html", context | preview_page(found, request.GET))
    return render(request, "imports/reading.html", context | _reading(found))


def _reading(batch: Batch) -> dict[str, Any]:
    """Return what the page asks about the file."""
    kind = kind_of(batch.kind)
    found, options = batch.inspection, batch.options
    columns = [
        column | {"place": place, "is_silent": not column["samples"] and not column["field"]}
        for place, column in enumerate(found.get("columns", []))
    ]
    key = kind.declaration.key
    matched = {column["field"] for column in columns if column["field"]}
    constants = options.get("constants", {})
    required = [c.field for c in kind.declaration.columns if c.required]
    fields = [(column.field, column.headers[0], column.required) for column in kind.declaration.columns]
    systems = found.get("systems", [])
    source_crs = options.get("source_crs") or next((s["key"] for s in systems if s["declared"]), "")
    own = code_of_file(file_of(batch.pk)) if file_of(batch.pk) else ""  # type: ignore[arg-type]
    return {
        "found": found,
        "columns": columns,
        "silent": sum(column["is_silent"] for column in columns),
        "fields": fields,
        "missing": [
            {
                "field": name,
                "header": header,
                "value": constants.get(name, ""),
                "required": name in required,
                "is_key": key == (name,),
            }
            for name, header, _needed in fields
            if name not in matched and name not in {"lon", "lat", "source_ref"}
        ],
        "lacking": [
            header for name, header, needed in fields if needed and name not in matched | constants.keys()
        ],
        "may_be_one_value": any(
            needed and name not in matched | constants.keys() and key != (name,)
            for name, _header, needed in fields
        ),
        "systems": systems,
        "source_crs": source_crs,
        "other_crs": "" if source_crs in {s["key"] for s in systems} else source_crs,
        "sources": Source.objects.filter(is_demo=False).order_by("title", "code")[:200],
        "source": options.get("source", ""),
        "own_source": own,
        "options": options,
        "asks_to_exchange": _asks_to_exchange(batch),
        # As the numbers say, until somebody has answered.
        "exchange_axes": options.get("exchange_axes", found.get("exchanged", False)),
        "file_is_there": bool(own),
    }


@require_POST
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the answers about a file: look at it again if another sheet or encoding was chosen, else preview it."""
    found = batch_of(request, pk, to_handle=True)
    user = signed_in(request)
    options, fields = _options(found, request.POST)
    try:
        if request.POST.get("action") == "look" or _reads_otherwise(found, options):
            # Which column is which is found out anew: it may be another table.
            stale = {"mapping", "ignored"}
            if _differs(found, options, "layer"):
                stale |= {"decisions", "positions", "exchange_axes"}
            if _differs(found, options, "header_row"):
                stale.add("exchange_axes")
            again = {name: value for name, value in options.items() if name not in stale}
            flow.look_again(user=user, batch=found, options=again)
        elif _asks_for_system(found, options):
            flow.look_again(user=user, batch=found, options=options)
        else:
            flow.preview(user=user, batch=found, options=options, fields=fields)
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


def _reads_otherwise(batch: Batch, options: dict[str, Any]) -> bool:
    """Whether answers need another look at the file before it can be previewed."""
    found = batch.inspection
    if "columns" not in found:
        return True
    return any(
        options.get(name) and options[name] != found.get(name) for name in ("layer", "encoding", "header_row")
    )


def _differs(batch: Batch, options: dict[str, Any], name: str) -> bool:
    """Whether an answer is another one than before, and than what was found without any."""
    return options.get(name) not in {batch.options.get(name), batch.inspection.get(name)}


def _asks_for_system(batch: Batch, options: dict[str, Any]) -> bool:
    """Whether a column was only now said to hold co-ordinates, so that nobody was asked which they are."""
    said = WHERE & options["mapping"].keys()
    shapes = kind_of(batch.kind).declaration.shapes
    return bool(said and shapes and not options["source_crs"] and not batch.inspection.get("systems"))


def _options(batch: Batch, given: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options that a page's answers mean, and header → field as they were matched."""
    kind = kind_of(batch.kind)
    headers = [column["header"] for column in batch.inspection.get("columns", [])]
    fields = {
        headers[int(match[1])]: _known_field(kind, str(value))
        for name, value in given.items()
        if (match := _GIVEN.fullmatch(name)) and int(match[1]) < len(headers)
    }
    constants = {
        column.field: value
        for column in kind.declaration.columns
        if (value := given.get(f"constant-{column.field}", "").strip())
        and column.field not in fields.values()
    }
    header_row = given.get("header_row", "").strip()
    chosen = given.get("source_crs", "")
    options: dict[str, Any] = {
        "source": given.get("source", "").strip()[:60],
        "source_crs": (given.get("other_crs", "").strip()[:2000] if chosen in {"", "other"} else chosen)
        or None,
        "encoding": given.get("encoding", "")[:40] or None,
        "layer": given.get("layer", "")[:200] or None,
        "header_row": int(header_row)
        if header_row.isascii() and header_row.isdigit() and len(header_row) < 7
        else None,
        "mapping": {name: header for header, name in fields.items() if name},
        "ignored": [header for header, name in fields.items() if not name],
        "constants": constants,
        "blank_empty": bool(given.get("blank_empty")),
        "leave_unplaced": bool(given.get("leave_unplaced")),
        "exchange_axes": bool(given.get("exchange_axes")) if _asks_to_exchange(batch) else None,
        "decisions": batch.options.get("decisions", {}),
        "positions": batch.options.get("positions", {}),
    }
    return options, fields


def _asks_to_exchange(batch: Batch) -> bool:
    """Whether the page asks if co-ordinates are to be exchanged; where it does not, no tick is no answer."""
    return bool(batch.inspection.get("exchanged") or batch.options.get("exchange_axes"))


def _known_field(kind: Kind, name: str) -> str:
    return name if kind.declaration.column(name) is not None else ""


@require_POST
def decide(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take decisions about rows that may be records that are there, and where rows were put on the map; preview again."""
    found = batch_of(request, pk, to_handle=True)
    decisions = dict(found.options.get("decisions", {}))
    for name, value in request.POST.items():
        match = _DECISION.fullmatch(name)
        text = str(value)
        if match and (text in {"new", "skip"} or (text.isascii() and text.isdigit() and len(text) < 19)):
            decisions[match[1]] = text
    try:
        positions = found.options.get("positions", {}) | _positions(request.POST)
        options = {**found.options, "decisions": decisions, "positions": positions}
        flow.preview(user=signed_in(request), batch=found, options=options)
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


def _positions(given: QueryDict) -> dict[str, list[float]]:
    """Return row → longitude and latitude, as they were picked on the map of the preview."""
    found: dict[str, list[float]] = {}
    for name, value in given.items():
        if match := _PLACE.fullmatch(name):
            try:
                lon, lat = (round(float(part), 7) for part in str(value).split(","))
            except ValueError as error:
                raise GeodataError(Message(_NO_POINT)) from error
            refuse_far_away(lon, lat)
            found[match[1]] = [lon, lat]
    return found


@require_POST
def correct(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Read the co-ordinates as what they probably are, and preview again."""
    found = batch_of(request, pk, to_handle=True)
    likely = str(found.report.get("likely_crs") or "")
    options = dict(found.options)
    if likely and request.POST.get("source_crs") == likely:
        options["source_crs"] = likely
    elif found.report.get("likely_exchanged") and request.POST.get("exchange_axes"):
        options["exchange_axes"] = not options.get("exchange_axes")
    else:
        return back_to(request, found)
    try:
        flow.preview(user=signed_in(request), batch=found, options=options)
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


@require_POST
def commit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take in what was previewed."""
    found = batch_of(request, pk, to_handle=True)
    try:
        flow.commit(
            user=signed_in(request), batch=found, others_are_new=bool(request.POST.get("others_are_new"))
        )
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo what a batch did."""
    found = batch_of(request, pk, to_handle=True)
    try:
        flow.undo(user=signed_in(request), batch=found, keep_edited=bool(request.POST.get("keep_edited")))
    except GeodataError as error:
        return back_to(request, found, error)
    return back_to(request, found)


@require_POST
def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw an open batch away."""
    found = batch_of(request, pk, to_handle=True)
    try:
        flow.discard(batch=found)
    except GeodataError as error:
        return back_to(request, found, error)
    messages.info(
        request, _("%(file)s was thrown away; nothing of it was taken in.") % {"file": found.file_name}
    )
    return redirect("imports:batches")


@never_cache
@require_GET
def points(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Return the rows of a batch that have a place, as GeoJSON for its map."""
    found = batch_of(request, pk)
    group = request.GET.get("group", "all")
    user = signed_in(request)
    group = group if group in GROUP_LABELS else "all"
    return JsonResponse(points_of(found, group, user, handles=flow.may_handle(user, found)))


@require_POST
def move(request: HttpRequest, pk: uuid.UUID, row: int) -> JsonResponse:
    """Put a record that was placed roughly where somebody dragged it."""
    found = batch_of(request, pk, to_handle=True)
    target = get_object_or_404(found.rows.select_related("content_type"), pk=row)
    try:
        lon, lat = float(request.POST["lon"]), float(request.POST["lat"])
        record = move_record(row=target, user=signed_in(request), lon=lon, lat=lat)
    except GeodataError as error:
        return JsonResponse({"error": error.render(gettext)}, status=422)
    except (KeyError, ValueError):
        return JsonResponse({"error": gettext(_NO_POINT)}, status=422)
    return JsonResponse({"message": _("%(record)s was moved.") % {"record": record}})
