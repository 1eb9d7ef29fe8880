"""What the checks find of the names of a change of many: shown before the change, and found once more at its end.

Hours may lie between the two, and other people's work. Whatever the reviewer has not seen stops the change: nothing is done, the
rows say what is found now, and the reviewer looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geo_registry.imports.services.neutral import message_to_json
from geo_registry.jobs.work import Progress
from placenames.models import Name, NameBatch, NameBatchRow
from placenames.naming.checks import Finding, Severity

from ..cases.pending import PendingCases
from ..checking import Checker
from ..checking.words import finding_message, to_be_looked_at
from ..reviewing import subject_of_name, with_what_checks_need
from .chunks import chunks, tell

CHECKED: Final = frozenset({NameBatch.Act.ACCEPT.value})
"""What is done only to names that the checks were run on."""
NEW: Final = "new"
"""Marks, in a row's trace, what was found only when the change was about to be made."""
_Outcome = NameBatchRow.Outcome


class FoundOtherwise(ValidationError):  # noqa: N818 - says what happened
    """The checks find something that was not shown: nothing is changed.

    Attributes
    ----------
    rows
        The names it was found of, as rows that are not saved.
    """

    def __init__(self, rows: Sequence[NameBatchRow]) -> None:
        count = len(rows)
        super().__init__(
            ngettext(
                "Nothing is changed: something has come up about %(count)d of the names. Look at it, then decide again.",
                "Nothing is changed: something has come up about %(count)d of the names. Look at it, then decide again.",
                count,
            )
            % {"count": count}
        )
        self.rows = rows


def check_names(batch: NameBatch, name_ids: Sequence[int], progress: Progress | None) -> None:
    """Write a row for each name with what the checks find of it; what a check blocks is to be left alone."""
    for rows in _looked_at(batch, name_ids, progress, _("Checking names")):
        NameBatchRow.objects.bulk_create(rows)
    batch.checked_at = timezone.now()
    batch.save()


def check_again(batch: NameBatch, name_ids: Sequence[int], progress: Progress | None) -> None:
    """Run the checks on names that are about to be changed.

    Raises
    ------
    FoundOtherwise
        If they find anything of a name that its row does not say.
    """
    known = dict(batch.rows.filter(name__in=name_ids).values_list("name_id", "findings"))
    found = [
        row
        for rows in _looked_at(batch, name_ids, progress, _("Checking names once more"))
        for row in rows
        if any(finding not in known[row.name_id] for finding in row.findings)
    ]
    if found:
        raise FoundOtherwise(found)


@transaction.atomic
def keep_what_was_found(batch: NameBatch, found: Sequence[NameBatchRow]) -> None:
    """Have the rows of a change that still waits say what is found now."""
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state != NameBatch.State.WAITING:
        return
    row.rows.filter(trace__has_key=NEW).update(trace={})
    fresh = {each.name_id: each for each in found}
    rows = list(row.rows.filter(name__in=fresh))
    for each in rows:
        now = fresh[each.name_id]
        each.outcome, each.weight, each.findings, each.trace = (
            now.outcome,
            now.weight,
            now.findings,
            {NEW: True},
        )
    NameBatchRow.objects.bulk_update(rows, ["outcome", "weight", "findings", "trace"], batch_size=1_000)
    row.checked_at = timezone.now()
    row.save()


def _looked_at(
    batch: NameBatch, name_ids: Sequence[int], progress: Progress | None, saying: str
) -> Iterator[list[NameBatchRow]]:
    checker = Checker(least=Severity.WARN)
    pending = PendingCases(checker.lexicon)
    for done, chunk in chunks(name_ids):
        names = list(with_what_checks_need(Name.objects.filter(pk__in=chunk)).order_by("pk"))
        checked = checker.check([subject_of_name(name) for name in names], other_cases=pending)
        yield [_row(batch, name, each.findings) for name, each in zip(names, checked, strict=True)]
        tell(progress, done, len(name_ids), saying)


def _row(batch: NameBatch, name: Name, findings: Sequence[Finding]) -> NameBatchRow:
    found = [finding for finding in findings if to_be_looked_at(finding)]
    blocked = any(finding.severity is Severity.BLOCK for finding in found)
    return NameBatchRow(
        batch=batch, name=name, outcome=_Outcome.LEFT if blocked else _Outcome.CHOSEN,
        weight=max((finding.severity.weight for finding in found), default=0),
        findings=[message_to_json(finding_message(finding)) for finding in found],
    )  # fmt: skip
