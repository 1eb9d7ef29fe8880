"""A server behind nginx and https. It refuses to start half-configured."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .base import ALLOWED_HOSTS, SECRET_KEY, env

if len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("SECRET_KEY is missing or shorter than 40 characters. Set it in the environment; docs/deploy.md says how.")
if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG is on. A production site must not show its insides: unset DEBUG.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is empty or '*'. List the host names of this site, separated by commas.")
if not env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured("DATABASE_URL is missing. It names the PostGIS database; docs/settings.md shows its form.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
