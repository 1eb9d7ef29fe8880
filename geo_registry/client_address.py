"""Where a request comes from, when proxies stand between."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the visitor's machine, as far as the office's own proxies vouch for it.

    Each proxy appends the address that it was called from to ``X-Forwarded-For``. With ``PROXY_COUNT`` proxies of our own, the
    entry that many from the end was written by the outermost of them; whatever stands before it a visitor may have invented.

    Parameters
    ----------
    request : HttpRequest
        The request.

    Returns
    -------
    str or None
        An IPv4 or IPv6 address; ``None`` where there is none, as for a socket without a proxy that tells.
    """
    if settings.PROXY_COUNT > 0:
        entries = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        found = entries[-settings.PROXY_COUNT] if len(entries) >= settings.PROXY_COUNT else ""
    else:
        found = request.META.get("REMOTE_ADDR") or ""
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None
