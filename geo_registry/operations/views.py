"""The administrator's pages: how the site runs, keys to its data, what left it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo_registry.accounts.models import User
from geo_registry.form_errors import put_errors

from .forms import KeyForm
from .keys import make_key, revoke_key
from .models import AccessKey, Departure
from .overview import look

_ON_PAGE = 100


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what runs here, what fills up, what failed and what is due."""
    return render(request, "operations/overview.html", {"seen": look()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; make one, and show its secret this once."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        try:
            made = make_key(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            return render(request, "operations/key_made.html", {"made": made})
    rows = AccessKey.objects.select_related("office__division", "created_by").order_by(
        "revoked_at", "-expires_on"
    )
    status = 422 if form.is_bound else 200
    return render(request, "operations/keys.html", {"form": form, "keys": rows}, status=status)


@require_POST
def key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a key."""
    key = revoke_key(key=get_object_or_404(AccessKey, pk=pk))
    messages.success(request, _("The key %(key)s opens nothing any more.") % {"key": key})
    return redirect("operations:keys")


@never_cache
@require_safe
def departures(request: HttpRequest) -> HttpResponse:
    """List who took data that is not public, what, how much, and when."""
    rows = Departure.objects.all()
    asked = {name: request.GET.get(name, "")[:60].replace("\x00", "") for name in ("who", "since", "key")}
    if asked["who"]:
        rows = rows.filter(who__icontains=asked["who"])
    if asked["key"].isascii() and asked["key"].isdecimal() and len(asked["key"]) < 18:
        rows = rows.filter(key=int(asked["key"]))
    try:
        since = parse_date(asked["since"])
    except ValueError:
        since = None
    if since is not None and since.year > 1900:
        rows = rows.filter(at__date__gte=since)
    page = Paginator(rows, _ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "operations/departures.html", {"page": page, "asked": asked})
