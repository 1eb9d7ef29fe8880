"""Faces of signs for the maker: one as SVG or PDF, all of a batch as a sheet, and the order list."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from placenames.models import Place, Sign, SignBatch
from placenames.signage import Colour, Face, FaceSpec, NoFont, NoGlyph, draw_face

from . import settings

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_MM: Final = 170
_BETWEEN_MM: Final = 4
_TOLD_EVERY: Final = 10


# Signs of one road differ in little but their numbers.
_drawn_once = lru_cache(maxsize=256)(draw_face)


class CannotDraw(Exception):  # noqa: N818 - says what is wrong
    """A sign whose face cannot be drawn; the message says why, in the reader's words."""


def face_of(sign: Sign, *, address: str, side: int = 0, look: settings.Look | None = None) -> Face:
    """Draw a face of a sign.

    Parameters
    ----------
    sign
        Which one.
    address
        Where the name's page is, for the code; only what the public may see is given one.
    side
        0 or 1: from which side it is read.
    look
        How its sort looks, where that has been read for many at once.

    Raises
    ------
    CannotDraw
        If the font lacks a character of it, or is not installed: a sign without one of its characters must not be made.
        If it is too small to be drawn.
    """
    site = sign.site
    known = look or settings.look(sign.sort)
    spec = FaceSpec(
        text=sign.text, spelling=known.pinyin(sign.spelling), width_mm=sign.width_mm or known.width_mm,
        height_mm=sign.height_mm or known.height_mm, colour=Colour(sign.colour), address=address if sign.has_qr else "",
        axis_deg=site.bearing_deg, directions=site.bearing_deg is not None and known.directions,
        numbers=(site.numbers_back, site.numbers_on) if known.numbers else ("", ""), side=side,
    )  # fmt: skip
    try:
        return _drawn_once(spec)
    except NoGlyph as lacking:
        text = _("cannot be drawn: the font has no character “%(character)s” (U+%(code)04X)")
        character = str(lacking)
        raise CannotDraw(text % {"character": character, "code": ord(character[0])}) from lacking
    except NoFont as lacking:
        raise CannotDraw(_("cannot be drawn: the package fonts-noto-cjk is not installed")) from lacking
    except ValueError as wrong:
        raise CannotDraw(_("cannot be drawn: a face has a name, and at least 100 mm a side")) from wrong


def faces_of(sign: Sign, *, address: str, look: settings.Look | None = None) -> list[Face]:
    """Draw every face of a sign that differs: directions and house numbers are the other way round when read from behind.

    Raises
    ------
    CannotDraw
        As `face_of`.
    """
    known = look or settings.look(sign.sort)
    faces = [face_of(sign, address=address, side=side, look=known) for side in range(min(sign.faces, 2))]
    return [face for at, face in enumerate(faces) if face not in faces[:at]]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A sign with what its code holds and its faces; without faces there is why."""

    sign: Sign
    address: str
    look: settings.Look
    faces: Sequence[Face] = ()
    why_not: str = ""

    @property
    def face(self) -> Face | None:
        """The first of them."""
        return self.faces[0] if self.faces else None


def addresses(signs: Sequence[Sign], *, origin: str) -> list[str]:
    """Return what the codes of signs hold: the pages of their names; nothing where the public does not see the name.

    Parameters
    ----------
    signs
        With their sites and places.
    origin
        What the site's addresses begin with, without the last slash.
    """
    public = set(
        Place.objects.public()
        .filter(pk__in=[sign.site.place_id for sign in signs])
        .values_list("pk", flat=True)
    )
    return [
        origin + reverse("placenames:place", args=[sign.site.place.short_id])
        if sign.site.place_id in public
        else ""
        for sign in signs
    ]


def drawn(
    signs: Iterable[Sign], addresses: Iterable[str], *, tick: Callable[[int], None] = lambda _done: None
) -> list[Drawn]:
    """Draw the faces of signs; one that cannot be drawn does not keep the others from their maker.

    Parameters
    ----------
    signs, addresses
        Each with what its code holds.
    tick
        Called now and then with how many are drawn; what it raises ends the drawing.
    """
    found: list[Drawn] = []
    looks: dict[str, settings.Look] = {}
    for sign, address in zip(signs, addresses, strict=True):
        if sign.sort not in looks:
            looks[sign.sort] = settings.look(sign.sort)
        held, look = address if sign.has_qr else "", looks[sign.sort]
        try:
            faces = faces_of(sign, address=address, look=look)
            found.append(Drawn(sign=sign, address=held, look=look, faces=faces))
        except CannotDraw as why:
            found.append(Drawn(sign=sign, address=held, look=look, why_not=str(why)))
        if len(found) % _TOLD_EVERY == 0:
            tick(len(found))
    return found


def remarks(one: Drawn) -> list[str]:
    """Return in words what the maker must know of a drawing, or of a sign that has none."""
    sign, face, said = one.sign, one.face, []
    for what, amount in face.notes if face is not None else ():
        if what == "smaller":
            said.append(_("name drawn at %(percent)d per cent, since it is long") % {"percent": amount})
        else:
            said.append(_("plate widened to %(width)d mm, since the name is long") % {"width": amount})
    if not sign.spelling:
        said.append(_("without Pinyin: the spelling is not confirmed"))
    if sign.width_mm is None or sign.height_mm is None:
        said.append(_("size not measured: drawn as the class has it"))
    elif not one.look.verified:
        said.append(_("size not verified against the standard"))
    return said


def pdf(faces: Sequence[tuple[Sign, Face]]) -> bytes:
    """Write faces as a PDF, each on a page of the plate's own size."""
    pages = "".join(
        f"<style>@page f{number} {{ size: {face.width_mm}mm {face.height_mm}mm; margin: 0 }}</style>"
        f'<div style="page: f{number}">{face.svg}</div>'
        for number, (_sign, face) in enumerate(faces)
    )
    return _written(f"<style>body{{margin:0}} svg{{display:block}}</style>{pages}")


def sheet(batch: SignBatch, signs: Sequence[Drawn]) -> bytes:
    """Write every face of a batch small, with its size, address in its code and remarks, on A4.

    Signs that look the same are one drawing with all of their numbers; two sides that differ stand beside each other.
    """
    alike: dict[Any, list[Drawn]] = {}
    for one in signs:
        look = (
            one.sign.sort,
            one.sign.faces,
            one.sign.width_mm,
            one.address,
            *(face.svg for face in one.faces),
        )
        alike.setdefault(look if one.faces else one.sign.pk, []).append(one)
    rows = [_on_sheet(group) for group in alike.values()]
    title, invented = _("Faces of batch %(number)s") % {"number": batch.number}, _("Demo data")
    demo = f"<p class=d>{escape(invented)}</p>" if batch.is_demo else ""
    count = ngettext("%(count)d sign", "%(count)d signs", len(signs)) % {"count": len(signs)}
    said = " · ".join(text for text in (batch.maker, count) if text)
    head = f"<h1>{escape(title)}</h1><p>{escape(said)}</p>{demo}"
    foot = escape(_("Characters are outlines of Noto Sans CJK (SIL Open Font License 1.1)."))
    style = (
        "@page{size:A4;margin:14mm} body{font:10pt 'Noto Sans CJK SC','WenQuanYi Zen Hei',sans-serif;margin:0}"
        "h1{font-size:15pt;margin:0 0 4mm} .r{break-inside:avoid;margin-bottom:6mm} svg{display:block}"
        ".f{display:inline-block;margin-right:4mm} p{margin:1mm 0 0} span{white-space:nowrap} .d{color:#8c2f1b;font-weight:700}"
    )
    return _written(f"<style>{style}</style>{head}{''.join(rows)}<p>{foot}</p>")


def _on_sheet(group: Sequence[Drawn]) -> str:
    """Return the faces of signs that look the same in the width of the sheet with what is to be known of them; in red why not."""
    one = group[0]
    sign, first = one.sign, one.face
    facts: list[str] = [str(sign.get_sort_display())]
    if first is None:
        said = " · ".join((sign.asset_number, *facts, sign.text, one.why_not))
        return f"<div class=r><p class=d>{escape(said)}</p></div>"
    room = (_SHEET_MM - _BETWEEN_MM * (len(one.faces) - 1)) / len(one.faces)
    scale = min(1.0, room / first.width_mm)
    size = f'width="{first.width_mm * scale:.2f}mm" height="{first.height_mm * scale:.2f}mm"'
    before = f'width="{first.width_mm}mm" height="{first.height_mm}mm"'
    pictures = "".join(f"<div class=f>{face.svg.replace(before, size, 1)}</div>" for face in one.faces)
    count = ngettext("%(count)d sign", "%(count)d signs", len(group)) % {"count": len(group)}
    facts += [
        count, f"{first.width_mm} × {first.height_mm} mm", sign.get_colour_display(),
        ngettext("%(count)d face", "%(count)d faces", sign.faces) % {"count": sign.faces}, f"1:{1 / scale:.1f}",
        *([_("its two sides differ")] if len(one.faces) > 1 else []), *remarks(one),
        *([one.address] if one.address else []),
    ]  # fmt: skip
    numbers = "、".join(f"<span>{escape(each.sign.asset_number)}</span>" for each in group)
    said = escape(" · ".join(str(fact) for fact in facts))
    return f"<div class=r>{pictures}<p><b>{numbers}</b></p><p>{said}</p></div>"


def _written(html: str) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # No protocol is allowed: whatever a name may say, nothing is read or asked for.
    body: bytes = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
    return body


def order_list(batch: SignBatch, signs: Sequence[Drawn]) -> bytes:
    """Write the order list of a batch as a workbook: a row a sign, and what the maker must know."""
    titles = [
        _("asset number"), _("sort"), _("characters on it"), _("Pinyin on it"), _("width, mm"), _("height, mm"),
        _("height of characters, mm"), _("colour"), _("faces"), _("direction of the road, degrees"), _("side"),
        _("house numbers towards the start"), _("house numbers towards the end"), _("pole"), _("owner of the pole"),
        _("longitude"), _("latitude"), _("lies in"), _("address in the code"), _("price, yuan"), _("Remarks"),
    ]  # fmt: skip
    book = Workbook(write_only=True)
    page = book.create_sheet(title=_("Order"))
    page.freeze_panes = "A2"
    for number, title in enumerate(titles):
        page.column_dimensions[get_column_letter(number + 1)].width = max(12, min(2 * len(title) + 2, 30))
    page.append([_cell(page, title, bold=True) for title in titles])
    for one in signs:
        sign, site, face = one.sign, one.sign.site, one.face
        values: list[Any] = [
            sign.asset_number, sign.get_sort_display(), sign.text, one.look.pinyin(sign.spelling),
            face.width_mm if face else sign.width_mm, face.height_mm if face else sign.height_mm,
            face.character_mm if face else None, sign.get_colour_display(), sign.faces, site.bearing_deg,
            site.get_side_display() if site.side else "", site.numbers_back, site.numbers_on, site.pole_number,
            site.pole_owner, round(site.point.x, 6), round(site.point.y, 6), site.division.name if site.division else "",
            one.address, float(batch.unit_price) if batch.unit_price is not None else None,
            "；".join([*([one.why_not] if one.why_not else []), *remarks(one)]),
        ]  # fmt: skip
        page.append([_cell(page, value) for value in values])
    _quantities(book, batch, signs)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _quantities(book: Workbook, batch: SignBatch, signs: Sequence[Drawn]) -> None:
    """Add the sheet that a maker reckons by: how many of which sort, size, colour and faces, and what they cost."""
    counted = Counter(
        (
            one.sign.get_sort_display(),
            one.face.width_mm if one.face else one.sign.width_mm or 0,
            one.face.height_mm if one.face else one.sign.height_mm or 0,
            one.sign.get_colour_display(),
            one.sign.faces,
        )
        for one in signs
    )
    page = book.create_sheet(title=_("Quantities"))
    titles = [
        _("sort"), _("width, mm"), _("height, mm"), _("colour"), _("faces"), _("number of signs"), _("price, yuan"), _("sum, yuan"),
    ]  # fmt: skip
    page.append([_cell(page, title, bold=True) for title in titles])
    price = batch.unit_price
    for kind, count in sorted(counted.items()):
        costs = [float(price), float(price * count)] if price is not None else [None, None]
        page.append([_cell(page, value) for value in (*kind, count, *costs)])
    total = float(price * len(signs)) if price is not None else None
    page.append([_cell(page, value, bold=True) for value in (_("Sum"), *[None] * 4, len(signs), None, total)])


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    if value is not None and not isinstance(value, int | float):
        value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        # Text stays text, whatever it begins with.
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
