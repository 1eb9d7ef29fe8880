"""What cannot be done, said with its place on the map."""

from __future__ import annotations

from ..errors import GeodataError, Message


class EditingError(GeodataError):
    """An operation that makes no sense where it was asked for.

    Parameters
    ----------
    message : Message
        What is wrong and what to do.
    place : (lon, lat), optional
        Where on the map.
    """

    def __init__(self, message: Message, *, place: tuple[float, float] | None = None) -> None:
        super().__init__(message)
        self.place = place
