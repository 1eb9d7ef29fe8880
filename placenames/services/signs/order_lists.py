"""The order list of a batch of signs as a workbook for the maker."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from placenames.models import SignBatch

from .drawings import Drawn, remarks

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        sign, site, size = one.sign, one.sign.site, one.measures
        values: list[Any] = [
            sign.asset_number, sign.get_sort_display(), sign.text, one.look.pinyin(sign.spelling),
            size.width_mm if size else sign.width_mm, size.height_mm if size else sign.height_mm,
            size.character_mm if size else None, sign.get_colour_display(), sign.faces, site.bearing_deg,
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
            one.measures.width_mm if one.measures else one.sign.width_mm or 0,
            one.measures.height_mm if one.measures else one.sign.height_mm or 0,
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
