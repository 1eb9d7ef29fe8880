"""How a file is to be read, as somebody said on its page or in a command; kept with its batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read; kept with its batch.

    Parameters
    ----------
    source_crs, encoding, layer : str, optional
        As the user declares them; they outrank what the file says.
    header_row : int, optional
        Row of the headers in a table.
    mapping : mapping of str to str
        Field → header.
    constants : mapping of str to str
        Field → one value for all rows.
    where : sequence of str
        Conditions such as ``healthcare>0``; rows that do not meet all are left out.
    home : str, optional
        Code of the division that becomes the installation's home.
    strict : bool
        Nothing goes in if one row is refused.
    ignored : sequence of str
        Headers that are nothing here, whatever they look like.
    blank_empty : bool
        Empty cells blank what is there; else they leave it alone.
    leave_unplaced : bool
        Rows without co-ordinates are not placed by their address or division.
    exchange_axes : bool
        The two co-ordinates of each place are exchanged: the file has the latitude (northing) where the longitude belongs.
    decisions : mapping of str to str
        Row → ``new``, ``skip`` (the same as another row), or the primary key of the record that it is about.
    positions : mapping of str to (lon, lat)
        Row without co-ordinates → where somebody put it on the map of the preview, in EPSG:4490.
    """

    source_crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    where: Sequence[str] = ()
    home: str | None = None
    strict: bool = False
    ignored: Sequence[str] = ()
    blank_empty: bool = False
    leave_unplaced: bool = False
    exchange_axes: bool = False
    decisions: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Options:
        """Return the options that were kept with a batch."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in kept.items()
            if name in cls.__slots__
        }
        return cls(**values)

    def to_json(self) -> dict[str, object]:
        """Return what differs from the ordinary, as JSON."""
        every = {name: getattr(self, name) for name in self.__slots__}
        plain = {
            name: dict(value)
            if isinstance(value, Mapping)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in every.items()
        }
        return {name: value for name, value in plain.items() if value}
