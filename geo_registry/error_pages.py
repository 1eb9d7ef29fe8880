"""Pages for answers that browsers would show as an empty page of their own."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Below these begin the pages of the office; all others are everybody's, and look into no session.
_OFFICE = ("/office/", "/planner/", "/work/", "/accounts/", "/jobs/", "/admin/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that is none: in the office with the office's header, so that nobody seems to be signed out."""
    del exception
    template = "404.html"
    if request.path.startswith(_OFFICE):
        reader = getattr(request, "user", None)
        template = "404_office.html" if reader and reader.is_authenticated else template
    return render(request, template, status=HTTPStatus.NOT_FOUND)


class NotAllowedPageMiddleware:
    """Answers in words whoever opens an address that only takes what a form sends.

    Such an address stands in the browser's bar after a form came back with an error, and is opened again by a press of Enter there,
    from the history, or by whoever was sent it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give an empty 405 its words; what programs ask keeps its own answer."""
        response = self.get_response(request)
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not is_page or response.content:
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response.headers.get("Allow", "POST")
        return page
