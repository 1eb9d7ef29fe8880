"""Tiles that were made lately, kept in this process as they are sent: asked for again, they cost two small queries.

A tile holds as long as the ground does, which the stamp of its tables says (`geo_registry.accounts.stamps`); a change is seen with
the next request.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from django.utils import timezone

from geo_registry.accounts.stamps import history_stamp
from geo_registry.territory.models import BuiltUpArea, Division, Installation, Road
from placenames.models import Name, Place, PlaceKind
from placenames.models.places import PlaceRoad

from .tiles import Tile, tile_bytes

# What a process keeps at most.
MOST_BYTES: Final = 48_000_000
_SOURCES: Final[tuple[type[Model], ...]] = (
    Road,
    BuiltUpArea,
    Division,
    Installation,
    Place,
    PlaceRoad,
    Name,
    PlaceKind,
)


@dataclass(frozen=True)
class KeptTile:
    """A tile as it is sent: plain, compressed, and the mark that tells it from others."""

    content: bytes
    packed: bytes
    etag: str

    @property
    def size(self) -> int:
        """How many bytes it takes here; an empty one takes its place, too."""
        return len(self.content) + len(self.packed) + 200


@dataclass(frozen=True)
class _Entry:
    tile: KeptTile
    stamp: tuple[Any, ...]


class Shelf:
    """The tiles of a process, those asked for last kept longest."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._entries: OrderedDict[tuple[str, Tile], _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, layer_set: str, tile: Tile) -> KeptTile:
        """Return a tile, made now unless it is here and the ground has not changed.

        Raises
        ------
        KeyError
            If there is no such set of layers.
        """
        stamp, key = ground_stamp(), (layer_set, tile)
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
        if entry is not None and entry.stamp == stamp:
            return entry.tile
        made = _made(layer_set, tile)
        with self._lock:
            self._drop(key)
            self._entries[key] = _Entry(made, stamp)
            self._bytes += made.size
            while self._bytes > self._most_bytes and len(self._entries) > 1:
                self._drop(next(iter(self._entries)))
        return made

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._bytes

    def _drop(self, key: tuple[str, Tile]) -> None:
        old = self._entries.pop(key, None)
        if old is not None:
            self._bytes -= old.tile.size


def _made(layer_set: str, tile: Tile) -> KeptTile:
    content = tile_bytes(layer_set, tile)
    return KeptTile(
        content=content,
        packed=gzip.compress(content, compresslevel=5, mtime=0) if content else b"",
        etag=f'"{hashlib.sha256(content).hexdigest()[:20]}"',
    )


def ground_stamp() -> tuple[Any, ...]:
    """Return what changes whenever the ground under the tiles does, and with the day.

    Names and divisions hold from day to day: at midnight other ones may.
    """
    return (timezone.localdate(), *history_stamp(_SOURCES))


shelf = Shelf()
