"""The few marks that a guide is written with, as HTML: headings, paragraphs, lists, notes, pictures, links, bold, keys. No Django.

A guide is written by hand and read by many: everything is escaped, and a mark that is not known stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)\Z")
_INLINE = re.compile(r"\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)")
_NUMBERED = re.compile(r"\d+\. ")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A page of the guide: its title, and what stands below it as HTML."""

    title: str
    html: str


def render(text: str, *, link: Callable[[str], str], picture: Callable[[str], str]) -> Rendered:
    """Return a page as HTML.

    Parameters
    ----------
    link
        Turns the target of a link into an address.
    picture
        Turns the name of a picture into an address.
    """
    title, parts = "", []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.strip().split("\n")
        if lines[0].startswith("# "):
            title = lines[0][2:].strip()
            continue
        parts.append(_block(lines, link, picture))
    return Rendered(title=title, html="\n".join(parts))


def targets(text: str) -> list[str]:
    """Return what the links of a page point at."""
    without_pictures = re.sub(r"!\[[^\]]*\]\([^)]+\)", "", text)
    return [found.group(4) for found in _INLINE.finditer(without_pictures) if found.group(4)]


def pictures(text: str) -> list[str]:
    """Return the names of a page's pictures."""
    return re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)


def _block(lines: list[str], link: Callable[[str], str], picture: Callable[[str], str]) -> str:
    first = lines[0]
    shown = _PICTURE.match(first.strip()) if len(lines) == 1 else None
    if shown:
        caption = escape(shown.group(1))
        return (
            f'<figure><img src="{escape(picture(shown.group(2)))}" alt="{caption}" loading="lazy">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    if first.startswith("## "):
        return f"<h2>{_inline(first[3:], link)}</h2>"
    for mark, tag in (("- ", "ul"), ("1. ", "ol")):
        if first.startswith(mark):
            items = "".join(f"<li>{_inline(item, link)}</li>" for item in _items(lines))
            return f"<{tag}>{items}</{tag}>"
    if first.startswith("> "):
        said = " ".join(line.removeprefix("> ") for line in lines)
        return f'<p class="note">{_inline(said, link)}</p>'
    return f"<p>{_inline(''.join(lines), link)}</p>"


def _items(lines: list[str]) -> list[str]:
    """Return a list's items; a line that begins none goes on with the one before."""
    items: list[str] = []
    for line in lines:
        if line.startswith("- ") or _NUMBERED.match(line):
            items.append(line.split(" ", 1)[1])
        else:
            items[-1] += line.strip()
    return items


def _inline(text: str, link: Callable[[str], str]) -> str:
    parts, end = [], 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[end : found.start()]))
        bold, key, words, target = found.groups()
        if bold:
            parts.append(f"<strong>{escape(bold)}</strong>")
        elif key:
            parts.append(f"<kbd>{escape(key)}</kbd>")
        else:
            parts.append(f'<a href="{escape(link(target))}">{escape(words)}</a>')
        end = found.end()
    return "".join([*parts, escape(text[end:])])
