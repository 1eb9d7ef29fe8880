"""What can be wrong with a network, a profile or a place: one exception tree.

Every error carries an English template and its parameters, so that a caller in Django can translate the
template and fill the parameters in afterwards. This package itself knows no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


def gettext_noop(message: str) -> str:
    """Mark a template for the message catalogue without translating it here."""
    return message


class RoadGraphError(ValueError):
    """The base of everything this package raises on purpose.

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


class ProfileError(RoadGraphError):
    """A travel profile that cannot be used: a speed of zero, a factor out of range."""


class RoadLinesError(RoadGraphError):
    """Road lines or their attributes that cannot be read as a network."""


class NetworkError(RoadGraphError):
    """A network that cannot be built or searched."""


class SnapError(RoadGraphError):
    """Places or facilities that do not belong to the graph they are used with."""
