"""Claims under a warranty, as the maker is sent them."""

from __future__ import annotations

import io

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from geo_registry.geodata.workbooks import Cell, WorkbookWriter
from placenames.models import SignOrder


def workbook(rows: QuerySet[SignOrder]) -> bytes:
    """Write claims as a workbook: batch and maker, sign, what is wrong since when, until when, what became of it."""
    header = [
        _("batch"), _("maker"), _("warranty until"), _("asset number"), _("characters on it"), _("lies in"), _("longitude"),
        _("latitude"), _("what is wrong"), _("reported on"), _("to be done by"), _("state"), _("done on"), _("Note"),
    ]  # fmt: skip
    book = WorkbookWriter()
    book.sheet(_("Warranty claims"), header=header, rows=[_row(order) for order in rows])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _row(order: SignOrder) -> list[Cell]:
    sign, batch, site = order.sign, order.sign.batch, order.sign.site
    return [
        batch.number if batch else "", batch.maker if batch else "", batch.warranty_until if batch else None,
        sign.asset_number, sign.text, site.division.name if site.division else "", round(site.point.x, 6),
        round(site.point.y, 6), order.reason, order.opened_on, order.due, order.get_state_display(), order.done_on, order.note,
    ]  # fmt: skip
