"""Web pages for Python's own forgiving parser, without what makes it fail or takes it for ever.

Python's parser looks to the end of a page for the end of each comment, declaration and tag, so that many without an end cost the
square of the page; and it gives up at ``<![…]>`` that it does not know, which Excel and Word write around what only some programs
are to show. All of these are taken out beforehand in one pass, as browsers do it.

Source: WHATWG HTML Standard, section 13.2.5 (tokenization): comments end at ``-->`` or ``--!>``, other declarations at the next
``>``, each of them with the page at the latest; a tag that the page breaks off is none.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BEGIN = re.compile(r"<(?:(?P<comment>!--)|[!?]|(?P<raw>script|style)(?=[\s/>])[^>]*>)", re.IGNORECASE)
_COMMENT_END = re.compile(r"--!?>")
_DECLARATION_END = re.compile(r">")
_RAW_END = {name: re.compile(rf"(?=</{name}[\s/>])", re.IGNORECASE) for name in ("script", "style")}
_TAG_BEGIN = re.compile(r"<[a-z/!?]", re.IGNORECASE)
_TAG_BEGIN_OR_END = re.compile(r"<(?:[a-z/!?]|\Z)", re.IGNORECASE)
_CUT_TAG = re.compile(r"<[a-z/!?].*", re.IGNORECASE | re.DOTALL)
# No end of what is skipped is longer, with the character after it.
_LONGEST_END = len("</script>")
# Of a tag without an end; pictures stand in attributes as text.
_LONGEST_TAG = 1024 * 1024


class MarkupParser(HTMLParser):
    """Parser of pages of any origin: it sees their tags and text alone, in time that grows with the page's length.

    Comments, declarations, scripts and styles are left out.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._held = ""
        self._skip_to: re.Pattern[str] | None = None

    def feed(self, data: str) -> None:
        """Take the next piece of a page."""
        super().feed(self._without_declarations(self._held + data))
        if len(self.rawdata) > _LONGEST_TAG and self.rawdata.startswith("<"):
            # A quotation mark that is never closed: no tag.
            self.rawdata = f"&lt;{self.rawdata[1:]}"

    def close(self) -> None:
        """Take the end of the page."""
        if self._skip_to is None:
            super().feed(_CUT_TAG.sub("", self._held))
        self._held = ""
        super().close()

    def _without_declarations(self, text: str) -> str:
        """Return what of a piece is tags and text; what cannot be told yet is held back for the next piece."""
        kept: list[str] = []
        at = seen = 0
        in_tag = False
        last = text.rfind(">") + 1
        while True:
            if self._skip_to is not None:
                if (end := self._skip_to.search(text, at)) is None:
                    self._held = text[max(at, len(text) - _LONGEST_END) :]
                    return "".join(kept)
                at = seen = end.end()
                self._skip_to, in_tag = None, False
            # What has no end in this piece is held back below, so that nothing looks further than to the next ">".
            if (begin := _BEGIN.search(text, seen, last)) is None:
                break
            in_tag = _ends_in_tag(text, seen, begin.start(), before=in_tag)
            seen = begin.end()
            if in_tag:
                in_tag = not begin["raw"]  # which has taken the end of the tag with it
                continue
            kept.append(_closed(text[at : begin.start()]))
            # The dashes that begin a comment may end it: <!-->
            at = begin.start() + 2 if begin["comment"] else begin.end()
            if not (begin["raw"] and text.endswith("/>", 0, at)):  # in XHTML closed at once
                self._skip_to = _end_of(begin)
        rest = text[at:]
        unfinished = _TAG_BEGIN_OR_END.search(rest, rest.rfind(">") + 1)
        cut = len(rest) if unfinished is None else unfinished.start()
        self._held = rest[cut:]
        if len(self._held) > _LONGEST_TAG:
            self._skip_to = _COMMENT_END if self._held.startswith("<!--") else _DECLARATION_END
            self._held = ""
        return "".join([*kept, rest[:cut]])

    def parse_html_declaration(self, i: int) -> int:
        """Pass over what an attribute without an end has hidden; here the library's parser would give up."""
        return self.parse_bogus_comment(i)

    def parse_comment(self, i: int, report: bool = True) -> int:
        """Pass over what an attribute without an end has hidden."""
        return self.parse_bogus_comment(i, report)


def _end_of(begin: re.Match[str]) -> re.Pattern[str]:
    if begin["comment"]:
        return _COMMENT_END
    return _RAW_END[begin["raw"].lower()] if begin["raw"] else _DECLARATION_END


def _ends_in_tag(text: str, start: int, end: int, *, before: bool) -> bool:
    """Tell whether a piece of a page ends within a tag, if it began in one or not."""
    closed = text.rfind(">", start, end)
    if _TAG_BEGIN.search(text, max(start, closed + 1), end) is not None:
        return True
    return before and closed < 0


def _closed(text: str) -> str:
    """Return a text that makes no tag together with what follows."""
    return f"{text[:-1]}&lt;" if text.endswith("<") else text
