"""How a change of many names is shown, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy

from geo_registry.accounts.models import User
from geo_registry.imports.services.neutral import said
from placenames.models import Name, NameBatch, NameBatchRow
from placenames.naming.checks import NOT_PUBLIC, Severity

from ..cases.pending import PendingCases
from ..checking import Checker
from ..checking.words import finding_message, to_be_looked_at
from ..reviewing import require, subject_of_name, with_what_checks_need
from .checked import NEW

_Outcome = NameBatchRow.Outcome

GROUPS: Final[dict[str, Q]] = {
    "found": Q(weight__gt=0) & ~Q(outcome=_Outcome.LEFT),
    "left": Q(outcome=_Outcome.LEFT),
    "chosen": Q(outcome=_Outcome.CHOSEN),
    "kept": Q(outcome=_Outcome.KEPT),
    "new": Q(trace__has_key=NEW),
}
"""What a page of a change may be narrowed to."""
GROUP_WORDS: Final = (
    ("new", pgettext_lazy("change of many names", "come up since you looked")),
    ("left", pgettext_lazy("change of many names", "left alone: a check blocks it")),
    ("found", pgettext_lazy("change of many names", "with something to look at")),
    ("kept", pgettext_lazy("change of many names", "kept: changed again since")),
)


def counts(batch: NameBatch) -> dict[str, int]:
    """Return how many rows each group of a change has."""
    return batch.rows.aggregate(
        **{group: Count("pk", filter=condition) for group, condition in GROUPS.items()}
    )


def last_of(user: User, *, most: int = 5) -> QuerySet[NameBatch]:
    """Return a person's last changes: those that were made, and those whose names are checked and wait for the word."""
    rows = NameBatch.objects.filter(owner=user)
    return rows.exclude(state=NameBatch.State.WAITING, checked_at__isnull=True)[:most]


def findings_told(rows: Sequence[NameBatchRow], user: User) -> list[tuple[NameBatchRow, list[str]]]:
    """Return, with each row, what the checks found of its name, as one person is told of it.

    What is kept tells nobody of a name that is not public. Such names are checked anew, so that whoever may read it is told.
    """
    veiled = [row.name_id for row in rows if any(_is_veiled(each) for each in row.findings)]
    anew = _told_anew(veiled, user) if veiled else {}
    return [
        (
            row,
            [
                anew.get((row.name_id, each["p"].get("number")), said(each))
                if _is_veiled(each)
                else said(each)
                for each in row.findings
            ],
        )
        for row in rows
    ]


def _is_veiled(stored: Mapping[str, Any]) -> bool:
    text = stored["p"].get("text")
    return isinstance(text, Mapping) and text["t"] in NOT_PUBLIC


def _told_anew(name_ids: Sequence[int], user: User) -> dict[tuple[int, int], str]:
    """Return what checks find now, as a sentence for each name and number of a check."""
    checker = Checker(least=Severity.WARN)
    names = list(with_what_checks_need(Name.objects.filter(pk__in=name_ids)).order_by("pk"))
    subjects = [subject_of_name(name) for name in names]
    checked = checker.check(subjects, other_cases=PendingCases(checker.lexicon))
    return {
        (name.pk, finding.rule.number): finding_message(finding).render(gettext)
        for name, each in zip(names, checked, strict=True)
        for finding in each.told_to(user).findings
        if to_be_looked_at(finding)
    }


def may_see(batch: NameBatch, user: User) -> bool:
    """Whether a person may look at a change: who made it, and who may do the same everywhere it reached."""
    if batch.owner_id == user.pk:
        return True
    scope = user.scope()
    try:
        require(user, batch.act)
    except PermissionDenied:
        return False
    reach = batch.division
    return scope is None or (reach is not None and reach.path.startswith(scope.path))
