"""Nothing typed is lost: a form that was sent after its session had ended, or with a token that holds no more, is kept.

Nothing is stored. The page that answers carries the entries, signed, from one form to the next: through the sign-in page, if
nobody is signed in, and into a form that sends them to where they were meant for. Files are not carried.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core import signing
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

# The hidden field of the sign-in page that carries what was typed.
FIELD = "kept"
_SALT = "geo_registry.accounts.kept"
# Whoever finds the page in the evening and signs in next morning still has it.
_HOLDS_S = 24 * 3600
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A form that was not taken in.

    Parameters
    ----------
    path
        Where it was sent, with its query.
    page
        The page that it stood on.
    fields
        Names and values in their order; a name may stand several times.
    files
        Whether files were chosen, which are not carried.
    """

    path: str
    page: str
    fields: tuple[tuple[str, str], ...]
    files: bool

    def signed(self) -> str:
        """Return the form as one text that nobody else can have made."""
        return signing.dumps([self.path, self.page, self.fields, self.files], salt=_SALT, compress=True)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `signed` wrote, or nothing if it is of somebody else's making or too old."""
        with contextlib.suppress(signing.BadSignature):
            path, page, fields, files = signing.loads(text, salt=_SALT, max_age=_HOLDS_S)
            pairs = tuple((name, value) for name, value in fields)
            return cls(path=path, page=page, fields=pairs, files=files)
        return None


def kept_of(request: HttpRequest) -> Kept | None:
    """Return the form that was sent, if it is a page's form which may be sent once more.

    What scripts send is not (they tell their page that the session has ended), nor what holds a password.
    """
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return None
    match = request.resolver_match
    if match is not None and "accounts" in match.namespaces:
        return None
    try:
        sent = request.POST
        files = bool(request.FILES)
    except (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError):
        return None
    fields = tuple((name, value) for name in sent for value in sent.getlist(name) if name != _TOKEN)
    if any("password" in name for name, _value in fields):
        return None
    return Kept(path=request.get_full_path(), page=_page_of(request), fields=fields, files=files)


def _page_of(request: HttpRequest) -> str:
    """Return the page that a form stood on, which need not be where it is sent."""
    page = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if own else request.get_full_path()


def from_own_page(request: HttpRequest) -> bool:
    """Say whether the browser vouches that a form of this very site was sent: only such may be offered to be sent again."""
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS


def sign_in_again(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Show the sign-in page with what was typed in it."""
    context = {"form": AuthenticationForm(request), "next": kept.path, "kept": kept}
    return _shown(request, "accounts/login.html", context, HTTPStatus.FORBIDDEN)


def send_again(request: HttpRequest, kept: Kept, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Show the page that sends what was typed to where it was meant for."""
    return _shown(request, "accounts/send_again.html", {"kept": kept}, status)


def _shown(
    request: HttpRequest, template: str, context: dict[str, object], status: HTTPStatus
) -> HttpResponse:
    """Draw a page that no cache keeps: it holds what somebody typed."""
    answer = render(request, template, context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
