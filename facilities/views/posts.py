"""The register of posts: who fills which, where nobody does; a post at a place; a division's posts."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.form_errors import put_errors
from geo_registry.geodata.workbooks import WorkbookWriter
from geo_registry.operations.leaving import counted
from geo_registry.territory.models import Division, Level
from geo_registry.text.whole_numbers import whole_number

from ..models import Appointment, Facility, Post
from ..services import list_export, list_page, posts


class FillForm(forms.Form):
    """Who fills a post from when."""

    ask_for = forms.CharField(
        label=gettext_lazy("whom to ask for"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Surname and title, as 王主任. For the office only, never public."),
    )
    office_phone = forms.CharField(
        label=gettext_lazy("telephone of the office"), max_length=40, required=False
    )
    valid_from = forms.DateField(
        label=gettext_lazy("fills it from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("until (not any more on this day)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    public = forms.BooleanField(
        label=pgettext_lazy("post", "public"),
        required=False,
        help_text=gettext_lazy("The post and the office's telephone, nothing else."),
    )


@never_cache
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show every place that should have a post, with who fills it."""
    user = signed_in(request)
    all_posts = list(Post.objects.all())
    post = next((post for post in all_posts if post.code == request.GET.get("post")), None)
    post = post or (all_posts[0] if all_posts else None)
    division = request.GET.get("in", "")[:20]
    only_vacant = "vacant" in request.GET
    lines = posts.register(post, user=user, division=division, only_vacant=only_vacant) if post else []
    context = {
        "posts": [
            (each, posts.vacant_places(each, user=user, division=division).count() if each.expected else None)
            for each in all_posts
        ],
        "post": post,
        "lines": lines,
        "vacant": sum(line.appointment is None for line in lines),
        "division": division,
        "only_vacant": only_vacant,
        "divisions": list_page.divisions_to_choose(user),
        "may_edit": policy.may(user, Action.EDIT_FACILITIES),
        "may_export": policy.may(user, Action.EXPORT_LISTS),
    }
    return render(request, "facilities/posts/register.html", context)


@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send the register as a sheet that can be filled in and imported."""
    user = signed_in(request)
    post = get_object_or_404(Post, code=request.POST.get("post", ""))
    lines = posts.register(
        post,
        user=user,
        division=request.POST.get("in", "")[:20],
        only_vacant=bool(request.POST.get("vacant")),
    )
    demo = any((line.place.source is not None and line.place.source.is_demo) for line in lines)
    mark = [_("Demo data")] if demo else []
    book = WorkbookWriter()
    book.sheet(post.name, above=mark, header=posts.sheet_header(), rows=posts.sheet_rows(lines))
    stream = io.BytesIO()
    book.save(stream)
    response = HttpResponse(stream.getvalue(), content_type=list_export.XLSX)
    name = _("posts-%(day)s.xlsx") % {"day": timezone.localdate().isoformat()}
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    return counted(response, len(lines))


def _place(request: HttpRequest, sort: str, code: str) -> posts.Place:
    """Return a place in the person's scope.

    Raises
    ------
    Http404
        If there is none.
    """
    rows: Any
    if sort == "facility":
        rows = Facility.objects.standing().filter(number=code)
        rows = rows.select_related("division__parent", "kind__tier").defer("division__boundary")
    elif sort == "division":
        rows = Division.objects.on(timezone.localdate()).filter(code=code).select_related("parent")
        rows = rows.defer("boundary", "parent__boundary")
    else:
        raise Http404
    found: posts.Place | None = policy.limit(rows, signed_in(request)).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def post_at_place(request: HttpRequest, post: str, sort: str, code: str) -> HttpResponse:
    """Show who fills a post at a place, now and before; fill it anew, change it, or end it."""
    user = signed_in(request)
    kind = get_object_or_404(Post, code=post)
    place = _place(request, sort, code)
    division = posts.division_of(place)
    past = Appointment.objects.filter(post=kind, **{sort: place}).order_by("-valid_from")
    changed = past.filter(pk=_number(request.GET.get("change") or request.POST.get("change"))).first()
    initial = (
        {name: getattr(changed, name) for name in FillForm.base_fields}
        if changed
        else {"valid_from": timezone.localdate()}
    )
    form = FillForm(request.POST or None, initial=initial)
    if not policy.may(user, Action.APPROVE, division=division) and not (changed and changed.public):
        del form.fields["public"]
    if request.method == "POST" and form.is_valid():
        try:
            posts.fill(post=kind, place=place, user=user, appointment=changed, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("facilities:post_place", post=post, sort=sort, code=code)
    context = {
        "post": kind,
        "place": place,
        "sort": sort,
        "code": code,
        "division": division,
        "past": past,
        "now": past.on(timezone.localdate()).first(),
        "changed": changed,
        "form": form,
        "may_edit": policy.may(user, Action.EDIT_FACILITIES, division=division),
        "has_demo_data": place.is_demo,
    }
    if request.method == "POST" and not context["may_edit"]:
        raise PermissionDenied
    return render(request, "facilities/posts/place.html", context, status=422 if form.errors else 200)


def _number(value: str | None) -> int:
    return whole_number(value or "") or 0


@never_cache
@require_safe
def division_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a division's posts, those of the divisions directly below, and of the facilities in it."""
    place = _place(request, "division", code)
    assert isinstance(place, Division)  # noqa: S101 - for the type checker
    user = signed_in(request)
    below = [
        line
        for post in Post.objects.filter(level__gt=place.level)
        for line in posts.register(post, user=user, division=code)
    ]
    heads = [
        line
        for post in Post.objects.filter(level__isnull=True)
        for line in posts.register(post, user=user, division=code)
    ]
    own = posts.posts_of(place)
    context = {
        "place": place,
        "own": own,
        "own_panel": {"posts": own, "sort": "division", "code": place.code},
        "below": below,
        "heads": heads,
        "may_edit": policy.may(user, Action.EDIT_FACILITIES, division=place),
        "level_words": Level(place.level).label,
        "has_demo_data": place.is_demo,
    }
    return render(request, "facilities/posts/division.html", context)
