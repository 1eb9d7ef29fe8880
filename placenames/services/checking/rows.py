"""Rules, lists, limits and numbers from their tables, as the checks take them."""

from __future__ import annotations

import datetime
from collections import defaultdict

from geo_registry.reference.models import Mark, NameRule, ReferenceValue
from placenames.models.rules import ListWord, TermLimit, WordList
from placenames.naming.checks import Entry, Rule, Severity, TermLimits

_READ = {Mark.READ, Mark.TRIED}
NUMBERS = {
    "max-characters": "name-max-characters",
    "filing-days": "name-filing-days",
    "announcement-days": "name-announcing-days",
    "split-within-m": "name-split-within-m",
}


def rules_on(day: datetime.date) -> dict[int, Rule]:
    """Return the office's rows by number, the latest version of each that holds on a day."""
    rules: dict[int, Rule] = {}
    for row in NameRule.objects.order_by("number", "version"):
        if (row.valid_from and row.valid_from > day) or (row.valid_to and row.valid_to <= day):
            continue
        rules[row.number] = Rule(
            number=row.number, version=row.version, code=row.code, severity=Severity(row.severity),
            elsewhere=Severity(row.severity_elsewhere), article=row.article, title=row.title,
            may_block=row.mark in _READ,
        )  # fmt: skip
    return rules


def lists_on(day: datetime.date) -> dict[str, list[Entry]]:
    """Return the lists; a reservation that has run out is left to its check, other words must hold on the day."""
    lists: dict[str, list[Entry]] = defaultdict(list)
    for word in ListWord.objects.order_by("list", "text"):
        expired = word.valid_to is not None and word.valid_to <= day
        if (word.valid_from and word.valid_from > day) or (expired and word.list != WordList.RESERVED):
            continue
        lists[word.list].append(
            Entry(
                key=f"entry:{word.pk}", text=word.text, other=word.other, note=word.note, verified=word.verified,
                taken_by=word.taken_by, expires=word.valid_to,
            )
        )  # fmt: skip
    return dict(lists)


def limits() -> dict[str, TermLimits]:
    """Return what generic terms are fit for."""
    return {
        row.term: TermLimits(
            term=row.term, families=tuple(row.families), min_width_m=row.min_width_m, max_width_m=row.max_width_m,
            min_length_m=row.min_length_m, max_length_m=row.max_length_m, source=row.source,
        )
        for row in TermLimit.objects.all()
    }  # fmt: skip


def numbers_on(day: datetime.date) -> dict[str, float]:
    """Return the reference values that checks use; one that is not there is left out."""
    found = {key: ReferenceValue.objects.effective(row, on=day) for key, row in NUMBERS.items()}
    return {key: float(row.value) for key, row in found.items() if row is not None}
