"""Which characters the bytes mean: declared, proved by the bytes, or guessed."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from ..errors import Message, UnknownEncoding, gettext_noop

_BLOCK_BYTES = 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB 2312 and GBK are subsets of GB 18030; files that say the former often hold the latter.
_CHINESE = {
    "gbk",
    "gb2312",
    "gb_2312_80",
    "936",
    "cp936",
    "ms936",
    "ansi936",
    "oem936",
    "euccn",
    "windows936",
    "gb18030",
}
_ALIASES = {
    "65001": "utf-8",
    "utf8": "utf-8",
    "88591": "iso8859-1",
    "iso88591": "iso8859-1",
    "ansi1252": "cp1252",
    "oem1252": "cp1252",
    "1252": "cp1252",
    "950": "cp950",
    "oem950": "cp950",
    "ansi950": "cp950",
    "1251": "cp1251",
    "932": "cp932",
    "949": "cp949",
}
_NO_CHARACTER_SETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "utf_7",
    "mbcs",
    "oem",
}

# Enough proof that a file is UTF-8 even if one byte further down is damaged.
_PROVEN_UTF8_CHARS = 20
# Share of GB 2312 level-one characters below which Chinese text is hardly GBK; and above which Big5 is
# believed.
_PLAUSIBLE_SHARE = 0.6

# Binary content that is decoded as text is full of what has no shape.
_PLAIN_SHARE = 0.98
_COMMON_CHARACTERS = {"gb18030": ("gb2312", range(0xB0, 0xD8)), "big5": ("big5", range(0xA4, 0xC7))}

_NO_SUCH_ENCODING = gettext_noop("There is no text encoding called “{encoding}”. Try UTF-8, GB18030 or Big5.")
_DOES_NOT_FIT = gettext_noop(
    "Line {line} of “{file}” cannot be read as {encoding}. Choose another encoding, or save the file as CSV "
    "UTF-8."
)
_DAMAGED_CHARACTER = gettext_noop(
    "Line {line} of “{file}” has a damaged character; the rest is {encoding}. Correct that line, or save the file as CSV UTF-8."
)
_NOT_RECOGNISED = gettext_noop(
    "The text encoding of “{file}” is not recognised. Say which it is (UTF-8, GB18030, Big5), or save the "
    "file as CSV UTF-8."
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text encoding and how sure it is.

    Parameters
    ----------
    name : str
        Python codec.
    guessed : bool
        True if neither declared nor proved by the bytes.
    """

    name: str
    guessed: bool


def lookup(declared: str) -> str:
    """Return Python's codec for a declared encoding (``GBK``, ``936``, ``OEM 936``, ``UTF-8`` …).

    Raises
    ------
    UnknownEncoding
    """
    squeezed = "".join(char for char in declared.casefold() if char.isalnum() or char == "_")
    if squeezed in _CHINESE:
        return "gb18030"
    try:
        info = codecs.lookup(_ALIASES.get(squeezed, declared.strip()))
    except (LookupError, ValueError, UnicodeError) as error:
        raise UnknownEncoding(Message(_NO_SUCH_ENCODING, {"encoding": declared[:40]})) from error
    if info.name.replace("-", "_") in _NO_CHARACTER_SETS or not getattr(info, "_is_text_encoding", True):
        raise UnknownEncoding(Message(_NO_SUCH_ENCODING, {"encoding": declared[:40]}))
    return info.name


def bom_of(head: bytes) -> str | None:
    """Return the encoding whose mark the bytes begin with, or None."""
    return next((name for mark, name in _BOMS if head.startswith(mark)), None)


def detect_file(path: Path, *, declared: str | None, file: str) -> Encoding:
    """Find the encoding of a whole text file, and prove that all of it can be decoded.

    Parameters
    ----------
    path : Path
        The text on disk.
    declared : str or None
        What the user says; it must fit.
    file : str
        The file's name for messages.

    Returns
    -------
    Encoding

    Raises
    ------
    UnknownEncoding
        If the declared one does not exist or does not fit, or none is recognised; with the line.
    """

    def blocks() -> Iterator[bytes]:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                yield block

    with path.open("rb") as stream:
        head = stream.read(4)
    bom = bom_of(head)
    name = lookup(declared) if declared else bom
    if bom is not None and name in {"utf-8", "utf-16"}:
        name = bom  # the same, without its mark in the first header
    if name is not None:
        broken = _first_broken_line(blocks(), name)
        if broken is not None:
            params = {"line": broken, "file": file, "encoding": (declared or name).upper()}
            raise UnknownEncoding(Message(_DOES_NOT_FIT, params), file=file, row=broken)
        return Encoding(name, guessed=False)
    return _guess(blocks, file)


def _guess(blocks: Callable[[], Iterator[bytes]], file: str) -> Encoding:
    sample = next(iter(blocks()), b"")
    if b"\x00" in sample:
        name = utf16_without_mark(sample)
        if name is None or _first_broken_line(blocks(), name) is not None:
            raise UnknownEncoding(Message(_NOT_RECOGNISED, {"file": file}), file=file)
        return Encoding(name, guessed=True)
    line, proven = _utf8_proof(blocks())
    if line is None:
        return Encoding("utf-8", guessed=False)
    if proven >= _PROVEN_UTF8_CHARS:
        raise UnknownEncoding(
            Message(_DOES_NOT_FIT, {"line": line, "file": file, "encoding": "UTF-8"}), file=file, row=line
        )
    name = guess_bytes(sample)
    if name is None and common_share(sample, "gb18030") >= _PLAUSIBLE_SHARE:
        name = "gb18030"  # but for a damaged byte somewhere
    broken = _first_broken_line(blocks(), name) if name is not None else None
    if broken is not None and name == "gb18030":
        params = {"line": broken, "file": file, "encoding": "GB18030"}
        raise UnknownEncoding(Message(_DAMAGED_CHARACTER, params), file=file, row=broken)
    if name is None or broken is not None:
        raise UnknownEncoding(Message(_NOT_RECOGNISED, {"file": file}), file=file)
    return Encoding(name, guessed=True)


def guess_bytes(sample: bytes) -> str | None:
    """Guess the encoding of some text; the last characters may be cut.

    Parameters
    ----------
    sample : bytes
        Text without a declaration.

    Returns
    -------
    str or None
        ``utf-8``, ``gb18030``, ``big5`` or what charset-normalizer finds.
    """
    if decodes(sample, "utf-8"):
        return "utf-8"
    if decodes(sample, "gb18030"):
        share = common_share(sample, "gb18030")
        if share >= _PLAUSIBLE_SHARE:
            return "gb18030"
        if decodes(sample, "big5") and common_share(sample, "big5") > _PLAUSIBLE_SHARE:
            return "big5"
    best = charset_normalizer.from_bytes(sample).best()
    found = best.encoding if best is not None else None
    if found is None or found in _NO_CHARACTER_SETS:
        return "gb18030" if decodes(sample, "gb18030") else None
    return lookup(found)


def decodes(sample: bytes, encoding: str) -> bool:
    """Tell whether bytes can be decoded, a cut last character excepted."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(sample)
    except UnicodeError:
        return False
    return True


def utf16_without_mark(sample: bytes) -> str | None:
    """Tell text in UTF-16 that lacks its mark: its line ends and blanks have a zero byte on the one side or the other.

    Returns
    -------
    str or None
        ``utf-16-le`` or ``utf-16-be``; None for anything else, binary content above all.
    """
    sample = sample[: len(sample) // 2 * 2]
    for name in ("utf-16-le", "utf-16-be"):
        if not decodes(sample, name):
            continue
        text = sample.decode(name, errors="ignore")
        plain = sum(char.isprintable() or char in "\t\r\n" for char in text)
        if "\n" in text and plain >= _PLAIN_SHARE * len(text):
            return name
    return None


def common_share(sample: bytes, encoding: str) -> float:
    """Share of the ideographs that are among the common ones of a national standard, 0 if there are none.

    Parameters
    ----------
    sample : bytes
    encoding : str
        ``gb18030`` (level one of GB 2312) or ``big5`` (its frequent characters).
    """
    test, common = _COMMON_CHARACTERS[encoding]
    text = sample.decode(encoding, errors="ignore")
    ideographs = [char for char in text[:20_000] if char >= "\u3400"]
    if not ideographs:
        return 0.0
    hits = 0
    for char in ideographs:
        raw = char.encode(test, errors="ignore")
        # Punctuation and full-width forms (row A1–A3) say nothing against the encoding.
        hits += len(raw) == 2 and (raw[0] in common or 0xA1 <= raw[0] <= 0xA3)
    return hits / len(ideographs)


def _first_broken_line(blocks: Iterable[bytes], encoding: str) -> int | None:
    """Return the line (from 1) of the first byte that cannot be decoded, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    for block in blocks:
        try:
            lines += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            return lines + error.object[: error.start].count(b"\n")
        except UnicodeError:  # UTF-16 that does not begin with its mark
            return lines
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines
    return None


def _utf8_proof(blocks: Iterable[bytes]) -> tuple[int | None, int]:
    """Return the first line that is no UTF-8 (or None), and how many multi-byte characters precede it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, proven = 1, 0
    for block in blocks:
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode("utf-8")
            return lines + before.count("\n"), proven + sum(char > "\x7f" for char in before)
        lines += text.count("\n")
        if proven < _PROVEN_UTF8_CHARS and not text.isascii():
            proven += sum(char > "\x7f" for char in text)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines, proven
    return None, proven
