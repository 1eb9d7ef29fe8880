"""One file on its way into the registry: its rows, the batch that it becomes, and what follows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from geo_registry.accounts.models import User
from geo_registry.geodata.conditions import parse_condition
from geo_registry.geodata.crs import Converter
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.geodata.identity import Guard
from geo_registry.geodata.interpretation import Interpreter, Mend, position_header
from geo_registry.geodata.readers import Row
from geo_registry.geodata.readers import Source as OpenFile
from geo_registry.geodata.records import ImportReport, Outcome, RowIssue, Severity
from geo_registry.jobs.models import Job
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import Source
from geo_registry.territory.models import Installation

from ..models import Batch
from ..registry import Importer, Kind, Touched, follow_ups
from .approval import note_approval
from .copy_queue import copying_behind
from .doubles import Doubles
from .errors import PreviewChanged, RowsRefused
from .late import LateRemarks
from .options import Options
from .rows import cells_of, is_example, mark_blanks, spooled_row
from .run import ImportRun
from .sources import expected_bounds, source_for
from .spool import SpoolWriter, differences
from .texts import mended
from .turns import settle_indexes, wait_for_turn
from .twins import Twins
from .understanding import understand

CHUNK_ROWS = 5_000
# From so many rows on an index may hold more unsorted keys than a search should have to look through.
_MANY_ROWS = 2_000

_LEFT_OUT = gettext_noop("{count} rows did not meet the condition {condition} and were left out.")
_DONE_ALREADY = gettext_noop("“{file}” was taken in or thrown away meanwhile.")
_EXAMPLE = gettext_noop("The example row of the template was left out.")


class OneFile:
    """One file on its way into the registry.

    Parameters
    ----------
    kind, file, options
        What the file is of, the file, and how it is to be read.
    user, job, progress, batch, spool, previewed, approved_by
        See `importing.import_file`; ``spool`` is open already.
    mend
        What mends shapes: here, or in a process of its own.
    """

    def __init__(
        self,
        *,
        kind: Kind,
        file: OpenFile,
        options: Options,
        user: User | None,
        job: Job | None,
        progress: Progress | None,
        batch: Batch | None,
        spool: SpoolWriter | None,
        previewed: Path | None,
        approved_by: User | None,
        mend: Mend,
    ) -> None:
        self.kind = kind
        self.file = file
        self.options = options
        self.user = user
        self.job = job
        self.progress = progress
        self.batch = batch
        self.spool = spool
        self.previewed = previewed
        self.approved_by = approved_by
        self.mend = mend
        self.report = ImportReport(kind.code, file.name, layer=file.layer)
        self.doubles = Doubles(kind.declaration)
        self.interpreter: Interpreter
        self.run: ImportRun
        self.twins: Twins
        self.done = 0
        self._rows: dict[int, Row] = {}
        self._examples = 0
        self._joined: dict[str, str] = {}

    def do(self, source: Source | str | None, *, dry_run: bool) -> ImportReport:
        """Take the file in within one transaction (see `run_import`)."""
        report, file = self.report, self.file
        report.dry_run = dry_run
        with self._timed("checksum"):
            report.sha256 = file.sha256()
        match, guard, crs, self._joined = understand(
            file=file, declaration=self.kind.declaration, options=self.options, report=report
        )
        with transaction.atomic():
            wait_for_turn(self.progress)
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

    def _context(self) -> dict[str, object]:
        context: dict[str, object] = {
            "command": "import_data", "batch": str(self.run.batch_id), "file": self.file.name, "kind": self.kind.code,
        }  # fmt: skip
        if self.approved_by is not None:
            context["approved_by"] = self.approved_by.pk
        return context | ({"user": self.user.pk} if self.user is not None else {})

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
        touched = (pks for rows in (self.run.created, self.run.changed) for pks in rows.values())
        if sum(len(pks) for pks in touched) >= _MANY_ROWS:
            with self._timed("index"):
                settle_indexes()
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
        if (shift := self.run.whereabouts.shift()) is not None:
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
