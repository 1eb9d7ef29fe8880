"""Names and spellings of places, from files."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone

from geo_registry.accounts import policy
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.imports.services.copying import create, maker
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.imports.services.upsert import update
from geo_registry.text import normal_form
from placenames.naming import Lexicon, language_of, split_name

from ..models import Name, Place, PlaceKind, Spelling
from .new_names import insert_names
from .spellings import clean_spelling

_UNCONFIRMED = gettext_noop(
    "The spelling “{text}” is not confirmed, so it was not taken over; the program's own proposal waits for "
    "the officer."
)
_NO_SPELLING = gettext_noop(
    "“{text}” is no spelling in Hanyu Pinyin: only letters, figures, apostrophes, hyphens and spaces."
)

# Columns that bring further names → what such a name is.
_OTHER_NAMES = {
    "former_names": Name.Status.FORMER,
    "aliases": Name.Status.ALIAS,
    "short_names": Name.Status.SHORT,
    "minority_writing": Name.Status.MINORITY,
}


class NameWriter:
    """Writes the names and spellings that rows give to their places, in a fixed number of statements.

    Parameters
    ----------
    run : ImportRun
    changes : sequence of Change
        One for each place.
    lexicon : Lexicon
        Generic terms, for splitting names.
    kinds : mapping of int to PlaceKind
        By primary key.
    """

    def __init__(
        self, run: ImportRun, changes: Sequence[Change], lexicon: Lexicon, kinds: Mapping[int, PlaceKind]
    ) -> None:
        self.run = run
        self.changes = changes
        self.lexicon = lexicon
        self.kinds = kinds
        self.fresh: list[Name] = []
        self._make = maker(Name)
        self.changed: list[Name] = []
        self._names: defaultdict[int, list[Name]] = defaultdict(list)
        self._may_confirm = run.user is None or policy.may(run.user, policy.Action.CONFIRM_SPELLING)
        old = [change.instance.pk for change in changes if not change.created]
        for name in Name.objects.filter(place__in=old).order_by("pk") if old else ():
            self._names[name.place_id].append(name)

    def write(self) -> None:
        """Write names, then the spellings of the standard ones."""
        standard = [(change, self._standard(change)) for change in self.changes]
        for change in self.changes:
            self._others(change)
        if self.changed:
            update(Name, self.changed, ["status", "valid_from", "valid_to"])
        kind_ids: dict[int, int] = {_place_id(c): vars(c.instance)["kind_id"] for c in self.changes}
        insert_names(
            self.fresh,
            kind_of=lambda name: self.kinds[kind_ids[name.place_id]],
            lexicon=self.lexicon,
            confirmed={
                id(name): cleaned(change.record) for change, name in standard if self._confirms(change)
            },
        )
        self._spell(standard)

    def _standard(self, change: Change) -> Name:
        """Return the place's standard name after this row; one that held before is kept as a former one."""
        values = change.record.values
        text, day = normal_form(values["name"]), values.get("approved_on")
        names = self._names[_place_id(change)]
        held = next((n for n in names if n.status == Name.Status.STANDARD and n.valid_to is None), None)
        if held is not None and held.text == text:
            return held
        if values.get("name_status") == Name.Status.RECORDED:
            return self._recorded(change, text, names)
        if held is not None:
            begin = day or self.run.today
            held.status = Name.Status.FORMER
            held.valid_to = begin if held.valid_from is None or held.valid_from < begin else None
            change.before["name"] = held.text
            self.changed.append(held)
        change.after["name"] = text
        recorded = next((n for n in names if n.status == Name.Status.RECORDED and n.text == text), None)
        if recorded is not None:
            recorded.status, recorded.valid_to = Name.Status.STANDARD, None
            recorded.valid_from = day or recorded.valid_from
            self.changed.append(recorded)
            return recorded
        since = day or (self.run.today if held is not None else None)
        return self._add(change, text, Name.Status.STANDARD, since)

    def _recorded(self, change: Change, text: str, names: Sequence[Name]) -> Name:
        """Return a name that nobody has approved; it takes nothing from a standard one."""
        known = (
            n for n in names if n.status == Name.Status.RECORDED and n.text == text and n.valid_to is None
        )
        found = next(known, None)
        if found is not None:
            return found
        change.after["name"] = text
        return self._add(change, text, Name.Status.RECORDED, change.record.values.get("approved_on"))

    def _others(self, change: Change) -> None:
        """Add former names, aliases, short forms and names in other scripts that the place does not have yet."""
        texts = {name.text for name in self._names[_place_id(change)]}
        for column, status in _OTHER_NAMES.items():
            for word in change.record.values.get(column, ()):
                text = normal_form(word)
                if text in texts:
                    continue
                texts.add(text)
                change.after.setdefault(column, []).append(text)
                language = language_of(text) if status == Name.Status.MINORITY else "zh"
                self._add(change, text, status, None, language)

    def _add(
        self, change: Change, text: str, status: str, since: datetime.date | None, language: str = "zh"
    ) -> Name:
        parts, place_id = split_name(text, self.lexicon), _place_id(change)
        name: Name = self._make(
            place_id=place_id,
            text=text,
            specific=parts.specific if parts.generic else "",
            generic=parts.generic,
            status=status,
            language=language,
            valid_from=since,
        )
        self._names[place_id].append(name)
        self.fresh.append(name)
        return name

    # -- spellings -----------------------------------------------------------------------------

    def _spell(self, standard: Sequence[tuple[Change, Name]]) -> None:
        """Write confirmed spellings; one that was confirmed before and differs is kept as replaced."""
        given = [(change, name) for change, name in standard if "pinyin" in change.record.values]
        present: defaultdict[int, dict[str, Spelling]] = defaultdict(dict)
        for spelling in Spelling.objects.filter(name__in=[name.pk for _change, name in given]).order_by("pk"):
            present[spelling.name_id][spelling.status] = spelling
        fresh: list[Spelling] = []
        replaced: list[Spelling] = []
        confirmed: list[Spelling] = []
        for change, name in given:
            text = cleaned(change.record)
            held = present[name.pk].get(Spelling.Status.CONFIRMED)
            if not self._confirms(change):
                if held is None or held.text != text:
                    message = Message(_UNCONFIRMED, {"text": text})
                    change.record.note(message, column=self.run.header("pinyin"))
                continue
            if held is not None and held.text == text:
                continue
            if held is not None:
                held.status = Spelling.Status.REPLACED
                change.before["pinyin"] = held.text
                replaced.append(held)
            change.after["pinyin"] = text
            proposal = present[name.pk].get(Spelling.Status.PROPOSED)
            (confirmed if proposal is not None else fresh).append(self._confirm(change, name, text, proposal))
        if replaced:
            update(Spelling, replaced, ["status"])
        create(Spelling, fresh)
        if confirmed:
            update(Spelling, confirmed, ["text", "split_mode", "status", "confirmed_by_id", "confirmed_at"])

    def _confirms(self, change: Change) -> bool:
        """Whether a row confirms the spelling that it gives."""
        values = change.record.values
        return "pinyin" in values and bool(values.get("pinyin_confirmed")) and self._may_confirm

    def _confirm(self, change: Change, name: Name, text: str, proposal: Spelling | None) -> Spelling:
        place = change.instance
        assert isinstance(place, Place)  # noqa: S101 - for the type checker: only places are written
        spelling = proposal or Spelling(name_id=name.pk)
        spelling.text, spelling.split_mode = text, self.kinds[place.kind_id].split_mode
        spelling.status, spelling.confirmed_at = Spelling.Status.CONFIRMED, timezone.now()
        spelling.confirmed_by_id = self.run.user.pk if self.run.user is not None else None
        return spelling


def _place_id(change: Change) -> int:
    """Return the key of a row's place: asked for several times a row, and ``pk`` takes far longer."""
    found: int = vars(change.instance)["id"]
    return found


def cleaned(record: Record) -> str:
    """Return a row's spelling as it is kept; empty where it is none."""
    try:
        return clean_spelling(record.values.get("pinyin", ""))
    except ValidationError:
        return ""


def check_spelling(record: Record, column: str) -> None:
    """Refuse a row whose spelling holds what no spelling can."""
    if "pinyin" in record.values and not cleaned(record):
        message = Message(_NO_SPELLING, {"text": record.values["pinyin"]})
        record.refuse(message, column=column, value=record.values["pinyin"])
