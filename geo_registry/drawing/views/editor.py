"""The editor's page and what it asks for while somebody draws. Views parse, call one service, and show its result."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.areas import own_box
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.editing.tracks import Cleaning
from geo_registry.territory.models import GeometryMethod

from ..geometries import BadGeometryError, to_geojson
from ..registry import Layer, layers
from ..services import settings
from ..services.changes import Change, DrawingError, read_changes
from ..services.features import features_in, one_feature, read_bbox, where_is, without_geometry
from ..services.operations import operate
from ..services.preparing import may_apply
from ..services.remarks import look_at
from ..services.saving import Provenance, address, save
from ..services.tracks import SYSTEMS, read_track
from ..words import page_words

MAX_BODY_BYTES = 20 * 1024 * 1024
# What a person may say of a line drawn here.
METHODS = (GeometryMethod.DRAWN, GeometryMethod.TRACK, GeometryMethod.SURVEYED)

View = Callable[..., HttpResponse]


def told(view: View) -> View:
    """Answer what cannot be done with one sentence and its place (422)."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DrawingError as error:
            return JsonResponse({"error": error.text, "place": error.place}, status=422)
        except BadGeometryError as error:
            return JsonResponse({"error": str(error), "place": None}, status=422)

    return answering


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show the editor."""
    user = signed_in(request)
    open_layers = [layer for layer in layers().values() if _may_draw(user, layer)]
    context = {
        "layers": open_layers,
        "forms": [(layer, layer.form(auto_id=f"{layer.code}-%s")) for layer in open_layers],
        "methods": [(method.value, method.label) for method in METHODS],
        "systems": list(SYSTEMS),
        "cleaning": _cleaning_fields(),
        "direct": policy.may(user, Action.EDIT_TERRITORY),
        "config": _config(user, open_layers),
    }
    return render(request, "drawing/editor.html", context)


def _may_draw(user: User, layer: Layer) -> bool:
    return policy.may(user, layer.direct) or (
        layer.direct == Action.EDIT_TERRITORY and policy.may(user, Action.PROPOSE_TERRITORY)
    )


def _config(user: User, open_layers: list[Layer]) -> dict[str, Any]:
    zero = ["x", 0]
    return {
        "addresses": {
            "features": reverse("drawing:features", args=zero[:1]).replace("/x/", "/{layer}/"),
            "where": reverse("drawing:where"),
            "check": reverse("drawing:check"),
            "operate": reverse("drawing:operate", args=["x"]).replace("/x/", "/{name}/"),
            "track": reverse("drawing:track"),
            "save": reverse("drawing:save"),
            "sets": reverse("drawing:sets"),
        },
        "layers": [
            {
                "code": layer.code,
                "label": str(layer.label),
                "one": str(layer.one),
                "family": layer.family.value,
                "creates": layer.creates,
                "deletes": layer.deletes,
                "newUrl": layer.new_url() if layer.new_url is not None else None,
                "handsOver": layer.new_url is not None,
                "blank": []
                if layer.creates or layer.new_url is not None
                else without_geometry(layer, user=user),
            }
            for layer in open_layers
        ],
        "joinM": settings.tolerances().join_m,
        "scope": own_box(user),
        "person": user.pk,
        "words": page_words(),
    }


def _cleaning_fields() -> list[tuple[str, str, str, float]]:
    """Return the settings of cleaning a track: name, label, unit, value."""
    how = settings.cleaning()
    return [
        ("max_speed_kmh", _("Faster than this is a jump"), "km/h", how.max_speed_kmh),
        ("spike_m", _("Without times, a spike farther out is a jump"), _("m"), how.spike_m),
        ("gap_s", _("Split at pauses longer than"), _("s"), how.gap_s),
        ("gap_m", _("Split at steps wider than"), _("m"), how.gap_m),
        ("simplify_m", _("Smooth by up to"), _("m"), how.simplify_m),
        ("least_m", _("Leave out pieces shorter than"), _("m"), how.least_m),
    ]


def _layer(request: HttpRequest, code: str) -> Layer:
    layer = layers().get(code)
    if layer is None or not _may_draw(signed_in(request), layer):
        raise Http404
    return layer


@require_GET
@never_cache
@told
def features(request: HttpRequest, layer: str) -> HttpResponse:
    """Return what is in view."""
    bbox = read_bbox(request.GET.get("bbox", ""))
    return JsonResponse(features_in(_layer(request, layer), bbox, user=signed_in(request)))


@require_GET
@never_cache
def feature(request: HttpRequest, layer: str, pk: int) -> HttpResponse:
    """Return one row with everything that is shown of it."""
    found = one_feature(_layer(request, layer), pk, user=signed_in(request))
    if found is None:
        raise Http404
    return JsonResponse(found)


@require_GET
@never_cache
@told
def where(request: HttpRequest) -> HttpResponse:
    """Say which divisions a point lies in."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError) as error:
        raise DrawingError(_("A place is needed for this.")) from error
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise DrawingError(_("A place is needed for this."))
    names = where_is(lon, lat)
    text = " · ".join(names) if names else _("in no division whose boundary is known")
    return JsonResponse({"divisions": names, "text": text})


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MAX_BODY_BYTES:
        raise DrawingError(_("This is more than can be sent at once. Save in parts."))
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise DrawingError(
            _("What arrived is damaged. Reload the page: your draft is kept in this browser.")
        ) from error
    if not isinstance(given, dict):
        raise DrawingError(_("What arrived is damaged. Reload the page: your draft is kept in this browser."))
    return given


def _may_draw_all(request: HttpRequest, changes: list[Change]) -> list[Change]:
    user = signed_in(request)
    if any(not _may_draw(user, change.layer) for change in changes):
        raise PermissionDenied
    return changes


@require_POST
@told
def check(request: HttpRequest) -> HttpResponse:
    """Look at a draft: what is wrong where, and what moves along."""
    user = signed_in(request)
    changes = _may_draw_all(request, read_changes(_body(request).get("changes")))
    prepared = look_at(changes, user=user)
    return JsonResponse(
        {
            "problems": [problem.to_json() for problem in prepared.problems],
            "conflicts": [conflict.to_json() for conflict in prepared.conflicts],
            "companions": [
                {
                    "key": change.key,
                    "layer": change.layer.code,
                    "title": change.layer.title(change.row),
                    "geometry": to_geojson(change.geometry),
                }
                for change in prepared.changes
                if change.companion
            ],
            "direct": may_apply(user, prepared.changes),
        }
    )


@require_POST
@told
def operation(request: HttpRequest, name: str) -> HttpResponse:
    """Split, join, bring together, pierce, hand over."""
    return JsonResponse(operate(name, _body(request)))


@require_POST
@told
def track(request: HttpRequest) -> HttpResponse:
    """Read a phone's track and clean it."""
    upload = request.FILES.get("file")
    if upload is None:
        raise DrawingError(_("Choose a file first."))
    defaults = settings.cleaning()
    values = {}
    for name in Cleaning.__dataclass_fields__:
        given = request.POST.get(name, "")
        try:
            value = float(given) if given else getattr(defaults, name)
        except ValueError as error:
            raise DrawingError(_("“%(text)s” is no number.") % {"text": given}) from error
        if not (math.isfinite(value) and 0 <= value <= 1e7):
            raise DrawingError(_("“%(text)s” is no number that can be used here.") % {"text": given})
        values[name] = value
    return JsonResponse(
        read_track(upload=upload, system=request.POST.get("system", ""), how=Cleaning(**values))
    )


@require_POST
@told
def save_changes(request: HttpRequest) -> HttpResponse:
    """Put a draft in force or propose it; or say what keeps it from that (409 somebody else, 422 something wrong)."""
    given = _body(request)
    changes = _may_draw_all(request, read_changes(given.get("changes")))
    replaces = given.get("replaces")
    saved = save(
        user=signed_in(request), changes=changes, said=_said(given), propose=bool(given.get("propose")),
        replaces=replaces if isinstance(replaces, int) else None, digest=_digest(given),
    )  # fmt: skip
    if saved.edit_set is None:
        prepared = saved.prepared
        answer = {
            "conflicts": [conflict.to_json() for conflict in prepared.conflicts],
            "problems": [problem.to_json() for problem in prepared.problems],
        }
        return JsonResponse(answer, status=409 if prepared.conflicts else 422)
    return JsonResponse({"url": address(saved.edit_set), "state": saved.edit_set.state}, status=201)


def _digest(given: dict[str, Any]) -> str:
    sent = json.dumps([given.get("changes"), bool(given.get("propose"))], sort_keys=True)
    return hashlib.sha256(sent.encode()).hexdigest()


def _said(given: dict[str, Any]) -> Provenance:
    method = str(given.get("method") or GeometryMethod.DRAWN)
    if method not in {choice.value for choice in METHODS}:
        raise DrawingError(_("Choose how the line is known."))
    accuracy, as_of = given.get("accuracy_m"), given.get("as_of")
    try:
        accuracy_m = float(accuracy) if accuracy not in (None, "") else None
        day = datetime.date.fromisoformat(str(as_of)) if as_of else None
    except (TypeError, ValueError) as error:
        raise DrawingError(
            _("Accuracy is a number of metres, and a date is written like 2024-12-31.")
        ) from error
    if accuracy_m is not None and not 0 < accuracy_m <= 100_000:
        raise DrawingError(_("Accuracy is a number of metres, and a date is written like 2024-12-31."))
    return Provenance(
        why=str(given.get("why") or "")[:300], basis=str(given.get("basis") or "")[:200], method=method,
        accuracy_m=accuracy_m, as_of=day,
    )  # fmt: skip
