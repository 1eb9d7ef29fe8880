"""A list of facilities as a spreadsheet: the same rows, columns, order and totals as on the page.

A long one is written in the background, and kept for some days for whoever asked for it.
"""

from __future__ import annotations

import datetime
import io
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geo_registry.accounts.models import User
from geo_registry.geodata.workbooks import Cell, WorkbookWriter
from geo_registry.jobs.kept_files import KeptFiles
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, Urgency, job_task
from geo_registry.reference.models import Source
from geo_registry.territory.models import Installation

from ..models import Facility
from .list_columns import COLUMNS
from .list_filters import matching
from .list_query import ListQuery, read_query
from .list_rows import cells, everything, totals
from .list_words import filters_in_words

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# More rows than these take longer than somebody waits for a page.
AT_ONCE: Final = 2_000
FILES: Final = KeptFiles(folder="", days=7)


def file_name(made: datetime.date) -> str:
    """Return what the file is called on the reader's machine."""
    return _("facilities-%(day)s.xlsx") % {"day": made.isoformat()}


def list_xlsx(query: ListQuery, *, user: User) -> bytes:
    """Return a list as an XLSX file."""
    stream = io.BytesIO()
    _write(query, user=user, progress=None).save(stream)
    return stream.getvalue()


def enqueue_export(query: ListQuery, *, user: User, count: int) -> Job:
    """Ask for a long list in the background; the job's page leads to the file."""
    return enqueue(
        task=export_job,
        title=lambda: (
            ngettext("List of %(count)d facility as XLSX", "List of %(count)d facilities as XLSX", count)
            % {"count": count}
        ),
        created_by=user,
        kwargs={"query": query.encoded(), "user_id": user.pk, "file": uuid.uuid4().hex},
    )


@job_task(restartable=True, urgency=Urgency.AWAITED)
def export_job(progress: Progress, *, query: str, user_id: int, file: str) -> JobOutcome:
    """Write one list into a file. The person's scope is asked again: it holds on the day of the file."""
    user = User.objects.get(pk=user_id)
    wanted, _problems = read_query(QueryDict(query))
    rows = matching(wanted, user=user).count()
    with FILES.writing(file, ".xlsx") as path:
        _write(wanted, user=user, progress=progress).save(path)
    return JobOutcome(
        url=reverse("facilities:list_file", args=[uuid.UUID(file)]),
        message=lambda: _("The file is kept for %(days)d days.") % {"days": FILES.days},
        result={"file": file, "rows": rows},
        is_file=True,
    )


def exported_file(file: uuid.UUID, *, user: User) -> tuple[Path, Job] | None:
    """Return a file that a person asked for, with the work that wrote it, while it is kept; nobody else's."""
    return FILES.asked_for(file, ".xlsx", task=export_job, user=user)


def _write(query: ListQuery, *, user: User, progress: Progress | None) -> WorkbookWriter:
    rows = matching(query, user=user)
    count = rows.count()
    demo = rows.filter(source__is_demo=True).exists()
    sums = totals(query, rows)
    columns = [COLUMNS[code] for code in query.columns]
    mark = [_("Demo data")] if demo else []
    title = _("Facilities of %(site)s") % {"site": _site_name()}
    book = WorkbookWriter()
    total_row: list[Cell] = [sums.get(column.code) for column in columns]
    label = ngettext("In all: %(count)d facility", "In all: %(count)d facilities", count) % {"count": count}
    if total_row[0] is None:
        total_row[0] = label
        below: list[list[Cell]] = [total_row]
    else:
        below = [[label], total_row]
    book.sheet(
        _("Facilities"),
        above=[_(" · ").join([title, *mark])],
        header=[*(str(column.label) for column in columns), *mark],
        rows=_rows(query, user=user, count=count, demo=demo, progress=progress),
        below=below,
    )
    book.sheet(_("About this list"), header=[_("What"), _("Says")], rows=_about(query, user, count, demo))
    return book


def _rows(
    query: ListQuery, *, user: User, count: int, demo: bool, progress: Progress | None
) -> Iterator[list[Cell]]:
    for done, row in enumerate(everything(query, user=user), start=1):
        yield _row(query, row, demo=demo)
        if progress is not None and done % 500 == 0:
            progress.step(done, count, _("Writing rows"))


def _row(query: ListQuery, row: Facility, *, demo: bool) -> list[Cell]:
    values: list[Cell] = [
        (_("yes") if value else _("no")) if isinstance(value, bool) else value
        for _column, value in cells(query, row)
    ]
    return [*values, _("Demo data") if row.is_demo else ""] if demo else values


def _about(query: ListQuery, user: User, count: int, demo: bool) -> Iterator[list[Cell]]:
    yield [_("State on"), query.on]
    for _name, what, narrowed in filters_in_words(query):
        if _name != "day":
            yield [_("Only: %(what)s") % {"what": what}, narrowed]
    yield [_("Rows"), count]
    yield [_("Made by"), str(user)]
    yield [_("Made at"), date_format(timezone.localtime(), "Y-m-d H:i")]
    if demo:
        titles = Source.objects.filter(is_demo=True).values_list("title", flat=True)
        yield [_("Demo data"), _(", ").join(titles)]


def _site_name() -> str:
    site = Installation.current()
    return site.site_name_zh or (site.home_division.name if site.home_division else "")
