"""A server behind nginx and https. It refuses to start half-configured; ``geo_registry.checks`` looks at the database."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import ALLOWED_HOSTS, LOGGING, SECRET_KEY, env

SHORTEST_KEY = 40

if len(SECRET_KEY) < SHORTEST_KEY:
    raise ImproperlyConfigured(
        f"SECRET_KEY is missing or shorter than {SHORTEST_KEY} characters. Set it in the environment; docs/deploy.md says how."
    )
if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG is on, and would show visitors the site's insides. Unset DEBUG.")
if not ALLOWED_HOSTS or any(host in ("*", ".") for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is empty or allows any. List this site's host names, separated by commas."
    )
if not env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured(
        "DATABASE_URL is missing. It names the PostGIS database; docs/settings.md shows its form."
    )

# nginx ends https and says so in this header; it must drop the header where a visitor sends it (docs/deploy.md).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

LOG_REQUESTS = env.bool("LOG_REQUESTS", default=True)
LOGGING["handlers"]["stderr"]["formatter"] = env.str("LOG_FORMAT", default="json")
