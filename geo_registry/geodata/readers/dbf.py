"""The text of a shapefile's attribute table: which encoding it really has."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UnknownEncoding
from .encodings import decodes, guess_bytes, lookup

_SAMPLE_BYTES = 2 * 1024 * 1024
_SAMPLE_RECORDS = 20_000

# Language driver ids of dBASE (byte 29) that occur in China, and the Western ones that mean nothing in
# particular there.
_LANGUAGE_DRIVERS = {
    0x4D: "gb18030",
    0x7A: "gb18030",
    0x4F: "cp950",
    0x78: "cp950",
    0x13: "cp932",
    0x7B: "cp932",
}


@dataclass(frozen=True, slots=True)
class DbfText:
    """How to read an attribute table's text.

    Parameters
    ----------
    encoding : str
        Python codec.
    guessed : bool
        Neither declared nor proved.
    lied : str or None
        A declaration in the ``.cpg`` that does not fit the content.
    """

    encoding: str
    guessed: bool
    lied: str | None = None

    def decode(self, latin1: str) -> tuple[str, bool]:
        """Decode text that came out of GDAL byte by byte.

        Parameters
        ----------
        latin1 : str
            One character a byte.

        Returns
        -------
        text : str
        cut : bool
            True if something could not be decoded (a field too short for its last character).
        """
        if latin1.isascii():
            return latin1, False
        raw = latin1.encode("iso8859-1")
        try:
            return raw.decode(self.encoding), False
        except UnicodeDecodeError:
            return raw.decode(self.encoding, errors="ignore"), True


def open_dbf_text(dbf: Path, *, declared: str | None, file: str) -> DbfText:
    """Find the encoding of a DBF: by what the user says, the ``.cpg``, the language byte, the content.

    Parameters
    ----------
    dbf : Path
        The table; its ``.cpg`` beside it.
    declared : str or None
        What the user says.
    file : str
        Name for messages.

    Returns
    -------
    DbfText

    Raises
    ------
    UnknownEncoding
        If the user names one that does not exist.
    """
    if declared:
        try:
            return DbfText(lookup(declared), guessed=False)
        except UnknownEncoding as error:
            raise UnknownEncoding(error.message, file=file) from error
    sample = list(dbf_texts(dbf))
    if all(text.isascii() for text in sample):
        return DbfText("utf-8", guessed=False)
    said = said_by_dbf(dbf)
    if said is not None and _fits(sample, said.encoding):
        return DbfText(said.encoding, guessed=False)
    found = "utf-8" if _fits(sample, "utf-8") else _guess(sample)
    return DbfText(found, guessed=True, lied=said.text if said is not None and said.by_cpg else None)


@dataclass(frozen=True, slots=True)
class Said:
    """What a shapefile says of its text.

    Parameters
    ----------
    encoding : str
        Python codec.
    text : str
        As written.
    by_cpg : bool
        By the ``.cpg`` file; else by the table's language byte.
    """

    encoding: str
    text: str
    by_cpg: bool


def said_by_dbf(dbf: Path) -> Said | None:
    """Return what a table's ``.cpg`` or, without one, its language byte says; None where neither says anything."""
    said = _cpg(
        next((part for part in (dbf.with_suffix(end) for end in (".cpg", ".CPG")) if part.exists()), dbf)
    )
    if said is not None:
        return Said(said[0], said[1], by_cpg=True)
    with dbf.open("rb") as stream:
        header = stream.read(32)
    by_driver = _LANGUAGE_DRIVERS.get(header[29]) if len(header) == 32 else None
    return Said(by_driver, by_driver, by_cpg=False) if by_driver is not None else None


def _guess(sample: list[bytes]) -> str:
    # Texts may be cut in the middle of a character: a separator keeps one from spoiling the next.
    whole = [text for text in sample if decodes(text, "gb18030")]
    guess = guess_bytes(b"\n".join(whole))
    return guess or ("gb18030" if len(whole) * 2 >= len(sample) else "cp1252")


def _cpg(path: Path) -> tuple[str, str] | None:
    if path.suffix.lower() != ".cpg":
        return None
    try:
        said = path.read_text("ascii", errors="ignore").strip()[:40]
        return (lookup(said), said) if said else None
    except (FileNotFoundError, UnknownEncoding):
        return None


def _fits(sample: list[bytes], encoding: str) -> bool:
    """Tell whether nearly all texts can be decoded; some may be cut at the end of their field."""
    texts = [text for text in sample if not text.isascii()]
    good = sum(decodes(text, encoding) for text in texts)
    return good >= 0.95 * len(texts)


def dbf_texts(dbf: Path) -> Iterator[bytes]:
    """Yield the field names and the texts of a table's first records, as bytes."""
    with dbf.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            return
        header_bytes, record_bytes = struct.unpack("<HH", head[8:12])
        fields = stream.read(max(header_bytes - 32, 0))
        spans: list[tuple[int, int]] = []
        at = 1
        for offset in range(0, len(fields) - 31, 32):
            if fields[offset] == 0x0D:
                break
            yield fields[offset : offset + 11].split(b"\x00")[0]
            length = fields[offset + 16]
            if fields[offset + 11 : offset + 12] == b"C":
                spans.append((at, at + length))
            at += length
        if not spans or record_bytes < at:
            return
        for _ in range(min(_SAMPLE_RECORDS, _SAMPLE_BYTES // record_bytes + 1)):
            record = stream.read(record_bytes)
            if len(record) < record_bytes:
                return
            yield from (record[start:end].rstrip(b" \x00") for start, end in spans)
