"""From files of reference rows to the tables: what is missing is added, what an office has changed stays as it is.

A file is TOML. Its top-level lists are *sections* (``[[value]]``, ``[[profile]]`` …), each handled by the function that is
registered for it. Apps above this one register theirs in ``apps.ready()``; this one knows none of them.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

import pghistory
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from .models import Mark

COMMAND: Final = "load_reference"
FOLDER: Final = Path(__file__).parent / "data"

# Sections are loaded in this order, whatever their order in a file: a network's kinds need the functions.
SECTION_ORDER: Final = (
    "source",
    "value",
    "profile",
    "rule",
    "holiday",
    "workday",
    "function",
    "network",
    "commitment",
    "round_question",
    "post",
    "place_kind",
    "kind_procedure",
    "term_limit",
    "list_word",
    "campaign_goal",
    "check_list",
    "score_sheet",
    "fact",
    "status_rule",
)

# The marks of the domain notes, and what they are called in the tables.
MARKS: Final[Mapping[str, Mark]] = {
    "V": Mark.READ,
    "T": Mark.TRIED,
    "M": Mark.MEMORY,
    "E": Mark.ESTIMATE,
    "?": Mark.NOT_FOUND,
}

Entry = Mapping[str, Any]
ModelT = TypeVar("ModelT", bound=Model)


class ReferenceFileError(Exception):
    """A reference file that cannot be used; the message says which file, which entry, and what is wrong."""


@dataclass
class Outcome:
    """What became of the rows of one table."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Loading:
    """One run: rows go through `row`, which decides and counts.

    A row counts as the office's own as soon as anybody but this command has changed it, or deleted it; its history says so.
    """

    def __init__(self) -> None:
        self.outcomes: dict[type[Model], Outcome] = {}

    def row(
        self,
        model: type[ModelT],
        *,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        many: Mapping[str, Sequence[Model]] | None = None,
    ) -> ModelT | None:
        """Add a row, bring it up to date, or leave it.

        Parameters
        ----------
        model
            Its table, tracked by history.
        key
            The fields that say which row is meant.
        values
            The other fields.
        many
            Rows that a many-to-many field points at, by the field's name.

        Returns
        -------
        Model or None
            The row as it is now; ``None`` where the office has deleted it.

        Raises
        ------
        ValidationError
            If the row breaks a rule of its table.
        """
        outcome = self.outcomes.setdefault(model, Outcome())
        row = model._default_manager.filter(**key).first()
        if row is None:
            if _history(model).filter(**key, pgh_label="delete").exists():
                outcome.left_out.append(_label(key))
                return None
            row = model(**key, **values)
            row.full_clean()
            row.save()
            _set_many(row, many or {})
            outcome.added += 1
            return row
        if _differs(row, values) or _many_differ(row, many or {}):
            self._bring_up_to_date(row, values, many or {}, outcome)
        else:
            outcome.unchanged += 1
        return row

    def _bring_up_to_date(
        self, row: Model, values: Mapping[str, Any], many: Mapping[str, Sequence[Model]], outcome: Outcome
    ) -> None:
        if _changed_by_the_office(row, many):
            outcome.kept.append(str(row))
            return
        for name, value in values.items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
        _set_many(row, many)
        outcome.updated += 1


SectionLoader = Callable[[Loading, Entry], None]
_SECTIONS: dict[str, SectionLoader] = {}


def register_section(name: str, loader: SectionLoader) -> None:
    """Make ``loader`` responsible for a section; it is called once for each of the section's entries.

    Raises
    ------
    ValueError
        If the section is not in `SECTION_ORDER`, or another function is responsible for it already.
    """
    if name not in SECTION_ORDER:
        raise ValueError(f"section {name!r} has no place in SECTION_ORDER")
    if _SECTIONS.get(name, loader) is not loader:
        raise ValueError(f"section {name!r} is registered twice")
    _SECTIONS[name] = loader


def shipped_files() -> list[Path]:
    """Return the files that come with this release."""
    return sorted(FOLDER.glob("*.toml"))


def load(files: Sequence[Path]) -> Loading:
    """Load files in one transaction: all of them, or nothing.

    Parameters
    ----------
    files
        TOML files; entries of one section are loaded together, in the order of `SECTION_ORDER`.

    Raises
    ------
    ReferenceFileError
        If a file cannot be read, or an entry is wrong: it names the file, the entry and the field.
    """
    sections: dict[str, list[tuple[Path, int, Entry]]] = {}
    for path in files:
        for name, entries in _read(path).items():
            sections.setdefault(name, []).extend(
                (path, number, entry) for number, entry in enumerate(entries, start=1)
            )
    run = Loading()
    with transaction.atomic(), pghistory.context(command=COMMAND):
        for name in SECTION_ORDER:
            for path, number, entry in sections.get(name, []):
                _load_entry(run, name, path, number, entry)
    return run


def _load_entry(run: Loading, section: str, path: Path, number: int, entry: Entry) -> None:
    where = {"file": path.name, "section": section, "number": number}
    try:
        _SECTIONS[section](run, entry)
    except KeyError as error:
        where["field"] = str(error.args[0])
        raise ReferenceFileError(
            _("%(file)s, entry %(number)d of “%(section)s”: “%(field)s” is missing or unknown.") % where
        ) from error
    except (ValidationError, TypeError, ValueError) as error:
        where["problem"] = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        raise ReferenceFileError(
            _("%(file)s, entry %(number)d of “%(section)s”: %(problem)s") % where
        ) from error


def _read(path: Path) -> dict[str, list[Entry]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ReferenceFileError(_("%(file)s cannot be read.") % {"file": path}) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReferenceFileError(
            _("%(file)s is not TOML: %(problem)s") % {"file": path, "problem": error}
        ) from error
    for name, entries in document.items():
        if name not in _SECTIONS or not isinstance(entries, list):
            raise ReferenceFileError(
                _("%(file)s: there is no section “%(section)s”. Known are: %(known)s.")
                % {"file": path.name, "section": name, "known": ", ".join(sorted(_SECTIONS))}
            )
    return document


def take(entry: Entry, *names: str, **defaults: Any) -> dict[str, Any]:
    """Return fields of an entry: ``names`` must be there, ``defaults`` stand in where a field is absent.

    Raises
    ------
    KeyError
        Naming a field that is missing, or one that nobody asked for (most likely misspelt).
    """
    for name in entry:
        if name not in names and name not in defaults:
            raise KeyError(name)
    return {name: entry[name] for name in names} | {
        name: entry.get(name, default) for name, default in defaults.items()
    }


def mark(text: str) -> Mark:
    """Return how sure a fact is, from the letter that the domain notes use.

    Raises
    ------
    ValueError
        If it is none of V, T, M, E, ?.
    """
    if text not in MARKS:
        raise ValueError(f"mark {text!r} is none of {', '.join(MARKS)}")
    return MARKS[text]


def day(value: object) -> datetime.date | None:
    """Return a TOML date, or ``None`` where there is none.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    raise ValueError(f"{value!r} is not a date")


def _history(model: type[Model]) -> Any:
    return model.pgh_event_models["insert"]._default_manager  # type: ignore[attr-defined]


def _changed_by_the_office(row: Model, many: Mapping[str, Sequence[Model]]) -> bool:
    if _not_by_this_command(_history(type(row)).filter(pgh_obj=row.pk)).exists():
        return True
    for name in many:
        link: Any = row._meta.get_field(name)
        for table in apps.get_models(include_auto_created=True):
            is_link = table._meta.concrete_model is link.remote_field.through
            if is_link and "pgh_event_models" in table.__dict__:
                events = _history(table).filter(**{f"{link.m2m_field_name()}_id": row.pk})
                if _not_by_this_command(events).exists():
                    return True
    return False


def _not_by_this_command(events: Any) -> Any:
    # Most changes name no command at all: a comparison with nothing is neither true nor false, so it is asked for.
    command = KeyTextTransform("command", "pgh_context")
    return events.annotate(by_command=command).filter(Q(by_command__isnull=True) | ~Q(by_command=COMMAND))


def _label(key: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in key.values() if value is not None)


def _differs(row: Model, values: Mapping[str, Any]) -> bool:
    for name, value in values.items():
        field_of_row: Any = row._meta.get_field(name)
        if getattr(row, field_of_row.attname) != (
            value.pk if isinstance(value, Model) else field_of_row.to_python(value)
        ):
            return True
    return False


def _many_differ(row: Model, many: Mapping[str, Sequence[Model]]) -> bool:
    return any(
        set(getattr(row, name).values_list("pk", flat=True)) != {target.pk for target in targets}
        for name, targets in many.items()
    )


def _set_many(row: Model, many: Mapping[str, Sequence[Model]]) -> None:
    for name, targets in many.items():
        getattr(row, name).set(targets)
