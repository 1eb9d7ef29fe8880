"""The registry beside an export of the national database: what is missing on either side, what differs, what is doubled.

The national database has some villages twice, as a division (category 21610) and as the seat of its committee (27610); both are
one place here. Places are matched by their national code, else by name within the same township; where a row says
neither a code nor a division, by name alone, if only one place has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.geodata.declarations import Declaration, Match, match_columns, normalise_header
from geo_registry.geodata.isolation import open_isolated
from geo_registry.geodata.readers import Row
from geo_registry.geodata.values import BadValue, Noted
from geo_registry.geodata.workbooks import WorkbookWriter
from geo_registry.imports.registry import ExportScope
from geo_registry.text import match_form, plain_letters
from placenames.importers import PLACE_NAMES
from placenames.naming.generic import without_committee

from .exports import export_place_names

DIVISION_CATEGORY, SEAT_CATEGORY = "21610", "27610"
# What is compared, with how a value is brought to the form in which it is compared.
COMPARED: Final = (
    "name",
    "pinyin",
    "place_code",
    "category_code",
    "origin",
    "meaning",
    "history",
    "former_names",
)
# So many digits of a code say in which township a place lies; the serial numbers behind it say nothing.
_TOWNSHIP_DIGITS: Final = 9


class Kind(models.TextChoices):
    """What is different."""

    NOT_HERE = "not_here", _("in the file, not in the registry")
    NOT_THERE = "not_there", _("in the registry, not in the file")
    DIFFERS = "differs", _("differs")
    DOUBLED = "doubled", _("twice in the file (21610 and 27610)")
    AMBIGUOUS = "ambiguous", _("several in the registry fit")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference: where in the file (row), which name, and for a field what each side says."""

    kind: Kind
    name: str
    row: int | None = None
    place_code: str = ""
    short_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    # Which column, by the declaration's name for it; below it the function of that name is hidden.
    field: str = ""
    there: str = ""
    here: str = ""


@dataclass(kw_only=True)
class Comparison:
    """All differences, and how many rows and places were compared."""

    rows: int = 0
    places: int = 0
    same: int = 0
    unread: int = 0
    # Headers of the file, in its order, that nobody took for a field.
    unused: tuple[str, ...] = ()
    differences: list[Difference] = field(default_factory=list)

    def count(self, kind: Kind) -> int:
        """Return how many differences of a kind there are."""
        return sum(difference.kind == kind for difference in self.differences)


@dataclass(frozen=True)
class _Entry:
    """One side's place: its row in the file, or none; its values in plain form."""

    number: int | None
    values: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.values.get("name", "")

    @property
    def code(self) -> str:
        return self.values.get("place_code", "")

    @property
    def is_seat(self) -> bool:
        """Whether this is the seat of a village's committee, which is no other place than the village."""
        return self.values.get("category_code") == SEAT_CATEGORY

    def matched_by(self) -> Iterator[tuple[str, str]]:
        """Yield what the place is matched by, the surest first."""
        if self.code:
            yield "code", self.code
        township = (self.values.get("division_code") or self.code)[:_TOWNSHIP_DIGITS]
        yield township, match_form(_village(self.name))

    def by_name_alone(self) -> tuple[str, str]:
        """Return what a row that says nothing of where it lies is matched by."""
        return "", match_form(_village(self.name))


def _village(name: str) -> str:
    """Return the place a committee is named after, also where its own 村 is written before the committee's: 新庄村村民委员会."""
    place = without_committee(name)
    return place[:-1] if place.endswith("村村") else place


def compare(
    path: Path,
    *,
    scope: ExportScope | None = None,
    encoding: str | None = None,
    called: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare the registry with a file of the national database's fields.

    Parameters
    ----------
    path
        XLSX, CSV, GeoPackage or any other file that place names are imported from.
    scope
        Which places of the registry; without it, all.
    encoding
        Of a text file, if it does not say.
    called
        What the office calls columns: normal form of a header → field, empty for what is nothing.

    Raises
    ------
    GeodataError
        If the file cannot be read or has no column for names.
    """
    told = Comparison()
    theirs = list(_read(path, PLACE_NAMES, told, encoding=encoding, called=called or {}))
    ours = [_Entry(None, _plain(row.values)) for row in export_place_names(scope or ExportScope())]
    told.rows, told.places = len(theirs), len(ours)
    theirs = _without_doubles(theirs, told)
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, entry in enumerate(ours):
        for key in {*entry.matched_by(), entry.by_name_alone()}:
            index[key].append(number)
    used: set[int] = set()
    for entry in theirs:
        found = _match(entry, index)
        if len(found) > 1:
            told.differences.append(_whole(Kind.AMBIGUOUS, entry))
            used.update(found)
        elif not found:
            told.differences.append(_whole(Kind.NOT_HERE, entry))
        else:
            used.add(found[0])
            _compare_fields(entry, ours[found[0]], told)
    told.differences += [
        _whole(Kind.NOT_THERE, entry) for number, entry in enumerate(ours) if number not in used
    ]
    return told


def _read(
    path: Path,
    declaration: Declaration,
    told: Comparison,
    *,
    encoding: str | None,
    called: Mapping[str, str],
) -> Iterator[_Entry]:
    with open_isolated(path, encoding=encoding) as file:
        mapping = {
            field: header
            for header in reversed(file.columns)
            if declaration.column(field := called.get(normalise_header(header), "")) is not None
        }
        match = match_columns(declaration, file.columns, mapping=mapping, file=file.name)
        read = set(match.headers.values())
        # A column that the office has said to be nothing here is no news.
        told.unused = tuple(
            header
            for header in file.columns
            if header not in read and called.get(normalise_header(header)) != ""
        )
        for row in file.rows():
            values = _values(row, match, told)
            if values.get("name"):
                yield _Entry(row.number, values)


def _values(row: Row, match: Match, told: Comparison) -> dict[str, str]:
    values: dict[str, Any] = {}
    for column in match.declaration.columns:
        cell = row.values.get(match.headers.get(column.field, ""))
        if cell is None or cell == "":
            continue
        try:
            value = column.parse(cell)
        except BadValue:
            told.unread += 1
            continue
        values[column.field] = value.value if isinstance(value, Noted) else value
    return _plain(values)


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _word(value) for name, value in values.items() if value not in (None, "", [])}


def _word(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value).strip()


def _without_doubles(entries: Sequence[_Entry], told: Comparison) -> list[_Entry]:
    """Leave out the second of a village's two entries, and say so; the division stays."""
    groups: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        groups[list(entry.matched_by())[-1]].append(entry)
    dropped: set[int | None] = set()
    for group in groups.values():
        categories = {entry.values.get("category_code"): entry for entry in group}
        if DIVISION_CATEGORY in categories and SEAT_CATEGORY in categories:
            seat = categories[SEAT_CATEGORY]
            dropped.add(seat.number)
            told.differences.append(
                Difference(
                    kind=Kind.DOUBLED, name=seat.name, row=seat.number, place_code=seat.code, field="category_code",
                    # Which row of the file has which category.
                    there="、".join(f"{code} ({categories[code].number})" for code in (DIVISION_CATEGORY, SEAT_CATEGORY)),
                )
            )  # fmt: skip
    return [entry for entry in entries if entry.number not in dropped]


def _match(entry: _Entry, index: Mapping[tuple[str, str], Sequence[int]]) -> Sequence[int]:
    return next((index[key] for key in entry.matched_by() if key in index), ())


def _whole(kind: Kind, entry: _Entry) -> Difference:
    return Difference(
        kind=kind, name=entry.name, row=entry.number, place_code=entry.code,
        short_id=entry.values.get("short_id", ""), values=entry.values,
    )  # fmt: skip


def _compare_fields(theirs: _Entry, ours: _Entry, told: Comparison) -> None:
    """Note the fields in which both say something, and not the same."""
    differing = [
        name
        for name in COMPARED
        if (one := theirs.values.get(name))
        and (other := ours.values.get(name))
        and not _same(name, one, other)
        # The seat of a village's committee is called by the committee's name, and is the village here.
        and not (
            name == "name" and theirs.is_seat and match_form(_village(one)) == match_form(_village(other))
        )
    ]
    told.same += not differing
    told.differences += [
        Difference(
            kind=Kind.DIFFERS, name=ours.name, row=theirs.number, place_code=theirs.code or ours.code, field=name,
            there=theirs.values[name], here=ours.values[name], short_id=ours.values.get("short_id", ""),
        )
        for name in differing
    ]  # fmt: skip


def _same(name: str, one: str, other: str) -> bool:
    if name == "pinyin":
        # The national database writes spellings with and without tones.
        return plain_letters(one) == plain_letters(other)
    return match_form(one) == match_form(other)


def write_workbook(told: Comparison, target: Path) -> None:
    """Write the differences as an XLSX file, one a row."""
    book = WorkbookWriter()
    book.sheet(
        str(_("Differences")),
        header=[str(word) for word in _HEADER],
        rows=_rows(told.differences),
    )
    book.save(target)


_HEADER: Final = (
    _("difference"), _("row of the file"), _("name"), _("national place code"), _("field"), _("in the file"), _("in the registry"),
)  # fmt: skip


def _rows(differences: Iterable[Difference]) -> Iterator[list[Any]]:
    titles = {column.field: column.headers[0] for column in PLACE_NAMES.columns}
    for one in differences:
        yield [
            str(one.kind.label),
            one.row,
            one.name,
            one.place_code,
            titles.get(one.field, one.field),
            one.there,
            one.here,
        ]
