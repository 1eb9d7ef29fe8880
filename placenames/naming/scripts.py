"""Which language a name in another script is written in, as HTML's ``lang`` has it (BCP 47)."""

from __future__ import annotations

# First and last code point of a script (Unicode 15, Blocks.txt) → the language of China that is written in it.
_SCRIPTS = (
    (0x0F00, 0x0FFF, "bo"),
    (0x1800, 0x18AF, "mn"),
    (0x0600, 0x06FF, "ug"),
    (0xFB50, 0xFDFF, "ug"),
    (0xFE70, 0xFEFF, "ug"),
    (0xA000, 0xA4CF, "ii"),
    (0xAC00, 0xD7AF, "ko"),
    (0x1950, 0x197F, "tdd"),
    (0x1980, 0x19DF, "khb"),
)
UNKNOWN = "und"


def language_of(text: str) -> str:
    """Return the language of the first character that tells one; ``und`` where none does (Latin letters, Han)."""
    for character in text:
        code = ord(character)
        for first, last, language in _SCRIPTS:
            if first <= code <= last:
                return language
    return UNKNOWN
