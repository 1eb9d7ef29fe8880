"""What every installation shares. Each setting read from the environment is listed in docs/settings.md."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import environ
import pghistory
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

VAR_DIR = Path(env.str("GEO_REGISTRY_VAR", default=str(BASE_DIR / "var")))
# numba keeps what it compiles. It reads this when it is first imported, which is after the settings; a checkout that
# the web server may not write to would fail there.
os.environ.setdefault("NUMBA_CACHE_DIR", str(VAR_DIR / "numba"))
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# What stands in the codes of signs for twenty years must not hang on the address by which an officer happened to come.
PUBLIC_ADDRESS = env.str("PUBLIC_ADDRESS", default="").rstrip("/")
if PUBLIC_ADDRESS and not re.fullmatch(r"https?://[^/?#@\s]+", PUBLIC_ADDRESS):
    raise ImproperlyConfigured(
        f"PUBLIC_ADDRESS is {PUBLIC_ADDRESS!r}; it is how an address of the site begins, such as https://map.example.gov.cn"
    )

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "django.contrib.humanize",
    "leaflet",
    "pgtrigger",
    "pghistory",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "axes",
    "geo_registry",
    "geo_registry.jobs",
    "geo_registry.reference",
    "geo_registry.attachments",
    "geo_registry.territory",
    "geo_registry.accounts",
    "geo_registry.operations",
    "geo_registry.search",
    "geo_registry.worklist",
    "geo_registry.imports",
    "geo_registry.reports",
    "geo_registry.drawing",
    "facilities",
    "placenames",
    "maps",
    # After the apps above, so that their templates of administration pages come before Django's own.
    "geo_registry.admin_site.RegistryAdminConfig",
]

MIDDLEWARE = [
    "geo_registry.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "geo_registry.territory.middleware.InstallationMiddleware",
    "geo_registry.operations.leaving.DepartureMiddleware",
    "geo_registry.error_pages.NotAllowedPageMiddleware",
    "geo_registry.accounts.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "geo_registry.accounts.middleware.HistoryContextMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "geo_registry.urls"
WSGI_APPLICATION = "geo_registry.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "geo_registry.accounts.context.site",
            ],
        },
    },
]

# psycopg2 speaks to PostGIS. Django would silently prefer psycopg 3 if it could import it: a test forbids that.
DATABASES = {
    "default": env.db_url(
        "DATABASE_URL",
        default="postgis://geo_registry@localhost/geo_registry",
        engine="django.contrib.gis.db.backends.postgis",
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Debian 12 has GDAL 3.6, older than the version Django wants for axis order. Nothing hands a user's spatial
# reference to the system's GDAL: files are read by pyogrio's own.
# Pages of the site may be framed by the site itself (published maps in its own pages), so not DENY.
SILENCED_SYSTEM_CHECKS = ["gis.W001", "security.W019"]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "geo_registry.accounts.backends.PolicyBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
CSRF_FAILURE_VIEW = "geo_registry.accounts.views.form_refused"
LOGIN_REDIRECT_URL = "maps:home"
LOGOUT_REDIRECT_URL = "maps:home"

# Ten wrong passwords lock the account and address for fifteen minutes.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "geo_registry.accounts.views.locked"
AXES_ENABLE_ADMIN = False
# Proxies of our own in front of the site, whose word about a visitor's address is taken.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)
AXES_CLIENT_IP_CALLABLE = "geo_registry.client_address.client_address"

LANGUAGE_CODE = "zh-hans"
# Each language by its own name: whoever looks for it does not read the other.
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "geo_registry" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
USE_I18N = True
USE_TZ = True
# Grouping is asked for where a count is shown: years and numbers of records are not counts.
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = ["geo_registry.formats"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "geo_registry.staticfiles.RegistryStaticFilesStorage"},
}

# Files of records: kept under the media folder, which no address leads to; the view of `geo_registry.attachments` hands them out.
ATTACHMENTS_DIR = MEDIA_ROOT / "attachments"
ATTACHMENT_MAX_MB = env.int("ATTACHMENT_MAX_MB", default=20)
ATTACHMENT_MAX_MEDIA_MB = env.int("ATTACHMENT_MAX_MEDIA_MB", default=180)
ATTACHMENT_MAX_MEGAPIXELS = env.int("ATTACHMENT_MAX_MEGAPIXELS", default=120)
# The database may lie on the same disk: files stop before it is full.
ATTACHMENTS_RESERVE_MB = env.int("ATTACHMENTS_RESERVE_MB", default=500)
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "geo_registry.attachments.uploads.PatientUploadHandler",
]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "awaited"]}}
# A job whose worker has not been heard of for this long is given up as lost.
JOB_HEARTBEAT_TIMEOUT_S = env.int("JOB_HEARTBEAT_TIMEOUT_S", default=60)
# A job that may be started again after that is tried so often in all: it may be what kills the worker.
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", default=3)
# What somebody waits for is done beside something long if so much memory is free; 0: never.
JOB_SECOND_LANE_MB = env.int("JOB_SECOND_LANE_MB", default=1000)

# Files that are being imported, each in the folder of its batch until it is taken in or thrown away. Not below
# MEDIA_ROOT: nothing of them is ever served as it is.
IMPORT_DIR = VAR_DIR / "imports"
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=512)
# Batches that nobody took in are thrown away after so many days, with their files.
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=30)

# Roads are turned into a routable graph once, and kept here under a hash of their content.
ROADGRAPH_CACHE_DIR = VAR_DIR / "roadgraph"
# Spreadsheets that were written in the background wait here for whoever asked for them.
EXPORTS_DIR = VAR_DIR / "exports"

# Requests to the interface for programs that a minute may have: from one address without a key, and by one key. 0: no limit.
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=600)
API_KEY_RATE_PER_MINUTE = env.int("API_KEY_RATE_PER_MINUTE", default=3000)

# Where backups lie: `make_backup` puts them there unless told otherwise, and the administrator's page tells of the last one.
BACKUP_DIR = Path(env.str("BACKUP_DIR", default=str(VAR_DIR / "backups")))

# Every insert, update and delete of registry data is an event row with who and where from, written by the database.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

LEAFLET_CONFIG = {
    "TILES": [],
    "NO_GLOBALS": False,
    "RESET_VIEW": False,
    "ATTRIBUTION_PREFIX": "",
    "DEFAULT_CENTER": (36.0, 104.0),
    "DEFAULT_ZOOM": 4,
    "MIN_ZOOM": 3,
    "MAX_ZOOM": 18,
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
    }
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

# Demo data is openly invented. A production site shows it only when somebody says so.
DEMO_DATA_ALLOWED = env.bool("DEMO_DATA_ALLOWED", default=False)

# A line for each request: method, the name of the address (not what stands in it), status, milliseconds.
LOG_REQUESTS = env.bool("LOG_REQUESTS", default=False)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        # For whoever collects logs: one JSON object a line, without names, addresses and what was typed.
        "json": {"()": "geo_registry.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": env.str("LOG_FORMAT", default="line")}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # It announces itself in every process and each sign-in in four lines; refused ones are warnings.
    # pyogrio tells of each file how many rows it has written.
    "loggers": {"axes": {"level": "WARNING"}, "pyogrio": {"level": "WARNING"}},
}
