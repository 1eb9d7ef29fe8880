"""One sentence for the person who asked; the rest belongs in the log."""

from __future__ import annotations

import errno
import sqlite3
import uuid

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from geo_registry.geodata.errors import GeodataError
from geo_registry.languages import said_now
from geo_registry.roadgraph.errors import RoadGraphError

from .work import JobFailure

_POSTGRES_DISK_FULL = "53100"


def is_foreseen(error: BaseException) -> bool:
    """Tell whether an error is one that was written for the user to read."""
    return isinstance(error, JobFailure | GeodataError | RoadGraphError | ValidationError)


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error, or what it came of, says that there is no room: of the disk here, or of the database's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if getattr(seen, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(seen, "pgcode", None) == _POSTGRES_DISK_FULL:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def sentence_for(error: BaseException, *, job_id: uuid.UUID) -> str:
    """Return what the user is told of an error, in the active language.

    Parameters
    ----------
    error : BaseException
        What ended the work.
    job_id : UUID
        The job, named so that the administrator finds the rest in the log.

    Returns
    -------
    str
        The error's own sentence if it was foreseen; else that something went wrong. Never a traceback, a path or SQL.
    """
    if isinstance(error, GeodataError):
        return error.render(gettext)
    if isinstance(error, RoadGraphError):
        return error.render(gettext)
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, JobFailure):
        return said_now(error.sentence)
    if is_disk_full(error):
        return _("The server's disk is full, so the work could not be done. Please tell the administrator.")
    if isinstance(error, MemoryError):
        return _("There was not enough memory for this. Try it with less data, or ask the administrator.")
    return _(
        "Something went wrong that was not foreseen. Please tell the administrator the number %(number)s."
    ) % {"number": str(job_id)[:8]}
