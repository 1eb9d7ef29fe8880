"""Which text encodings come into question for a file, with what speaks for each: for a person to choose from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ..errors import Message, gettext_noop
from .base import DEFAULT_LIMITS, Limits
from .dbf import dbf_texts, said_by_dbf
from .encodings import bom_of, common_share, decodes, guess_bytes, utf16_without_mark
from .opening import find_content
from .shapefile_check import find_sidecars

_WIDE, _WESTERN = "utf-16-le", "cp1252"
OFFERED = ("utf-8", "gb18030", "big5", _WIDE, _WESTERN)
_SAMPLE_BYTES = 1024 * 1024
_SAMPLE_LINES = 8
_LINE_CHARS = 160
_CERTAIN = 1.0
_PROVEN = 0.99
_NEVER = 0.0
# Western text can be read out of any bytes; that it can says next to nothing.
_HARDLY = 0.05
# Texts cut at the end of a field are no proof against an encoding.
_MOST = 0.95

_SAID_BY_MARK = gettext_noop("The file begins with the mark of this encoding.")
_SAID_BY_CPG = gettext_noop("The .cpg file names this encoding, and the text fits it.")
_SAID_BY_DBF = gettext_noop("The table's language byte names this encoding, and the text fits it.")
_ONLY_ASCII = gettext_noop("The text has plain letters and digits only: every encoding reads it alike.")
_PROVES_ITSELF = gettext_noop("Every character fits; text of another encoding does not do so by chance.")
_COMMON = gettext_noop("Every character fits, and {percent} per cent are characters in everyday use.")
_FITS_ONLY = gettext_noop("The characters fit, but that alone says little.")
_NOT_FITTING = gettext_noop("Some characters cannot be read in this encoding.")


@dataclass(frozen=True, slots=True)
class EncodingCandidate:
    """One encoding that a file's text may have.

    Parameters
    ----------
    name : str
        As `open_source` takes it.
    fits : bool
        Whether all of the text looked at can be read in it.
    confidence : float
        0 to 1; for order and for words such as “probably”, no probability in the strict sense.
    reason : Message
        What speaks for or against it.
    sample : tuple of str
        Some of the text read in it, what tells encodings apart first; unreadable characters show as ``�``.
    """

    name: str
    fits: bool
    confidence: float
    reason: Message
    sample: tuple[str, ...]


def encoding_candidates(
    path: str | PathLike[str], *, layer: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> tuple[EncodingCandidate, ...]:
    """Weigh the encodings that come into question for a file's text, the likeliest first.

    Parameters
    ----------
    path : path-like
        The file, as for `open_source`.
    layer : str, optional
        Which shapefile of an archive; the first if not given.
    limits : Limits, optional

    Returns
    -------
    tuple of EncodingCandidate
        Empty for formats that fix their encoding (spreadsheets, GeoPackage, GeoJSON, KML, GPX, OSM PBF).

    Raises
    ------
    GeodataError
        As for `open_source`.
    """
    with _content_of(Path(path), layer, limits) as (kind, content):
        if kind == "csv":
            return _of_text(content)
        if kind == "shapefile":
            return _of_dbf(content)
    return ()


@contextmanager
def _content_of(file: Path, layer: str | None, limits: Limits) -> Iterator[tuple[str, Path]]:
    found = find_content(file, limits)
    try:
        yield found.kind, next((m for m in found.members if m.stem == layer), found.members[0])
    finally:
        if found.folder is not None:
            shutil.rmtree(found.folder, ignore_errors=True)


def _of_text(content: Path) -> tuple[EncodingCandidate, ...]:
    with content.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    marked = bom_of(sample)
    if marked is not None:
        return (EncodingCandidate(marked, True, _CERTAIN, Message(_SAID_BY_MARK), _lines(sample, marked)),)
    return _plausible(_weighed(sample, {name: decodes(sample, name) for name in _names(sample)}))


def _of_dbf(shp: Path) -> tuple[EncodingCandidate, ...]:
    parts = find_sidecars(shp)
    if ".dbf" not in parts:
        return ()
    texts = [text for text in dict.fromkeys(dbf_texts(parts[".dbf"])) if text]
    telling = [text for text in texts if not text.isascii()]
    fits = {
        name: sum(decodes(text, name) for text in telling) >= _MOST * len(telling)
        for name in _names(b"\n".join(telling))
    }
    sample = b"\n".join(telling or texts)
    found = _plausible(_weighed(sample, fits))
    said = said_by_dbf(parts[".dbf"])
    if said is None or not telling or not fits.get(said.encoding, False):
        return found
    reason = Message(_SAID_BY_CPG if said.by_cpg else _SAID_BY_DBF)
    first = EncodingCandidate(said.encoding, True, _CERTAIN, reason, _lines(sample, said.encoding))
    return (first, *(candidate for candidate in found if candidate.name != first.name))


def _names(sample: bytes) -> tuple[str, ...]:
    wide = b"\x00" in sample
    guess = (utf16_without_mark if wide else guess_bytes)(sample) if sample else None
    # Text in UTF-16 has zero bytes; without any, characters that nobody wrote could be read out of every other text.
    offered = OFFERED if wide else tuple(name for name in OFFERED if name != _WIDE)
    return offered if guess is None or guess in offered else (guess, *offered)


def _plausible(found: tuple[EncodingCandidate, ...]) -> tuple[EncodingCandidate, ...]:
    """Leave Western text out where something better fits: it can be read out of any bytes."""
    better = any(one.fits and one.name != _WESTERN and one.confidence > _HARDLY for one in found)
    return tuple(one for one in found if one.name != _WESTERN or not better)


def _weighed(sample: bytes, fits: dict[str, bool]) -> tuple[EncodingCandidate, ...]:
    if b"\x00" not in sample and sample.isascii():
        return (EncodingCandidate("utf-8", True, _CERTAIN, Message(_ONLY_ASCII), _lines(sample, "utf-8")),)
    guess = utf16_without_mark(sample) if b"\x00" in sample else guess_bytes(sample)
    found = []
    for name, fitting in fits.items():
        confidence, reason = _weight(sample, name, fitting, is_guess=name == guess)
        found.append(EncodingCandidate(name, fitting, confidence, reason, _lines(sample, name)))
    return tuple(sorted(found, key=lambda candidate: (-candidate.confidence, not candidate.fits)))


def _weight(sample: bytes, name: str, fitting: bool, *, is_guess: bool) -> tuple[float, Message]:
    if not fitting:
        return _NEVER, Message(_NOT_FITTING)
    if name == "utf-8" and b"\x00" not in sample:
        return _PROVEN, Message(_PROVES_ITSELF)
    if name in {"gb18030", "big5"}:
        share = common_share(sample, name)
        # Of two Chinese encodings the one that the reader itself would take stands first.
        confidence = round(min(0.95, share if is_guess else share * 0.6), 2)
        return confidence, Message(_COMMON, {"percent": round(share * 100)})
    return 0.5 if is_guess else _HARDLY, Message(_FITS_ONLY)


def _lines(sample: bytes, name: str) -> tuple[str, ...]:
    lines = [line.strip()[:_LINE_CHARS] for line in sample.decode(name, errors="replace").splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if not line.isascii()]
    return tuple((telling or lines)[:_SAMPLE_LINES])
