"""Tests: quick password hashes, tasks run at once, plain static files."""

from __future__ import annotations

from .base import *  # noqa: F403
from .base import VAR_DIR as KEPT_DIR

# Nothing that a test writes or removes is what a server of this checkout keeps.
VAR_DIR = KEPT_DIR / "test"
MEDIA_ROOT = VAR_DIR / "media"
ATTACHMENTS_DIR = MEDIA_ROOT / "attachments"
ATTACHMENTS_RESERVE_MB = 0
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEMO_DATA_ALLOWED = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = VAR_DIR / "static"
IMPORT_DIR = VAR_DIR / "imports"
ROADGRAPH_CACHE_DIR = VAR_DIR / "roadgraph"
EXPORTS_DIR = VAR_DIR / "exports"
BACKUP_DIR = VAR_DIR / "backups"
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend",
        "QUEUES": ["default", "awaited"],
    }
}
# Tests ask more often than anybody; those of the limit set one.
API_RATE_PER_MINUTE = API_KEY_RATE_PER_MINUTE = 0
