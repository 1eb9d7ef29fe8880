"""One machine, plain http: what ``script/server`` runs."""

from __future__ import annotations

from .base import *  # noqa: F403
from .base import VAR_DIR, env

DEMO_DATA_ALLOWED = True
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])


def _own_secret_key() -> str:
    """Return the key of this checkout, made at first use and readable by its owner only."""
    from django.core.management.utils import get_random_secret_key

    path = VAR_DIR / "secret_key"
    if path.exists():
        return path.read_text().strip()
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    key = get_random_secret_key()
    path.touch(mode=0o600)
    path.write_text(key)
    return key


SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
