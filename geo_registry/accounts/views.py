"""Signing in and out, one's own account, and the history of a record."""

from __future__ import annotations

import datetime
import math
from http import HTTPStatus
from typing import Any

from axes.helpers import get_cool_off, get_failure_limit
from django.apps import apps
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from . import history as record_history
from . import kept, people, policy, services
from .models import Role, User


class LoginView(auth_views.LoginView):
    """The one sign-in page, for the administration pages too."""

    template_name = "accounts/login.html"
    authentication_form = AuthenticationForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Offer what was typed to be sent also to whoever signed in in another window meanwhile.

        The page that says that signing in is locked sends nothing but what it carries: that opens this page with it.
        """
        typed = kept.carried(request)
        if typed and (request.user.is_authenticated or "username" not in request.POST):
            return kept.go_on(request, typed)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Lead on; with something typed, to the page that sends it."""
        answer = super().form_valid(form)
        typed = kept.carried(self.request)
        return kept.go_on(self.request, typed) if typed else answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Carry what was typed through a wrong password."""
        return super().get_context_data(**kwargs) | {"kept": kept.carried(self.request)}

    def get_default_redirect_url(self) -> str:
        """Lead to what waits, for those whose day begins there; to the own account, who may do nothing yet.

        Whoever was handed a password chooses another first: otherwise it would hold until an office page is opened.
        """
        user = self.request.user
        if isinstance(user, User) and user.must_change_password:
            return resolve_url("accounts:password")
        if not policy.may(user, policy.Action.READ):
            return resolve_url("accounts:account")
        begins_with_work = isinstance(user, User) and user.role not in {Role.PLANNER, Role.VIEWER}
        return resolve_url("worklist:mine") if begins_with_work else super().get_default_redirect_url()


class LogoutView(auth_views.LogoutView):
    """Signs out; by POST only."""


@method_decorator(never_cache, name="dispatch")
class PasswordView(auth_views.PasswordChangeView):
    """A person changes the own password."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:account")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the new password; a password that was handed out is done with."""
        form.user.must_change_password = False
        form.user.password_set_at = timezone.now()
        messages.success(self.request, _("The new password holds from now on."))
        answer = super().form_valid(form)
        typed = kept.carried(self.request)
        return kept.go_on(self.request, typed) if typed else answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Carry what was typed before signing in, also through a password that is refused."""
        return super().get_context_data(**kwargs) | {"kept": kept.carried(self.request)}


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token does not hold (``CSRF_FAILURE_VIEW``): offer what was typed to be sent again.

    Only where the browser vouches that the form is one of this site's; what another site sends is refused as ever.
    """
    del reason
    if kept.from_own_page(request):
        typed = kept.kept_of(request)
        match = request.resolver_match
        if typed and match is not None:
            # Whoever signs in in one window makes the token of the sign-in page in another one old.
            signs_in = "accounts" in match.namespaces
            if signs_in or policy.needed(match.view_name) is not policy.Access.PUBLIC:
                return kept.go_on(request, typed, status=HTTPStatus.FORBIDDEN)
            return kept.send_again(request, typed, status=HTTPStatus.FORBIDDEN)
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Show who one is here, for which office, and what one may do."""
    actions = [label for action, label in policy.LABELS.items() if policy.may(request.user, action)]
    context = {"actions": actions, "acts_in": people.acts_in(request.user)}
    return render(request, "accounts/account.html", context)


def locked(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Say that sign-in is locked, and for how long (called by django-axes)."""
    del response
    cool_off: datetime.timedelta | None = get_cool_off(request)
    return render(
        request,
        "accounts/locked.html",
        {
            "failure_limit": get_failure_limit(request, credentials),
            "minutes": math.ceil(cool_off.total_seconds() / 60) if cool_off else None,
            "kept": kept.carried(request),
        },
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )


@never_cache
@require_POST
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person a new password and show it, this once."""
    person = get_object_or_404(User, pk=pk)
    return render(
        request,
        "accounts/password_reset.html",
        {"person": person, "password": services.reset_password(account=person)},
    )


@never_cache
@require_GET
def history_page(request: HttpRequest, app_label: str, model_name: str, pk: str) -> HttpResponse:
    """Show a record's history to whoever may see the record; that of a deleted record to whoever may delete such.

    Raises
    ------
    Http404
        If there is no such table, or nothing was ever recorded of the record.
    PermissionDenied
        If the person may not see the record.
    """
    label = f"{app_label}.{model_name}"
    table = policy.RECORDS.get(label)
    model = apps.get_model(app_label, model_name) if table else None
    if table is None or model is None or not record_history.is_tracked(model):
        raise Http404
    record = _record(model, pk)
    if record is not None:
        allowed = policy.may_touch(request.user, "view", record)
    else:
        allowed = table.delete is not None and policy.may(request.user, policy.Action.DELETE_RECORDS)
    if not allowed:
        raise PermissionDenied
    changes = record_history.record_history(model, pk, reader=request.user)
    if not changes and record is None:
        raise Http404
    title = str(record) if record is not None else f"{model._meta.verbose_name} {pk}"
    back = reverse(f"admin:{app_label}_{model_name}_change", args=[record.pk]) if record is not None else ""
    context = {"title": title, "changes": changes, "may_see": True, "back": back}
    return render(request, "accounts/history.html", context)


def _record(model: type[Model], pk: str) -> Model | None:
    try:
        return model._base_manager.filter(pk=pk).first()
    except (ValueError, ValidationError) as error:
        raise Http404 from error
