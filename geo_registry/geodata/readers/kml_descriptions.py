"""Descriptions of placemarks, which are web pages: their text, and the attributes that map programs write there as tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .markup import MarkupParser

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3"})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"head", "title"})
_MOST_PAIRS, _LONGEST_NAME = 200, 60
_PAIR = 2


@dataclass(slots=True)
class Description:
    """What a description says.

    Parameters
    ----------
    text : str
        Without tags, one line a paragraph; where there are pairs, what stands outside of tables.
    pairs : dict of str to str
        Rows of two cells: name → value.
    """

    text: str
    pairs: dict[str, str] = field(default_factory=dict)


def is_page(text: str) -> bool:
    """Tell whether a description has tags in it."""
    return _TAG.search(text) is not None


def read_description(text: str) -> Description:
    """Read a description that has tags in it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    seen = reader.outside if reader.pairs else reader.text
    lines = (" ".join(line.split()) for line in "".join(seen).splitlines())
    return Description("\n".join(line for line in lines if line), reader.pairs)


class _Reader(MarkupParser):
    """Collects text, and of each row of a table its cells; tables may stand in cells of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.outside: list[str] = []  # of all tables
        self.pairs: dict[str, str] = {}
        self._rows: list[list[str]] = []
        self._cells: list[list[str]] = []
        self._unseen = 0
        self._tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._tables += 1
        elif tag == "tr":
            self._rows.append([])
        elif tag in _CELLS:
            self._cells.append([])
        if tag in _BREAKS:
            self._write("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table":
            self._tables = max(0, self._tables - 1)
        elif tag in _CELLS and self._cells:
            cell = " ".join("".join(self._cells.pop()).split())
            if self._rows:
                self._rows[-1].append(cell)
            self._write(" ")
        elif tag == "tr" and self._rows:
            self._take(self._rows.pop())
        if tag in _BREAKS:
            self._write("\n")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self._write(data)
        if self._cells:
            self._cells[-1].append(data)

    def _write(self, text: str) -> None:
        self.text.append(text)
        if not self._tables:
            self.outside.append(text)

    def _take(self, row: list[str]) -> None:
        if len(row) == _PAIR and 0 < len(row[0]) <= _LONGEST_NAME and len(self.pairs) < _MOST_PAIRS:
            self.pairs.setdefault(row[0].rstrip(":：").strip(), row[1])
