"""Every address is refused unless the policy lists it; every change knows who made it and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from pghistory.middleware import HistoryMiddleware

from . import kept, policy
from .models import User

# Where somebody who was handed a password may go before choosing a new one.
_WITHOUT_NEW_PASSWORD = frozenset({"accounts:password", "accounts:logout", "accounts:login", "set_language"})


class AccessMiddleware:
    """Lets through what the policy admits; sends strangers to the sign-in page; refuses the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the judgement falls once the address is resolved."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> HttpResponse | None:
        """Judge the address that was resolved; what somebody typed whose session has ended goes through the sign-in page.

        Raises
        ------
        PermissionDenied
            For a person who is signed in and may not: the page says so in plain words (403).
        """
        del view, args, kwargs
        match = request.resolver_match
        address = match.view_name if match else ""
        verdict = policy.judge(request.user, address)
        if verdict is policy.Verdict.SIGN_IN:
            typed = kept.kept_of(request)
            if typed:
                return kept.sign_in_again(request, typed)
            return redirect_to_login(request.get_full_path(), reverse("accounts:login"))
        if verdict is policy.Verdict.REFUSED:
            raise PermissionDenied
        if (
            policy.needed(address) is not policy.Access.PUBLIC
            and isinstance(request.user, User)
            and request.user.must_change_password
            and address not in _WITHOUT_NEW_PASSWORD
        ):
            typed = kept.kept_of(request)
            return kept.go_on(request, typed) if typed else redirect("accounts:password")
        return None


class HistoryContextMiddleware(HistoryMiddleware):
    """Adds the person's id and the address to each change. Commands do the same with ``pghistory.context(command=…)``."""
