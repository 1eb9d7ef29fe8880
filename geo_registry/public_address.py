"""Addresses that leave the screen: written on signs and into lists for makers, they outlive whoever asked for them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def permanent_address(request: HttpRequest, path: str) -> str:
    """Return the whole address of a page under which everybody reaches it.

    ``PUBLIC_ADDRESS`` says where the public finds the site. Without it the address is the one by which the request came, which an
    office may have by a name or number that nobody outside can use: `is_lasting` tells.

    Parameters
    ----------
    request
        Whatever asks.
    path
        Of the page, from the first slash on.
    """
    origin = settings.PUBLIC_ADDRESS
    return f"{origin}{path}" if origin else str(request.build_absolute_uri(path))


def is_lasting(address: str) -> bool:
    """Say whether an address may be cut into metal: its host has a name that works elsewhere, and is no number."""
    host = urlsplit(address).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".local", ".lan", ".internal", ".localhost"))
    return False
