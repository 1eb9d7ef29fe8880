"""Two people at one record: whoever sends second is told what the first has written, and loses nothing of the own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

_SHOWN = 200


class TogetherForm(forms.BaseForm):
    """A form of what somebody else may have open too; ``initial`` is the record as it is now, at each request.

    A hidden field carries a digest of each value that the page was made with. Where the record says something else by now, a field
    that this person left alone takes the newer value over; one that both have changed is marked with what the other wrote, and
    what was typed stays: sent once more, it stands.

    Parameters
    ----------
    watched
        Whether there is a record: what is new nobody else has open.
    """

    SEEN = "seen"

    def __init__(self, *args: Any, watched: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._newer: dict[str, str] = {}
        self._watched = watched
        if watched:
            self.fields[self.SEEN] = forms.CharField(required=False, widget=forms.HiddenInput)
            self.initial[self.SEEN] = json.dumps(self._digests())

    def full_clean(self) -> None:
        """Take over what only the other has changed, clean the form, and mark what both have."""
        if self.is_bound and self._watched and not self._newer:
            self._compare()
        super().full_clean()
        for name, value in self._newer.items():
            sentence = _(
                "Somebody else has written here meanwhile: “%(value)s”. What you typed is still here: save again to have it stand."
            )
            is_seen = not self.fields[name].widget.is_hidden
            self.add_error(name if is_seen else None, sentence % {"value": value})

    def _compare(self) -> None:
        try:
            seen = json.loads(self.data.get(self.add_prefix(self.SEEN), ""))
        except ValueError:
            return
        if not isinstance(seen, dict):
            return
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, now in self._digests().items():
            if seen.get(name, now) == now:
                continue
            field, key = self.fields[name], self.add_prefix(name)
            sent = _digest(field.widget.format_value(field.widget.value_from_datadict(data, self.files, key)))
            current = self._shown(name)
            if sent == seen[name]:
                data[key] = current[0] if isinstance(current, list) and current else (current or "")
            elif sent != now:
                self._newer[name] = self._in_words(name)
        data[self.add_prefix(self.SEEN)] = json.dumps(self._digests())
        self.data = data

    def _shown(self, name: str) -> Any:
        """Return the record's value as its control holds it."""
        field = self.fields[name]
        return field.widget.format_value(field.prepare_value(self.get_initial_for_field(field, name)))

    def _digests(self) -> dict[str, str]:
        return {name: _digest(self._shown(name)) for name in self.fields if name != self.SEEN}

    def _in_words(self, name: str) -> str:
        """Return the record's value as a person reads it."""
        current = self._shown(name)
        value = current[0] if isinstance(current, list) and current else current
        choices = getattr(self.fields[name].widget, "choices", None)
        if choices is not None:
            value = {str(key): label for key, label in choices}.get(str(value), value)
        text = force_str(value) if value not in (None, []) else ""
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _digest(value: Any) -> str:
    """Return a short mark of a value as a control holds it; how lines end says nothing."""
    text = (
        json.dumps(value, default=str, ensure_ascii=False).replace("\\r\\n", "\\n")
        if value is not None
        else ""
    )
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]
