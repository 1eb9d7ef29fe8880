"""Refusals as ``application/problem+json`` (RFC 9457), in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"

TITLES: Mapping[int, Promise] = {
    400: _("The request cannot be understood"),
    401: _("The key is not valid"),
    403: _("The key does not allow this"),
    404: _("There is no such resource"),
    405: _("Only reading is possible here"),
    406: _("There is no answer in this format"),
    413: _("The request is too large"),
    429: _("Too many requests"),
    500: _("The server made a mistake"),
    503: _("The service cannot answer just now"),
}


class Problem(Exception):  # noqa: N818 - named as in the RFC
    """A request that is not answered: its status, a sentence, and which parameter is meant.

    Parameters
    ----------
    status
        HTTP status, one of `TITLES`.
    detail
        What is the matter, already in the reader's language.
    parameter
        The query parameter that is meant, if it is one.
    headers
        Further headers of the answer.
    """

    def __init__(
        self, status: int, detail: str = "", *, parameter: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.parameter, self.headers = status, detail, parameter, headers or {}

    def response(self) -> HttpResponse:
        """Return the answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": str(TITLES[self.status]),
            "status": self.status,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.parameter:
            body["parameter"] = self.parameter
        return HttpResponse(
            json.dumps(body, ensure_ascii=False),
            status=self.status,
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )
