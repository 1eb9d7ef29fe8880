"""The administrator's pages of accounts and offices."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo_registry.form_errors import put_errors

from . import history, people, services
from .forms import OfficeForm, PersonForm
from .models import Office, Role, User


@never_cache
@require_safe
def people_page(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    asked = {name: request.GET.get(name, "")[:60] for name in ("q", "role", "office", "state")}
    found = people.people(
        text=asked["q"].replace("\x00", ""), role=asked["role"], office=asked["office"], state=asked["state"]
    )
    context = {
        "found": found,
        "asked": asked,
        "roles": Role.choices,
        "offices": Office.objects.order_by("division__path", "name"),
        "states": people.STATES.items(),
        "narrowed": any(asked.values()),
    }
    return render(request, "accounts/people/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Make an account and show its first password, this once."""
    form = PersonForm(request.POST or None, initial={"office": request.GET.get("office", "")[:20]})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_account(
                username=form.cleaned_data["username"],
                role=Role(form.cleaned_data["role"]),
                office=form.cleaned_data["office"],
                display_name=form.cleaned_data["display_name"],
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            return render(
                request,
                "accounts/password_reset.html",
                {"person": made.user, "password": made.password, "is_new": True},
            )
    status = 422 if form.is_bound else 200
    return render(request, "accounts/people/new.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an account: what it is, whether it can sign in, what it may do, what was done to it; and change it."""
    shown = get_object_or_404(User.objects.select_related("office__division"), pk=pk)
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_account(account=form.instance)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:person", pk=pk)
    context = {
        "person": people.person(shown),
        "form": form,
        "may_do": people.may_in_words(shown),
        "acts_in": people.acts_in(shown),
        "changes": history.record_history(User, pk)[:30],
        "may_see": True,
        "is_self": shown.pk == request.user.pk,
    }
    return render(request, "accounts/people/person.html", context, status=422 if form.errors else 200)


@require_POST
def person_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Disable an account, or let it sign in again."""
    account = get_object_or_404(User, pk=pk)
    active = request.POST.get("active") == "yes"
    try:
        if account.pk == request.user.pk and not active:
            raise ValidationError(  # noqa: TRY301 - told like the service's own refusals
                _("You cannot disable the account that you are signed in with.")
            )
        services.set_active(account=account, active=active)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = _("%(person)s can sign in again.") if active else _("%(person)s can no longer sign in.")
        messages.success(request, said % {"person": account})
    return redirect("accounts:person", pk=pk)


@require_POST
def person_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person try again who gave a wrong password too often."""
    account = get_object_or_404(User, pk=pk)
    services.unlock_account(account=account)
    messages.success(request, _("%(person)s may try to sign in again.") % {"person": account})
    return redirect("accounts:person", pk=pk)


@never_cache
@require_safe
def offices_page(request: HttpRequest) -> HttpResponse:
    """List the offices with their divisions."""
    return render(request, "accounts/people/offices.html", {"offices": people.offices()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def office_page(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make an office or change one."""
    office = get_object_or_404(Office, pk=pk) if pk is not None else None
    form = OfficeForm(request.POST or None, instance=office)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:offices")
    context = {
        "form": form,
        "office": office and Office.objects.get(pk=office.pk),
        "members": people.people(office=str(pk)) if pk is not None else [],
        "changes": history.record_history(Office, pk)[:30] if pk is not None else [],
        "may_see": True,
    }
    return render(request, "accounts/people/office.html", context, status=422 if form.errors else 200)
