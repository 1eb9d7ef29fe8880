"""XML as its parser takes it: expat knows UTF-8, UTF-16 and Western text only, and Chinese programs write GB2312 and Big5."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import UnknownEncoding
from .encodings import lookup

_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_HEAD_BYTES = 256
# What expat reads itself, as Python calls it.
_KNOWN = frozenset({"utf-8", "utf-16", "iso8859-1", "ascii"})


def open_xml(path: Path) -> tuple[BinaryIO, str | None]:
    """Open an XML file for expat.

    Returns
    -------
    stream : binary file
        The file's bytes, in UTF-8 where its own encoding is none that expat knows.
    encoding : str or None
        The encoding that the file declares, if its bytes were turned into UTF-8: the parser is to be made for ``utf-8`` then.
    """
    stream = path.open("rb")
    match = _DECLARED.match(stream.read(_HEAD_BYTES))
    stream.seek(0)
    if match is None:
        return stream, None
    try:
        encoding = lookup(match[1].decode("ascii"))
    except (UnknownEncoding, UnicodeDecodeError):
        return stream, None
    if encoding in _KNOWN:
        return stream, None
    return cast("BinaryIO", codecs.EncodedFile(stream, "utf-8", encoding)), encoding
