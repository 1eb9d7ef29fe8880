"""Faces of signs for the maker: one as SVG or PDF, all of a batch as a sheet, and the order list."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from geo_registry.reference.models import ReferenceValue
from placenames.models import Sign, SignBatch
from placenames.signage import Colour, Face, FaceSpec, draw_face

from . import settings

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_MM: Final = 170


def face_of(sign: Sign, *, address: str, side: int = 0) -> Face:
    """Draw a face of a sign.

    Parameters
    ----------
    sign
        Which one.
    address
        Where the name's page is, for the code; only what the public may see is given one.
    side
        0 or 1: from which side it is read.
    """
    site = sign.site
    numbered = (site.numbers_back or site.numbers_on) and settings.shows(sign.sort, "numbers")
    return draw_face(
        FaceSpec(
            text=sign.text, spelling=sign.spelling, width_mm=sign.width_mm or 1200, height_mm=sign.height_mm or 400,
            colour=Colour(sign.colour), address=address if sign.has_qr else "", axis_deg=site.bearing_deg,
            directions=site.bearing_deg is not None and settings.shows(sign.sort, "directions"),
            numbers=(site.numbers_back, site.numbers_on) if numbered else ("", ""), side=side,
        )
    )  # fmt: skip


def unverified(sign: Sign) -> bool:
    """Say whether nobody has compared the sizes of this sort with a standard."""
    keys = [f"sign-{sign.sort}-width-mm", f"sign-{sign.sort}-height-mm"]
    day = timezone.localdate()
    rows = [ReferenceValue.objects.effective(key, on=day) for key in keys]
    return not all(row is not None and row.verified for row in rows)


def remarks(sign: Sign, face: Face) -> list[str]:
    """Return in words what the maker must know of a drawing."""
    said = []
    for what, amount in face.notes:
        if what == "smaller":
            said.append(_("name drawn at %(percent)d per cent, since it is long") % {"percent": amount})
        else:
            said.append(_("plate widened to %(width)d mm, since the name is long") % {"width": amount})
    if not sign.spelling:
        said.append(_("without Pinyin: the spelling is not confirmed"))
    if unverified(sign):
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


def sheet(batch: SignBatch, faces: Sequence[tuple[Sign, Face]]) -> bytes:
    """Write every face of a batch small, with its number, size and remarks, on A4."""
    rows = []
    for sign, face in faces:
        scale = min(1.0, _SHEET_MM / face.width_mm)
        size = f'width="{face.width_mm * scale:.2f}mm" height="{face.height_mm * scale:.2f}mm"'
        drawn = face.svg.replace(f'width="{face.width_mm}mm" height="{face.height_mm}mm"', size, 1)
        facts = [
            sign.asset_number, sign.get_sort_display(), f"{face.width_mm} × {face.height_mm} mm", sign.get_colour_display(),
            ngettext("%(count)d face", "%(count)d faces", sign.faces) % {"count": sign.faces}, f"1:{1 / scale:.1f}",
            *remarks(sign, face),
        ]  # fmt: skip
        rows.append(f"<div class=r>{drawn}<p>{escape(' · '.join(str(fact) for fact in facts))}</p></div>")
    demo = f"<p class=d>{escape(_('Demo data'))}</p>" if batch.is_demo else ""
    head = f"<h1>{escape(_('Faces of batch %(number)s') % {'number': batch.number})}</h1>{demo}"
    foot = escape(_("Characters are outlines of Noto Sans CJK (SIL Open Font License 1.1)."))
    style = (
        "@page{size:A4;margin:14mm} body{font:10pt 'Noto Sans CJK SC','WenQuanYi Zen Hei',sans-serif;margin:0}"
        "h1{font-size:15pt;margin:0 0 4mm} .r{break-inside:avoid;margin-bottom:6mm} svg{display:block}"
        "p{margin:1mm 0 0} .d{color:#8c2f1b;font-weight:700}"
    )
    return _written(f"<style>{style}</style>{head}{''.join(rows)}<p>{foot}</p>")


def _written(html: str) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # No protocol is allowed: whatever a name may say, nothing is read or asked for.
    body: bytes = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
    return body


def order_list(batch: SignBatch, faces: Sequence[tuple[Sign, Face]], addresses: Sequence[str]) -> bytes:
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
    for (sign, face), address in zip(faces, addresses, strict=True):
        site = sign.site
        values: list[Any] = [
            sign.asset_number, sign.get_sort_display(), sign.text, sign.spelling, face.width_mm, face.height_mm,
            face.character_mm, sign.get_colour_display(), sign.faces, site.bearing_deg,
            site.get_side_display() if site.side else "", site.numbers_back, site.numbers_on, site.pole_number,
            site.pole_owner, round(site.point.x, 6), round(site.point.y, 6), site.division.name if site.division else "",
            address if sign.has_qr else "", float(batch.unit_price) if batch.unit_price is not None else None,
            "；".join(remarks(sign, face)),
        ]  # fmt: skip
        page.append([_cell(page, value) for value in values])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


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
