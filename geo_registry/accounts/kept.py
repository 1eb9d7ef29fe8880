"""Nothing typed is lost: a form that was sent after its session had ended, or with a token that holds no more, is kept.

Nothing is stored. The page that answers carries the entries, signed, from one form to the next: through the sign-in page, if
nobody is signed in, through that of a new password, if the old one was handed out, and into a form that sends them to where they
were meant for. Files are not carried.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from .models import User

# The hidden field of the pages of signing in that carries what was typed.
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
    whose
        The key of who was signed in when it was refused; empty if that is not known any more.
    """

    path: str
    page: str
    fields: tuple[tuple[str, str], ...]
    files: bool
    whose: str = ""

    def signed(self) -> str:
        """Return the form as one text that nobody else can have made."""
        held = [self.path, self.page, self.fields, self.files, self.whose]
        return signing.dumps(held, salt=_SALT, compress=True)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `signed` wrote, or nothing if it is of somebody else's making or too old."""
        with contextlib.suppress(signing.BadSignature):
            # Without whose it is, where the page was made before that was kept.
            path, page, fields, files, *whose = signing.loads(text, salt=_SALT, max_age=_HOLDS_S)
            pairs = tuple((name, value) for name, value in fields)
            return cls(path=path, page=page, fields=pairs, files=files, whose=whose[0] if whose else "")
        return None

    def is_of_another(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Say whether it is known to have been typed by somebody else than who is signed in now."""
        return bool(self.whose) and user.is_authenticated and self.whose != str(user.pk)


def kept_of(request: HttpRequest) -> Kept | None:
    """Return the form that was sent, if it is a page's form which may be sent once more.

    What scripts send is not (they tell their page that the session has ended), nor what holds a password. Of a page of signing in
    it is what that page carries.
    """
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return None
    match = request.resolver_match
    if match is not None and "accounts" in match.namespaces:
        return carried(request)
    try:
        sent = request.POST
        files = bool(request.FILES)
    except (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError):
        return None
    fields = tuple((name, value) for name in sent for value in sent.getlist(name) if name != _TOKEN)
    if any("password" in name for name, _value in fields):
        return None
    whose = str(request.user.pk) if request.user.is_authenticated else ""
    return Kept(path=request.get_full_path(), page=_page_of(request), fields=fields, files=files, whose=whose)


def carried(request: HttpRequest) -> Kept | None:
    """Return what a page of signing in carries, if any."""
    return Kept.read(request.POST.get(FIELD, ""))


def _page_of(request: HttpRequest) -> str:
    """Return the page that a form stood on, which need not be where it is sent."""
    page = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if own else request.get_full_path()


def from_own_page(request: HttpRequest) -> bool:
    """Say whether the browser vouches that a form of this very site was sent: only such may be offered to be sent again."""
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS


def go_on(request: HttpRequest, kept: Kept, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Show what stands between what was typed and its being sent: signing in, a password of one's own, or nothing more."""
    if not isinstance(request.user, User):
        return sign_in_again(request, kept, status=status)
    if request.user.must_change_password:
        context = {"form": PasswordChangeForm(request.user), "kept": kept}
        return _shown(request, "accounts/password.html", context, status)
    return send_again(request, kept, status=status)


def sign_in_again(
    request: HttpRequest, kept: Kept, *, status: HTTPStatus = HTTPStatus.FORBIDDEN
) -> HttpResponse:
    """Show the sign-in page with what was typed in it."""
    context = {"form": AuthenticationForm(request), "next": kept.path, "kept": kept}
    return _shown(request, "accounts/login.html", context, status)


def send_again(request: HttpRequest, kept: Kept, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Show the page that sends what was typed to where it was meant for, and what that is.

    What somebody else has typed is neither shown nor sent in another's name.
    """
    context = {"kept": kept, "is_of_another": kept.is_of_another(request.user)}
    return _shown(request, "accounts/send_again.html", context, status)


def _shown(
    request: HttpRequest, template: str, context: dict[str, object], status: HTTPStatus
) -> HttpResponse:
    """Draw a page that no cache keeps: it holds what somebody typed."""
    answer = render(request, template, context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
