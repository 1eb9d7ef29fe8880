"""Remarks on rows that were done with before they could be made.

What follows on an import (places for new roads, say) comes after the last row, and may have something to say of single rows. It
knows records, not rows: the batch knows which row made or changed which record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from geo_registry.geodata.errors import Message
from geo_registry.geodata.records import ImportReport, RowIssue, Severity

from ..models import BatchRow
from .neutral import issues_to_json
from .run import ImportRun
from .spool import SpoolWriter

_AT_A_TIME: Final = 2_000


@dataclass(frozen=True, slots=True)
class LateRemark:
    """A warning about what one of some records of a model was made of.

    Parameters
    ----------
    model : type of Model
    pks : sequence of int
        Records that it may stand beside; it stands at the first row of the file that made or changed one.
    message : Message
    column : str or None
        Header that it is about.
    """

    model: type[Model]
    pks: Sequence[int]
    message: Message
    column: str | None = None


class LateRemarks:
    """Takes remarks in, and writes them beside their rows.

    Parameters
    ----------
    run : ImportRun
    report : ImportReport
    spool : SpoolWriter or None
        The preview that is being written.
    """

    def __init__(self, run: ImportRun, report: ImportReport, spool: SpoolWriter | None) -> None:
        self._run, self._report, self._spool = run, report, spool

    def write(self, remarks: Sequence[LateRemark]) -> None:
        """Write remarks. What no row of this file is about goes unsaid: the file did not bring it."""
        self._run.flush()
        for start in range(0, len(remarks), _AT_A_TIME):
            self._write(remarks[start : start + _AT_A_TIME])

    def _write(self, remarks: Sequence[LateRemark]) -> None:
        rows = self._rows(remarks)
        issues: defaultdict[int, list[RowIssue]] = defaultdict(list)
        held: dict[int, BatchRow] = {}
        for remark in remarks:
            found = [rows[remark.model, pk] for pk in remark.pks if (remark.model, pk) in rows]
            if not found:
                continue
            row = min(found, key=lambda each: (each.row, each.pk))
            held[row.row] = row
            issues[row.row].append(RowIssue(row.row, remark.column, Severity.WARNING, remark.message))
        for number, said in issues.items():
            self._report.extend(said)
            row = held[number]
            only_now = all(each["s"] != Severity.WARNING for each in row.issues)
            self._report.warned_rows += only_now
            self._report.late_warned_rows += only_now
            row.issues = [*row.issues, *issues_to_json(said)]
        BatchRow.objects.bulk_update(held.values(), ["issues"], batch_size=500)
        if self._spool is not None:
            self._spool.add_issues({number: issues_to_json(said) for number, said in issues.items()})

    def _rows(self, remarks: Iterable[LateRemark]) -> Mapping[tuple[type[Model], int], BatchRow]:
        """Return the row of this batch that each remark stands beside, by each of the records that it is about.

        A long road has hundreds of stretches, each with its row: of these only the numbers are read.
        """
        wanted: defaultdict[type[Model], set[int]] = defaultdict(set)
        for remark in remarks:
            wanted[remark.model].update(remark.pks)
        rows: dict[tuple[type[Model], int], tuple[int, int]] = {}
        for model, pks in wanted.items():
            kind = ContentType.objects.get_for_model(model)
            held = BatchRow.objects.filter(batch=self._run.batch_id, content_type=kind, object_id__in=pks)
            for object_id, number, pk in held.values_list("object_id", "row", "pk"):
                assert object_id is not None  # noqa: S101 - it was asked for by it
                key = (model, object_id)
                rows[key] = min(rows.get(key, (number, pk)), (number, pk))
        first = {}
        for remark in remarks:
            keys = [key for pk in remark.pks if (key := (remark.model, pk)) in rows]
            if keys:
                key = min(keys, key=rows.__getitem__)
                first[key] = rows[key][1]
        loaded = BatchRow.objects.in_bulk(first.values())
        return {key: loaded[pk] for key, pk in first.items()}
