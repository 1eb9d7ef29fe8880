"""A file into the registry in one transaction: the same core for the command, dry runs and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from os import PathLike
from pathlib import Path
from typing import Any

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.errors import GeodataError, LayerChoiceNeeded, Message, gettext_noop
from geo_registry.geodata.geometry import clean
from geo_registry.geodata.isolation import Mender, open_isolated
from geo_registry.geodata.readers import Source as OpenFile
from geo_registry.geodata.readers import open_source
from geo_registry.geodata.records import ImportReport
from geo_registry.jobs.models import Job
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import Source

from ..models import Batch
from ..registry import Kind, kind_of, kinds
from .approval import may_decide, needs_approval
from .collector import seldom_collecting
from .errors import UnknownKind
from .one_file import OneFile
from .options import Options
from .sheets import sheet_of
from .spool import SpoolWriter

_NO_SUCH_KIND = gettext_noop("There is no kind of file “{kind}”. Possible: {possible}.")
_NOT_YOURS = gettext_noop("Your role does not take in files of this kind: {kind}.")
_NOT_ALONE = gettext_noop(
    "Files of this kind need the approval of somebody who neither brought nor sent them: {kind}."
)


def run_import(
    *,
    kind: str,
    path: str | PathLike[str],
    source: Source | str | None = None,
    source_crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    where: Iterable[str] = (),
    home: str | None = None,
    strict: bool = False,
    blank_empty: bool = False,
    leave_unplaced: bool = False,
    exchange_axes: bool = False,
    dry_run: bool = False,
    user: User | None = None,
    job: Job | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take one file in: all of what can be taken in, in one transaction, or nothing.

    A dry run does everything and then takes it back, so that it reports exactly what the real run would do.

    Parameters
    ----------
    kind : str
        ``divisions``, ``roads``, …: a registered kind.
    path : path-like
        The file.
    source : Source or str, optional
        What the rows come from, or its code; a file without one is its own source.
    source_crs, encoding, layer, header_row, mapping, constants, where, home, strict, blank_empty, leave_unplaced, exchange_axes
        See `Options`.
    dry_run : bool
        Report, and change nothing.
    user : User, optional
        Who imports; ``None`` is the administrator at the console.
    job : Job, optional
        The background work that this is part of.
    progress : Progress, optional
        Told after each some thousand rows.

    Returns
    -------
    ImportReport
        Counts, issues, times.

    Raises
    ------
    GeodataError
        If the file cannot be used, with a whole sentence; nothing is left behind. `RowsRefused` under
        ``strict``.
    JobStopped
        If somebody asked for the end; nothing is left behind.
    """
    options = Options(
        source_crs=source_crs, encoding=encoding, layer=layer, header_row=header_row, mapping=mapping or {},
        constants=constants or {}, where=tuple(where), home=home, strict=strict, blank_empty=blank_empty,
        leave_unplaced=leave_unplaced, exchange_axes=exchange_axes,
    )  # fmt: skip
    return import_file(
        kind=kind,
        path=path,
        source=source,
        options=options,
        dry_run=dry_run,
        user=user,
        job=job,
        progress=progress,
    )


def import_file(
    *,
    kind: str,
    path: str | PathLike[str],
    source: Source | str | None = None,
    options: Options,
    dry_run: bool = False,
    user: User | None = None,
    job: Job | None = None,
    progress: Progress | None = None,
    batch: Batch | None = None,
    spool: Path | None = None,
    previewed: Path | None = None,
    isolated: bool = False,
    approved_by: User | None = None,
) -> ImportReport:
    """Take one file in, as `run_import` does, or preview it.

    Parameters
    ----------
    kind, path, source, dry_run, user, job, progress
        See `run_import`.
    options : Options
    batch : Batch, optional
        The batch that the file was uploaded for; made if not given.
    spool : Path, optional
        Where to write down what became of each row.
    previewed : Path, optional
        What became of each row in the preview that a person agreed to. If anything would be done otherwise now, nothing is.
    isolated : bool
        Read the file, and mend what is large in it, in processes of their own with limits on time and memory: for whatever
        people upload.
    approved_by : User, optional
        Who has approved what ``user`` brought; needed where the person may not take such files in alone.

    Raises
    ------
    GeodataError
        See `run_import`. `PreviewChanged` where the registry has changed since the preview; ``spool`` says to what.
    """
    try:
        found = kind_of(kind)
    except LookupError as error:
        params = {"kind": kind, "possible": ", ".join(kinds())}
        raise UnknownKind(Message(_NO_SUCH_KIND, params)) from error
    if user is not None and not policy.may(user, found.action):
        raise GeodataError(Message(_NOT_YOURS, {"kind": found.label}))
    if user is not None and not dry_run and approved_by is None and needs_approval(user, found):
        raise GeodataError(Message(_NOT_ALONE, {"kind": found.label}))
    if approved_by is not None and (batch is None or not may_decide(approved_by, batch)):
        raise GeodataError(Message(_NOT_ALONE, {"kind": found.label}))
    opened = open_isolated if isolated else open_source
    with ExitStack() as stack:
        file = _opened(stack, opened, found, path, options)
        work = OneFile(
            kind=found, file=file, options=options, user=user, job=job, progress=progress, batch=batch,
            spool=stack.enter_context(SpoolWriter(spool)) if spool is not None else None, previewed=previewed,
            approved_by=approved_by, mend=stack.enter_context(Mender(path)).clean if isolated else clean,
        )  # fmt: skip
        stack.enter_context(seldom_collecting())
        return work.do(source, dry_run=dry_run)


def _opened(
    stack: ExitStack,
    opened: Callable[..., AbstractContextManager[OpenFile]],
    kind: Kind,
    path: str | PathLike[str],
    options: Options,
) -> OpenFile:
    """Open a file; of several sheets, the one that its template calls the kind's, if none was chosen."""
    how: dict[str, Any] = {"encoding": options.encoding, "header_row": options.header_row}
    try:
        return stack.enter_context(opened(path, layer=options.layer, **how))
    except LayerChoiceNeeded as choice:
        own = sheet_of(kind, choice.layers) if options.layer is None else None
        if own is None:
            raise
        return stack.enter_context(opened(path, layer=own, **how))
