"""Two people at one record: whoever sends second is told what the first has written, and loses nothing of the own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Entries of a page that no declared field holds alone: a list that is ticked, what is drawn on a map.

    Parameters
    ----------
    now, sent
        What the record says and what the page sent, in one form that can be compared.
    take
        Writes what the record says into the entries of the page.
    said
        What is said where both have changed it.
    goes_with
        The field without which it means nothing: where that is taken over, this is too.
    """

    now: Any
    sent: Any
    take: Callable[[QueryDict], None]
    said: str
    goes_with: str = ""


class TogetherForm(forms.BaseForm):
    """A form of what somebody else may have open too; ``initial`` is the record as it is now, at each request.

    A hidden field carries a digest of each value that the page was made with. Where the record says something else by now, what
    this person left alone takes the newer value over; what both have changed is marked with what the other wrote, and
    what was typed stays: sent once more, it stands. Nothing is held here: who saves holds the record before the form is made.

    Parameters
    ----------
    watched
        Whether there is a record: what is new nobody else has open.
    """

    SEEN = "seen"
    APART: ClassVar[frozenset[str]] = frozenset()
    """Fields that are compared by `beside`, not as they stand."""

    def __init__(self, *args: Any, watched: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._newer: dict[str, str] = {}
        self._watched = watched
        if watched:
            self.fields[self.SEEN] = forms.CharField(required=False, widget=forms.HiddenInput)

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """Return a field's value in the record; of the hidden one the digests of all others."""
        if field_name == self.SEEN:
            return json.dumps(self._digests())
        return super().get_initial_for_field(field, field_name)

    def beside(self) -> dict[str, Beside]:
        """Return what stands on the page beside the declared fields and is compared like them."""
        return {}

    def full_clean(self) -> None:
        """Take over what only the other has changed, clean the form, and mark what both have."""
        if self.is_bound and self._watched and not self._newer:
            self._compare()
        super().full_clean()
        for name, sentence in self._newer.items():
            is_seen = name in self.fields and not self.fields[name].widget.is_hidden
            self.add_error(name if is_seen else None, sentence)

    def _compare(self) -> None:
        try:
            seen = json.loads(self.data.get(self.add_prefix(self.SEEN), ""))
        except (ValueError, RecursionError):
            return
        if not isinstance(seen, dict):
            return
        data = QueryDict(mutable=True)
        data.update(self.data)
        beside = self.beside()
        digests = self._digests(beside)
        taken = set()
        for name, now in digests.items():
            if seen.get(name, now) == now and name not in beside:
                continue
            sent = _digest(beside[name].sent if name in beside else self._sent(name))
            if name in beside and beside[name].goes_with in taken:
                beside[name].take(data)
            elif seen.get(name, now) == now or sent == now:
                continue
            elif sent != seen[name]:
                self._newer[name] = beside[name].said if name in beside else self._in_words(name)
            elif name in beside:
                beside[name].take(data)
            else:
                taken.add(name)
                current = self._shown(name)
                data[self.add_prefix(name)] = (
                    current[0] if isinstance(current, list) and current else (current or "")
                )
        data[self.add_prefix(self.SEEN)] = json.dumps(digests)
        self.data = data

    def _sent(self, name: str) -> Any:
        """Return what was sent as its control holds it."""
        widget = self.fields[name].widget
        return widget.format_value(widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))

    def _shown(self, name: str) -> Any:
        """Return the record's value as its control holds it."""
        field = self.fields[name]
        return field.widget.format_value(field.prepare_value(self.get_initial_for_field(field, name)))

    def _digests(self, beside: Mapping[str, Beside] | None = None) -> dict[str, str]:
        apart = self.APART | {self.SEEN}
        found = {name: _digest(self._shown(name)) for name in self.fields if name not in apart}
        entries = self.beside() if beside is None else beside
        return found | {name: _digest(entry.now) for name, entry in entries.items()}

    def _in_words(self, name: str) -> str:
        """Return what the other has written, as a person reads it."""
        current = self._shown(name)
        value = current[0] if isinstance(current, list) and current else current
        choices = getattr(self.fields[name].widget, "choices", None)
        if choices is not None:
            value = {str(key): label for key, label in choices}.get(str(value), value)
        text = force_str(value) if value not in (None, []) else ""
        if not text.strip():
            return _(
                "Somebody else has emptied this field meanwhile. What you typed is still here: save again to have it stand."
            )
        return _(
            "Somebody else has written here meanwhile: “%(value)s”. What you typed is still here: save again to have it stand."
        ) % {"value": shortened(text)}


def shortened(text: str) -> str:
    """Return the beginning of what another has written."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _digest(value: Any) -> str:
    """Return a short mark of a value as a control holds it; how lines end and spaces around it say nothing."""
    plain = value.strip() if isinstance(value, str) else value
    text = (
        json.dumps(plain, default=str, ensure_ascii=False).replace("\\r\\n", "\\n")
        if plain is not None
        else ""
    )
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]
