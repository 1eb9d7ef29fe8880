"""Tables that cannot be made safe to publish because they contradict themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def gettext_noop(message: str) -> str:
    """Mark a template for the message catalogue without translating it here."""
    return message


class DisclosureError(ValueError):
    """The base of what this package raises on purpose.

    Parameters
    ----------
    template
        An English sentence with ``{named}`` placeholders, marked by :func:`gettext_noop`.
    **params
        Values for the placeholders.
    """

    def __init__(self, template: str, **params: object) -> None:
        self.template = template
        self.params: Mapping[str, object] = params
        super().__init__(template.format(**params))

    def render(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in the caller's language: ``translate`` is its ``gettext``."""
        return translate(self.template).format(**self.params)
