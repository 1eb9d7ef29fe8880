"""A file into the registry in one transaction: the same core for the command, dry runs and pages."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import pghistory
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.conditions import parse_condition
from geo_registry.geodata.crs import Converter, SourceCrs, require_crs
from geo_registry.geodata.declarations import Declaration, Match, Record, match_columns, normalise_header
from geo_registry.geodata.errors import GeodataError, Message, UnknownCrs, gettext_noop
from geo_registry.geodata.geometry import clean
from geo_registry.geodata.identity import Guard
from geo_registry.geodata.interpretation import Interpreter, Mend, position_header
from geo_registry.geodata.isolation import Mender, open_isolated
from geo_registry.geodata.readers import Row, open_source
from geo_registry.geodata.readers import Source as OpenFile
from geo_registry.geodata.readers.kml import DESCRIPTION, NAME
from geo_registry.geodata.records import ImportReport, Outcome, RowIssue, Severity
from geo_registry.jobs.models import Job
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import Source
from geo_registry.territory.models import Installation

from ..models import Batch
from ..registry import Importer, Kind, Touched, follow_ups, kind_of, kinds
from .approval import may_decide, needs_approval, note_approval
from .collector import seldom_collecting
from .copy_queue import copying_behind
from .errors import PreviewChanged, RowsRefused, UnknownKind
from .late import LateRemarks
from .rows import cells_of, is_example, mark_blanks, spooled_row
from .run import ImportRun
from .seen import FirstRows
from .sources import expected_bounds, source_for
from .spool import SpoolWriter, differences
from .texts import continued_headers, fields_of_shapefile, mended
from .twins import Twins

# One import at a time: two that bring the same new village would both find it missing.
ADVISORY_LOCK = 7_461_002
CHUNK_ROWS = 5_000

_NO_SUCH_KIND = gettext_noop("There is no kind of file “{kind}”. Possible: {possible}.")
_DOUBLE = gettext_noop("The row is a double: row {first} has the same {key}.")
_LEFT_OUT = gettext_noop("{count} rows did not meet the condition {condition} and were left out.")
_OTHER_CRS = gettext_noop(
    "The file says that its co-ordinates are {declared}; they were read as {given}, as you said."
)


_NOT_YOURS = gettext_noop("Your role does not take in files of this kind: {kind}.")
_NOT_ALONE = gettext_noop(
    "Files of this kind need the approval of somebody who neither brought nor sent them: {kind}."
)
_DONE_ALREADY = gettext_noop("“{file}” was taken in or thrown away meanwhile.")
_EXAMPLE = gettext_noop("The example row of the template was left out.")
# How often an import that waits for another looks whether it may begin.
_LOOK_AGAIN_S = 0.3
_PENDING_KEYS, _SORTING_MEMORY = "32MB", "64MB"
# From so many rows on an index may hold more unsorted keys than a search should have to look through.
_MANY_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read; kept with its batch.

    Parameters
    ----------
    source_crs, encoding, layer : str, optional
        As the user declares them; they outrank what the file says.
    header_row : int, optional
        Row of the headers in a table.
    mapping : mapping of str to str
        Field → header.
    constants : mapping of str to str
        Field → one value for all rows.
    where : sequence of str
        Conditions such as ``healthcare>0``; rows that do not meet all are left out.
    home : str, optional
        Code of the division that becomes the installation's home.
    strict : bool
        Nothing goes in if one row is refused.
    ignored : sequence of str
        Headers that are nothing here, whatever they look like.
    blank_empty : bool
        Empty cells blank what is there; else they leave it alone.
    leave_unplaced : bool
        Rows without co-ordinates are not placed by their address or division.
    exchange_axes : bool
        The two co-ordinates of each place are exchanged: the file has the latitude (northing) where the longitude belongs.
    decisions : mapping of str to str
        Row → ``new``, ``skip`` (the same as another row), or the primary key of the record that it is about.
    positions : mapping of str to (lon, lat)
        Row without co-ordinates → where somebody put it on the map of the preview, in EPSG:4490.
    """

    source_crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    where: Sequence[str] = ()
    home: str | None = None
    strict: bool = False
    ignored: Sequence[str] = ()
    blank_empty: bool = False
    leave_unplaced: bool = False
    exchange_axes: bool = False
    decisions: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Options:
        """Return the options that were kept with a batch."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in kept.items()
            if name in cls.__slots__
        }
        return cls(**values)

    def to_json(self) -> dict[str, object]:
        """Return what differs from the ordinary, as JSON."""
        every = {name: getattr(self, name) for name in self.__slots__}
        plain = {
            name: dict(value)
            if isinstance(value, Mapping)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in every.items()
        }
        return {name: value for name, value in plain.items() if value}


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
    with (
        opened(path, encoding=options.encoding, layer=options.layer, header_row=options.header_row) as file,
        ExitStack() as stack,
    ):
        writer = stack.enter_context(SpoolWriter(spool)) if spool is not None else None
        work = _Import(kind=found, file=file, options=options, user=user, job=job, progress=progress)
        work.batch, work.spool, work.previewed, work.approved_by = batch, writer, previewed, approved_by
        if isolated:
            work.mend = stack.enter_context(Mender(path)).clean
        stack.enter_context(seldom_collecting())
        return work.do(source, dry_run=dry_run)


class _Import:
    """One file on its way in."""

    def __init__(
        self,
        *,
        kind: Kind,
        file: OpenFile,
        options: Options,
        user: User | None,
        job: Job | None,
        progress: Progress | None,
    ) -> None:
        self.kind = kind
        self.file = file
        self.options = options
        self.user = user
        self.job = job
        self.progress = progress
        self.report = ImportReport(kind.code, file.name, layer=file.layer)
        self.doubles = _Doubles(kind.declaration)
        self.interpreter: Interpreter
        self.run: ImportRun
        self.twins: Twins
        self.done = 0
        self.batch: Batch | None = None
        self.spool: SpoolWriter | None = None
        self.previewed: Path | None = None
        self.approved_by: User | None = None
        self._rows: dict[int, Row] = {}
        self._examples = 0
        self._joined: dict[str, str] = {}
        self.mend: Mend = clean

    def do(self, source: Source | str | None, *, dry_run: bool) -> ImportReport:
        """Take the file in within one transaction (see `run_import`)."""
        report, file = self.report, self.file
        report.dry_run = dry_run
        with self._timed("checksum"):
            report.sha256 = file.sha256()
        match, guard, crs = self._understand()
        with transaction.atomic():
            self._wait_for_turn()
            # Whoever says whose registry this is to be is not held to whose it was.
            home = Installation.home() if self.options.home is None else None
            self.run = ImportRun(
                match=match, source=source_for(source, file.path), user=self.user, home=home,
                place_missing=not self.options.leave_unplaced,
                decisions={int(row): said for row, said in self.options.decisions.items()},
                positions={int(row): (lon, lat) for row, (lon, lat) in self.options.positions.items()},
            )  # fmt: skip
            self.run.whereabouts.source, self.run.whereabouts.header = crs, position_header(match)
            if self.batch is not None:
                self.run.batch_id = self.batch.pk
            self.run.home_code = self.options.home
            self.interpreter = Interpreter(
                match,
                converter=Converter(crs) if crs is not None else None,
                guard=guard,
                conditions=[parse_condition(w, file.columns, file=file.name) for w in self.options.where],
                expected=expected_bounds(home) if self.kind.declaration.near_home else None,
                exchanged=self.options.exchange_axes,
                mend=self.mend,
            )
            with self.run.helpers, pghistory.context(**self._context()), copying_behind():
                self._take_in(guard)
            if self.spool is not None:
                self.spool.finish()
                self._hold_to_preview(self.spool.path)
            if dry_run:
                transaction.set_rollback(True)
        return report

    def _hold_to_preview(self, spool: Path) -> None:
        if self.previewed is None:
            return
        found = differences(self.previewed, spool)
        if found:
            raise PreviewChanged(self.report, found)

    def _wait_for_turn(self) -> None:
        """Wait until no other import runs, and spare history's triggers an error for each row.

        ``pgtrigger`` looks in each trigger whether it is to be ignored, and catches the error that the setting is not there.
        Such an error within a large transaction costs more the more rows wait for their foreign keys to be checked: 70,000
        new divisions took twenty times as long.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
            # Search keys are sorted into their index in larger heaps; `_settle_indexes` leaves none behind. What is read row by row
            # is read to its end: a plan that has the first rows soon and the last ones late is none here.
            cursor.execute(
                "SELECT set_config('gin_pending_list_limit', %s, true), set_config('work_mem', %s, true), "
                "set_config('cursor_tuple_fraction', '1', true)",
                [_PENDING_KEYS, _SORTING_MEMORY],
            )
            while True:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
                if cursor.fetchone() == (True,):
                    return
                if self.progress is not None:
                    self.progress.step(0, None, gettext("Waiting until another import has ended"))
                time.sleep(_LOOK_AGAIN_S)

    def _context(self) -> dict[str, object]:
        context: dict[str, object] = {
            "command": "import_data", "batch": str(self.run.batch_id), "file": self.file.name, "kind": self.kind.code,
        }  # fmt: skip
        if self.approved_by is not None:
            context["approved_by"] = self.approved_by.pk
        return context | ({"user": self.user.pk} if self.user is not None else {})

    # -- before the first row ------------------------------------------------------------------

    def _understand(self) -> tuple[Match, Guard, SourceCrs | None]:
        """Match columns and co-ordinates: a file that fails here is refused before anything is touched."""
        file, options, declaration = self.file, self.options, self.kind.declaration
        names = fields_of_shapefile(Path(file.path)) if file.format == "shapefile" else {}
        self._joined = continued_headers(file.columns, names)
        left_out = {*options.ignored, *self._joined, *self._labels()}
        columns = [header for header in file.columns if header not in left_out]
        match = match_columns(
            declaration,
            columns,
            mapping={**self._named(columns, names), **options.mapping},
            constants=options.constants,
            every=file.columns,
            file=file.name,
        )
        self.report.extend(match.issues)
        fine = [
            match.headers[c.field]
            for c in declaration.columns
            if c.looks_like_phones and c.field in match.headers
        ]
        crs = self._co_ordinates(match)
        self.report.crs = crs.name if crs is not None else None
        return match, Guard(file.columns, may_hold_phones=fine, file=file.name), crs

    def _labels(self) -> set[str]:
        """Return what only labels the drawing of a KML file: its name and description, where its data say the same themselves."""
        if self.file.format not in {"kml", "kmz"}:
            return set()
        labels = {NAME, DESCRIPTION} & set(self.file.columns)
        data = {normalise_header(header) for header in self.file.columns if header not in labels}
        forms = [
            {normalise_header(header) for header in (*column.headers, column.field)}
            for column in self.kind.declaration.columns
        ]
        return {label for label in labels if any(label in form and form & data for form in forms)}

    def _named(self, columns: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
        """Return field → short name, as the file beside an exported shapefile says."""
        by_header = {column.headers[0]: column.field for column in self.kind.declaration.columns}
        return {
            by_header[header]: short
            for short, header in names.items()
            if short in columns and header in by_header
        }

    def _co_ordinates(self, match: Match) -> SourceCrs | None:
        """Return the system of the file's co-ordinates, which must be known wherever there are any."""
        file, given = self.file, self.options.source_crs
        has_any = (
            file.geometry_type is not None or (match.has("lon") and match.has("lat")) or match.has("position")
        )
        if not match.declaration.shapes or not has_any:
            return require_crs(given, file=file.name) if given else None
        crs = require_crs(given or file.declared_crs, file=file.name)
        if given and file.declared_crs:
            try:
                declared = require_crs(file.declared_crs, file=file.name)
            except UnknownCrs:
                return crs
            if declared.key != crs.key:
                message = Message(_OTHER_CRS, {"declared": declared.name, "given": crs.name})
                self.report.add(RowIssue(None, None, Severity.WARNING, message))
        return crs

    # -- the rows ------------------------------------------------------------------------------

    def _take_in(self, guard: Guard) -> None:
        batch = self._begin_batch()
        importer = self.kind.importer(self.run)
        self.twins = Twins(self.run, self.kind.declaration)
        waiting: list[Record] = []
        for rows, records in self._one_ahead(importer):
            kept = {record.number: self._rows[record.number] for record in waiting}
            self._rows = {row.number: row for row in rows} | kept
            self._tell(rows, gettext("Comparing rows %(first)s to %(last)s with the register"))
            self.done += len(rows)
            waiting += self._hand_over(importer, records)
        guard.finish()
        self._see_to_waiting(importer, waiting)
        with self._timed("write"):
            importer.finish()
        with self._timed("follow"):
            self._follow_up()
        with self._timed("write"):
            self.run.flush()
        self._settle_indexes()
        self._last_remarks()
        self._end_batch(batch)
        refused = self.report.counts[Outcome.REFUSED]
        if self.options.strict and refused:
            raise RowsRefused(self.report, count=refused)

    def _chunks(self) -> Iterator[list[Row]]:
        chunks = self.file.batches(CHUNK_ROWS)
        while True:
            with self._timed("read"):
                rows = next(chunks, None)
            if rows is None:
                return
            yield rows

    def _understood(self) -> Iterator[tuple[list[Row], list[Record]]]:
        """Yield some thousand rows at a time, with the records that they are."""
        for chunk in self._chunks():
            self._tell(chunk, gettext("Reading rows %(first)s to %(last)s"))
            with self._timed("understand"):
                rows = self._without_examples(chunk)
                records = self.interpreter.records(rows)
                self.doubles.refuse(records, self.run)
                self.twins.leave_out(records)
                if self.options.blank_empty:
                    mark_blanks(rows, records, self.run.match)
            yield rows, records

    def _one_ahead(self, importer: Importer) -> Iterator[tuple[list[Row], list[Record]]]:
        """Yield what is understood; an importer that can work ahead is told of the next rows while it is given these."""
        expect = getattr(importer, "expect", None)
        if expect is None:
            yield from self._understood()
            return
        before: tuple[list[Row], list[Record]] | None = None
        for understood in self._understood():
            with self._timed("understand"):
                expect([record for record in understood[1] if not record.refused])
            if before is not None:
                yield before
            before = understood
        if before is not None:
            yield before

    def _hand_over(self, importer: Importer, records: Sequence[Record]) -> list[Record]:
        """Give the good records to the importer; return those that wait for others."""
        good = [record for record in records if not record.refused]
        with self._timed("write"):
            later = list(importer.take(good)) if good else []
        waits = {id(record) for record in later}
        done = [record for record in records if id(record) not in waits]
        with self._timed("understand"):
            self.twins.look(done)
        self._tally(done)
        return later

    def _see_to_waiting(self, importer: Importer, waiting: list[Record]) -> None:
        while waiting:
            before = len(waiting)
            waiting = self._hand_over(importer, waiting)
            if len(waiting) == before:
                importer.give_up(waiting)
                self._tally(waiting)
                return

    def _tally(self, records: Sequence[Record]) -> None:
        """Count records that are done with, and write down what became of them."""
        with self._timed("tally"):
            spooled = []
            for record in records:
                cells = self._cells(record) if record.refused else {}
                changes = self.run.settle(record, cells)
                self.report.count(record.outcome or Outcome.UNCHANGED)
                self.report.extend(record.issues)
                if not record.refused and any(issue.severity is Severity.WARNING for issue in record.issues):
                    self.report.warned_rows += 1
                if self.spool is not None:
                    spooled.append(spooled_row(self.run, record, changes, cells))
            if self.spool is not None:
                self.spool.write(spooled)
            self.run.flush()

    def _cells(self, record: Record) -> Mapping[str, Any]:
        """Return the row of a record as the file has it."""
        row = self._rows.get(record.number)
        return cells_of(row) if row is not None else {}

    def _without_examples(self, rows: list[Row]) -> list[Row]:
        """Put together what an export has split, and leave out the example row of a template that nobody deleted."""
        joined, is_csv = self._joined, self.file.format == "csv"
        if joined or is_csv:
            for row in rows:
                mended(row.values, joined=joined, is_csv=is_csv)
        kept = [row for row in rows if not is_example(row)]
        self._examples += len(rows) - len(kept)
        return kept

    def _tell(self, rows: Sequence[Row], doing: str) -> None:
        """Say what is done now with which rows: a piece of some thousand takes a while, and few files say how many they have."""
        if self.progress is not None and rows:
            now = {"first": f"{rows[0].number:,}", "last": f"{rows[-1].number:,}"}
            self.progress.step(self.done, self.file.row_count, doing % now)

    def _settle_indexes(self) -> None:
        """Sort what waits beside the indexes of words into them: a search would have to look through all of it."""
        if (
            sum(len(pks) for touched in (self.run.created, self.run.changed) for pks in touched.values())
            < _MANY_ROWS
        ):
            return
        with self._timed("index"), connection.cursor() as cursor:
            cursor.execute(
                "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND pg_get_userbyid(c.relowner) = current_user"
            )

    def _tell_following(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress.step(done, total, gettext("Seeing to what follows: places, names, spellings"))

    # -- after the last row --------------------------------------------------------------------

    def _follow_up(self) -> None:
        models = dict.fromkeys([*self.run.created, *self.run.changed])
        late = LateRemarks(self.run, self.report, self.spool)
        for model, follow_up in follow_ups(models):
            created, changed = self.run.created[model], self.run.changed[model]
            follow_up(
                Touched(
                    run=self.run,
                    created=created,
                    changed=changed,
                    tell=self._tell_following,
                    remark=late.write,
                )
            )

    def _last_remarks(self) -> None:
        report, file = self.report, self.file
        if self.interpreter.left_out:
            params = {"count": self.interpreter.left_out, "condition": " , ".join(self.options.where)}
            report.add(RowIssue(None, None, Severity.NOTE, Message(_LEFT_OUT, params)))
        if self._examples:
            report.add(RowIssue(None, None, Severity.NOTE, Message(_EXAMPLE)))
        if (note := self.interpreter.accuracy_note) is not None:
            report.add(RowIssue(None, None, Severity.WARNING, note))
        if (note := self.interpreter.axes.note) is not None:
            report.add(RowIssue(None, None, Severity.NOTE, note))
        report.likely_exchanged = self.interpreter.seem_exchanged
        report.likely_crs = self.interpreter.better_crs
        if (shift := self.run.whereabouts.shift(declared=report.crs or "")) is not None:
            report.add(RowIssue(None, None, Severity.WARNING, shift.message))
            report.likely_crs = report.likely_crs or shift.crs
        report.extend(file.issues)
        report.extend(self.run.issues)
        report.encoding, report.encoding_guessed = file.encoding, file.encoding_guessed

    def _begin_batch(self) -> Batch:
        self.report.batch = str(self.run.batch_id)
        values: dict[str, Any] = {
            "kind": self.kind.code, "file_name": self.file.name[:255], "sha256": self.report.sha256,
            "layer": self.file.layer[:120], "source_crs": (self.report.crs or "")[:120], "options": self.options.to_json(),
            "state": Batch.State.COMMITTED, "source": self.run.source, "committed_at": timezone.now(),
        }  # fmt: skip
        if self.batch is None:
            return Batch.objects.create(id=self.run.batch_id, job=self.job, created_by=self.user, **values)
        # Two clicks on one button are two pieces of work: the second waits here, and finds it done.
        rows = Batch.objects.select_for_update(of=("self",)).select_related("created_by", "submitted_by")
        batch = rows.get(pk=self.batch.pk)
        if not (batch.is_open if self.approved_by is None else batch.waits):
            raise GeodataError(Message(_DONE_ALREADY, {"file": batch.file_name}))
        for name, value in values.items():
            setattr(batch, name, value)
        return batch

    def _end_batch(self, batch: Batch) -> None:
        counts = self.report.counts
        batch.encoding = (self.file.encoding or "")[:40]
        batch.count_new, batch.count_changed = counts[Outcome.NEW], counts[Outcome.CHANGED]
        batch.count_unchanged, batch.count_refused = counts[Outcome.UNCHANGED], counts[Outcome.REFUSED]
        batch.count_undecided = 0
        batch.report = self.report.to_json(gettext)
        batch.changed_meanwhile = []
        if self.approved_by is not None:
            note_approval(batch, self.approved_by)
        elif self.user is not None and batch.created_by_id not in {None, self.user.pk}:
            batch.decided_by, batch.decided_at = self.user, timezone.now()
        batch.save()

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.report.time(step, time.perf_counter() - started)


class _Doubles:
    """Rows of one file that are about the same record: the first goes in, the others are refused."""

    def __init__(self, declaration: Declaration) -> None:
        self.key = declaration.key
        self.first = FirstRows()

    def refuse(self, records: Iterable[Record], run: ImportRun) -> None:
        """Refuse the rows whose key was there before."""
        told: list[Record] = []
        keys: list[list[object]] = []
        for record in records:
            values = record.values
            key = [values.get(name) for name in self.key]
            if not record.refused and any(part is not None for part in key):
                told.append(record)
                keys.append(key)
        for record, first in zip(told, self.first.meet(keys, [r.number for r in told]), strict=True):
            if first == record.number:
                continue
            named = [name for name in self.key if name in record.values]
            params = {"first": first, "key": "、".join(run.header(name) for name in named)}
            record.refuse(
                Message(_DOUBLE, params), column=run.header(named[0]), value=record.values[named[0]]
            )
