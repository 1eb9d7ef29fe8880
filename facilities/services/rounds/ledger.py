"""A round's ledger: who said what of which facility, to look through, to print and file, to take along as a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.geodata.workbooks import Cell, WorkbookWriter
from geo_registry.territory.models import Division

from ...models import Confirmation, Round
from .facts import CODES, label, words
from .progress import Townships, visible

State = Confirmation.State
# What is still to be done first.
_ORDER = (State.RETURNED, State.WAITING, State.APPROVING, State.DONE, State.LAPSED)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One facility's line of the ledger."""

    confirmation: Confirmation

    @property
    def said(self) -> list[tuple[str, str, bool]]:
        """What was answered: the fact, the value in words, and whether it was corrected."""
        row = self.confirmation
        return [
            (label(code), words(code, row.answers[code]) or "—", row.answers[code] != row.before.get(code))
            for code in CODES
            if code in row.answers
        ]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A township's part of the ledger; ``township`` is ``None`` for what lies above all of them."""

    township: Division | None
    lines: Sequence[Line]


def rows(round_: Round, user: User, *, state: str = "", town: str = "") -> QuerySet[Confirmation]:
    """Return a round's rows in a person's scope, what is still to be done first.

    Parameters
    ----------
    round_, user
        Which, and whose scope.
    state, town
        Narrowed to a state, and to a township's code.
    """
    found = visible(round_, user).select_related(
        "facility__kind", "facility__division", "facility__source", "confirmed_by", "decided_by"
    )
    if state:
        found = found.filter(state=state)
    if town:
        found = found.filter(facility__division__path__contains=f"/{town}/")
    place = Case(
        *(When(state=value, then=Value(number)) for number, value in enumerate(_ORDER)),
        output_field=IntegerField(),
    )
    found = found.defer("facility__division__boundary", "facility__location")
    return found.annotate(place=place).order_by("place", "facility__number")


def ledger(round_: Round, user: User, *, town: str = "") -> list[Group]:
    """Return the ledger, township by township. Three queries, however long it is."""
    townships = Townships.read()
    groups: dict[Division | None, list[Line]] = {}
    for row in rows(round_, user, town=town).order_by("facility__number"):
        groups.setdefault(townships.of(row.facility.division.path), []).append(Line(confirmation=row))
    order = sorted(groups, key=lambda one: (one is None, one.code if one is not None else ""))
    return [Group(township=one, lines=groups[one]) for one in order]


def header() -> list[str]:
    """Return the headings of the sheet."""
    facts = [label(code) for code in CODES]
    return [
        _("township"), _("facility number"), _("name"), _("kind"), _("state"), _("as of"), _("how it is known"),
        *facts, _("corrected"), _("confirmed by"), _("decided by"), _("remark"),
    ]  # fmt: skip


def sheet_rows(groups: Iterable[Group]) -> Iterator[list[Cell]]:
    """Return the rows of the sheet, in the order of the ledger; corrected facts are named in one column."""
    for group in groups:
        for line in group.lines:
            row = line.confirmation
            corrected = [
                label(code)
                for code in CODES
                if code in row.answers and row.answers[code] != row.before.get(code)
            ]
            yield [
                group.township.name if group.township is not None else "",
                row.facility.number,
                row.facility.name,
                row.facility.kind.name,
                str(row.get_state_display()),
                row.as_of,
                str(row.get_method_display()) if row.method else "",
                *(words(code, row.answers.get(code)) for code in CODES),
                _(", ").join(corrected),
                str(row.confirmed_by or ""),
                str(row.decided_by or ""),
                row.remark,
            ]


def workbook(round_: Round, user: User, *, town: str = "") -> bytes:
    """Return the ledger as an XLSX file; whatever somebody typed stays a text in it."""
    groups = ledger(round_, user, town=town)
    above = [_("Ledger of the confirmation round %(round)s") % {"round": round_.label}]
    if any(line.confirmation.facility.is_demo for group in groups for line in group.lines):
        above.append(_("Demo data: partly invented, not to be relied on."))
    book, target = WorkbookWriter(), io.BytesIO()
    book.sheet(round_.label, header=header(), rows=sheet_rows(groups), above=above)
    book.save(target)
    return target.getvalue()
