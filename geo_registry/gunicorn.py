"""How gunicorn serves the site: ``gunicorn -c python:geo_registry.gunicorn geo_registry.wsgi``.

The application is loaded once and then forked: workers share its memory, and a site that must not start (see
``geo_registry.checks``) fails before a port is open. Kernels that run on several threads must not have run before the
fork; nothing at import does.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

# Nothing that is imported becomes garbage: looking for it over and over takes a seventh of a start.
gc.disable()

_bind = env.str("BIND", default="127.0.0.1")
_port = env.int("PORT", default=8000)
if _bind.startswith("unix:"):
    bind = _bind
elif ":" in _bind:
    bind = f"[{_bind}]:{_port}"
else:
    bind = f"{_bind}:{_port}"

workers = env.int("WEB_WORKERS", default=max(2, min(4, os.cpu_count() or 2)))
worker_class = "gthread"
threads = env.int("WEB_THREADS", default=4)
preload_app = True
# A worker that is silent for two minutes is replaced; one that is told to end has half a minute for open requests.
timeout = 120
graceful_timeout = 30
keepalive = 5
# Long-lived processes that handle large tables grow: each is replaced now and then, not all at the same moment.
max_requests = 5000
max_requests_jitter = 500
# Workers tell that they live by touching a file, which on a busy disk may block.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True
# Only a proxy on this machine is believed about https and addresses; see docs/deploy.md.
forwarded_allow_ips = env.str("FORWARDED_ALLOW_IPS", default="127.0.0.1")
accesslog = env.str("ACCESS_LOG", default="") or None
# Its warnings are of every HEAD request; a worker that is late or killed is an error to it.
loglevel = "error"


def when_ready(_server: Any) -> None:
    """Look for garbage from now on, and not among what was loaded: workers go on sharing its memory."""
    gc.freeze()
    gc.enable()


def pre_fork(_server: Any, _worker: Any) -> None:
    """Close what the checks at the start opened: a database connection cannot be shared between processes."""
    from django.db import connections

    connections.close_all()
