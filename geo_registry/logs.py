"""Logs for whoever collects them: one JSON object a line, and nothing in it that says who somebody is.

What pages and commands log are sentences with values in them: names of accounts, addresses of machines, telephones in an error
of the database, codes of reports in the address of a page. None of that is needed to find a fault. So a line says the name of
an address instead of the address, the kind of an error with where it arose instead of its text, and where a text is kept,
what could be a person's is masked.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MASK: Final = "…"
_ROOT = str(Path(__file__).resolve().parents[1])
# Of these only the sentence is kept, without the texts in it: they name accounts, machines and addresses of pages.
_OTHERS: Final = ("axes", "django")
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"  # IPv4
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"  # IPv6
    r"|(?<!\d)\+?\d[\d -]{5,}\d[\dXx]?"  # telephones, numbers of persons
)
_QUOTED = re.compile(r"""(["'“‘(]).{1,200}?(["'”’)])""")
_FRAMES: Final = 12

requests = logging.getLogger("geo_registry.requests")


def masked(text: str) -> str:
    """Return a text without what could say who somebody is: machines' addresses, telephones, numbers of persons, e-mail."""
    return _PERSONAL.sub(MASK, text)


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC)
        entry: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
        }
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            entry |= {"message": "request", **_told(request), "status": getattr(record, "status_code", None)}
        else:
            entry["message"] = masked(_sentence(record))
        entry |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            entry |= _error(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=lambda _value: MASK)


def _sentence(record: logging.LogRecord) -> str:
    if not record.name.startswith(_OTHERS) or not record.args:
        return record.getMessage()
    if not isinstance(record.args, tuple):
        return str(record.msg)
    try:
        kept = tuple(one if isinstance(one, int | float) else MASK for one in record.args)
        return str(record.msg) % kept
    except (TypeError, ValueError):
        return str(record.msg)


def _told(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    return {"method": request.method, "address": match.view_name if match else ""}


def _error(error: BaseException) -> dict[str, Any]:
    """Say what kind of error it is and where it arose. Its text only without what stands in quotation marks or brackets."""
    lines = str(error).splitlines()
    said: dict[str, Any] = {"error": type(error).__name__}
    if lines:
        said["reason"] = masked(_QUOTED.sub(rf"\1{MASK}\2", lines[0]))[:300]
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint:
        said["constraint"] = constraint
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    said["where"] = [
        f"{frame.filename.removeprefix(_ROOT + '/')}:{frame.lineno} {frame.name}" for frame in frames
    ]
    return said


class RequestLogMiddleware:
    """Logs each request where ``LOG_REQUESTS`` says so: what kind of page, how it ended, how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, and log its end."""
        if not settings.LOG_REQUESTS:
            return self.get_response(request)
        begun = time.perf_counter()
        response = self.get_response(request)
        facts = {
            **_told(request),
            "status": response.status_code,
            "ms": round((time.perf_counter() - begun) * 1000, 1),
        }
        requests.info("request", extra={"facts": facts})
        return response
