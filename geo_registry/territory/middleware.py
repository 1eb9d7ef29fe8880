"""What a request needs of the ground again and again is read once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .models import Installation

# Requests that change nothing: what was read at their beginning holds to their end.
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class InstallationMiddleware:
    """Lets a request that only reads ask once whose site this is, and not for its frame, its scope, its titles and its map."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        if request.method not in _READING:
            return self.get_response(request)
        with Installation.read_once():
            return self.get_response(request)
