"""What a proxy may keep: pages that are the same for every visitor but for the language."""

from __future__ import annotations

from typing import TypeVar

from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)


def for_everybody(response: ResponseT, *, max_age_s: int) -> ResponseT:
    """Let proxies keep a page: nothing of a visitor's changes it but the language, which is in a cookie."""
    patch_cache_control(response, public=True, max_age=max_age_s)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response
