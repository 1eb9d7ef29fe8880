"""Sentences that travel without a language, and the errors that carry them.

Nothing in ``geodata`` knows Django. A message is an English template and its parameters; the caller renders
it with its own ``gettext``. Templates are marked with `gettext_noop`, so that ``makemessages`` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_MAX_PARAM_CHARS = 1_000

Translate = Callable[[str], str]


def gettext_noop(template: str) -> str:
    """Mark a template for translation and return it unchanged.

    Parameters
    ----------
    template : str
        English msgid with ``{named}`` placeholders.

    Returns
    -------
    str
        The same text.
    """
    return template


def identity(template: str) -> str:
    """Translate nothing: the message stays English."""
    return template


def shortened(value: Any) -> Any:
    """Cut a text that no sentence has room for: a cell may hold a million characters."""
    if isinstance(value, str) and len(value) > _MAX_PARAM_CHARS:
        return value[: _MAX_PARAM_CHARS - 1] + "…"
    return value


@dataclass(frozen=True, slots=True)
class Message:
    """One whole sentence: an English template and the values for its placeholders.

    Parameters
    ----------
    template : str
        English msgid with ``{named}`` placeholders, marked by `gettext_noop`.
    params : Mapping[str, object]
        Values for the placeholders. A value may be a `Message` itself; it is rendered in the same language.
    """

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Translate = identity) -> str:
        """Return the sentence in the caller's language.

        Parameters
        ----------
        translate : callable, default identity
            ``gettext`` of the caller: msgid in, translated template out.

        Returns
        -------
        str
            The translated template with its parameters filled in.
        """
        params = {
            name: value.render(translate) if isinstance(value, Message) else shortened(value)
            for name, value in self.params.items()
        }
        return translate(self.template).format(**params)

    def __str__(self) -> str:
        return self.render()

    def __hash__(self) -> int:
        return hash((self.template, tuple(sorted((name, str(value)) for name, value in self.params.items()))))


class GeodataError(Exception):
    """A file or a value that cannot be used; the message says where and what to do.

    Parameters
    ----------
    message : Message
        The sentence for the user.
    file : str, optional
        Name of the file, as the user knows it.
    row : int, optional
        Row as the user sees it in the file.
    column : str, optional
        Column header as the user sees it in the file.
    """

    def __init__(
        self, message: Message, *, file: str | None = None, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.row = row
        self.column = column

    def render(self, translate: Translate = identity) -> str:
        """Return the sentence in the caller's language (see `Message.render`)."""
        return self.message.render(translate)

    def __str__(self) -> str:
        return self.message.render()


class UnreadableFile(GeodataError):  # noqa: N818 - says what is wrong
    """Empty, truncated, damaged, protected or incomplete."""


class UnsupportedFormat(GeodataError):  # noqa: N818 - says what is wrong
    """The content is of no kind that can be read here."""


class UnknownEncoding(GeodataError):  # noqa: N818 - says what is wrong
    """The characters cannot be decoded, or the declared encoding does not exist or does not fit."""


class UnknownCrs(GeodataError):  # noqa: N818 - says what is wrong
    """The co-ordinate system is not declared, or its declaration is not understood."""


class MissingColumns(GeodataError):  # noqa: N818 - says what is wrong
    """There is no header row, or a needed column is not there."""


class LayerChoiceNeeded(GeodataError):  # noqa: N818 - says what is wrong
    """Several sheets or layers, and none, or one that is not there, was chosen.

    Attributes
    ----------
    layers : tuple of str
        The names to choose from.
    """

    def __init__(self, message: Message, *, layers: tuple[str, ...], file: str | None = None) -> None:
        super().__init__(message, file=file)
        self.layers = layers


class HostileFile(GeodataError):  # noqa: N818 - says what is wrong
    """Built to do harm, or larger than the stated limits."""


class LimitExceeded(HostileFile):
    """Larger than the stated limits: split it."""
