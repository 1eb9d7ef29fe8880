"""Files of a run, made once and kept: the button on the run's page and the commands hand out the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.text import get_valid_filename
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from facilities.models import Facility
from geo_registry.accounts.models import User
from geo_registry.attachments.services import bytes_at, keep_made
from geo_registry.jobs.work import Progress
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import Installation

from ..exports import sheet
from ..exports.geopackage import geopackage
from ..exports.picture import png
from ..models import RunFile
from . import coverage_page as page
from .coverage_export import ExportError, coverage_html
from .coverage_public import NotForThePublic
from .run_books import annex, yearbook
from .run_layers import layers_of
from .run_sheet import sheet_of
from .run_tables import RunTables, tables_of
from .run_words import words_of

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Raised by one whenever what is drawn or written changes: files that are kept are then made anew.
_DRAWING: Final = 1


@dataclass(frozen=True)
class Kind:
    """A kind of file: its words, how it is named, whether it takes more than a moment to make."""

    code: str
    label: Promise
    suffix: str
    media_type: str
    is_slow: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind("pdf-a3", gettext_lazy("Map sheet, A3 (PDF)"), "A3.pdf", "application/pdf", is_slow=True),
        Kind("pdf-a4", gettext_lazy("Map sheet, A4 (PDF)"), "A4.pdf", "application/pdf", is_slow=True),
        Kind("png", gettext_lazy("Map sheet as a picture (PNG)"), "png", "image/png", is_slow=True),
        Kind("xlsx", gettext_lazy("Annex with all figures (XLSX)"), "xlsx", _XLSX),
        Kind("yearbook", gettext_lazy("Table for the yearbook (XLSX)"), "yearbook.xlsx", _XLSX),
        Kind("html", gettext_lazy("Map that opens without a network (HTML)"), "html", "text/html; charset=utf-8"),
        Kind("gpkg", gettext_lazy("Layers for a GIS (GeoPackage)"), "gpkg", "application/geopackage+sqlite3", is_slow=True),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A file that is asked for: of which choice of a run, of what kind, for whom."""

    choice: page.Choice
    kind: Kind
    is_public: bool = False

    @property
    def variant(self) -> str:
        """What of the run it shows and in which language: the same for everybody who looks at the same thing."""
        within = self.choice.within.code if self.choice.within else ""
        public = "&public=1" if self.is_public else ""
        return f"{self.choice.query()}&within={within}&language={get_language() or ''}{public}"

    @property
    def version(self) -> str:
        """A digest of what the file says besides the run: the drawing, the installation, what is public today."""
        site = Installation.current()
        facts: list[object] = [
            _DRAWING,
            site.map_review_number,
            site.office_name,
            site.site_name_zh,
        ]
        if self.is_public:
            public = Facility.objects.public().filter(pk__in=self.choice.set.facility_ids)
            facts += [effective_value("suppression-threshold"), sorted(public.values_list("pk", flat=True))]
        return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:40]

    @property
    def name(self) -> str:
        """The name it is saved under: network, who travels how, limit, day."""
        run = self.choice.run
        parts = [
            run.network.code, run.profile.code, f"{page.minutes(self.choice.limit_s)}min", f"{run.day:%Y%m%d}",
            *([self.choice.parent.code] if self.choice.parent and self.choice.parent != run.division else []),
            *(["public"] if self.is_public else []),
        ]  # fmt: skip
        return get_valid_filename(f"{'-'.join(parts)}.{self.kind.suffix}")


def check(wanted: Wanted) -> None:
    """Refuse what must not be made.

    Raises
    ------
    ExportError
        If a file for the public has no map review number, or shows a part of the run.
    """
    if not wanted.is_public:
        return
    if not Installation.current().map_review_number:
        raise ExportError(
            _(
                "A map for the public needs its review number (审图号). Enter it under “this installation” first."
            )
        )
    choice = wanted.choice
    if choice.within is not None or choice.parent != choice.run.division:
        raise ExportError(_("For the public there is the whole of a run, not a part of it."))


def kept(wanted: Wanted) -> RunFile | None:
    """Return the file if it has been made and is still there."""
    found = (
        RunFile.objects.filter(
            run=wanted.choice.run, kind=wanted.kind.code, variant=wanted.variant, version=wanted.version
        )
        .select_related("attachment__content")
        .first()
    )
    return found if found is not None and bytes_at(found.attachment) is not None else None


def rows_of(wanted: Wanted) -> int:
    """Return of how many divisions a file tells the figures."""
    choice = wanted.choice
    shares = choice.set.shares.filter(group=choice.group.value)
    if choice.parent is not None:
        shares = shares.filter(division__path__startswith=choice.parent.path)
    return shares.order_by().values("division").distinct().count()


def bytes_of(file: RunFile) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    ExportError
        If they have been lost meanwhile.
    """
    place = bytes_at(file.attachment)
    if place is None:
        raise ExportError(_("The file is no longer there. Ask for it again."))
    return place.read_bytes()


def made(wanted: Wanted, *, by: User | None = None, progress: Progress | None = None) -> RunFile:
    """Return the file, made now if it is not kept. Whoever asks while another makes it waits, and gets the other's.

    Raises
    ------
    ExportError
        If it must not be made, or there is nothing to show.
    Refused
        If there is no room for it.
    """
    check(wanted)
    found = kept(wanted)
    if found is not None:
        return found
    with transaction.atomic():
        _wait_for_others(wanted)
        found = kept(wanted)
        if found is not None:
            return found
        content = _content(wanted, by=by, progress=progress)
        file, _is_new = RunFile.objects.get_or_create(
            run=wanted.choice.run, kind=wanted.kind.code, variant=wanted.variant, version=wanted.version,
            defaults={"made_by": by},
        )  # fmt: skip
        file.attachment = keep_made(
            content=content, name=wanted.name, media_type=wanted.kind.media_type, owner=file, by=by
        )
        file.save(update_fields=["attachment"])
    return file


def _wait_for_others(wanted: Wanted) -> None:
    """Until this transaction ends, nobody else makes the same file."""
    key = f"{wanted.choice.run.pk} {wanted.kind.code} {wanted.variant} {wanted.version}"
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _content(wanted: Wanted, *, by: User | None, progress: Progress | None) -> bytes:
    def step(done: int, message: str) -> None:
        if progress is not None:
            progress.step(done, 3, message)

    code = wanted.kind.code
    if code == "html":
        return coverage_html(wanted.choice, public=wanted.is_public).encode()
    if code == "png":
        whole = made(
            Wanted(choice=wanted.choice, kind=KINDS["pdf-a3"], is_public=wanted.is_public),
            by=by,
            progress=progress,
        )
        return png(bytes_of(whole))
    step(0, _("Reading the run"))
    try:
        tables = tables_of(wanted.choice, is_public=wanted.is_public)
    except NotForThePublic as error:
        raise ExportError(str(error)) from error
    if not tables.rows:
        raise ExportError(_("Nobody of this group was counted here."))
    step(1, _("Drawing and writing"))
    try:
        content = _MAKERS[code](tables)
    except ValueError as error:
        raise ExportError(
            _("There is nothing to show on a map: no boundary, no place, no facility.")
        ) from error
    step(2, _("Keeping the file"))
    return content


def _gpkg(tables: RunTables) -> bytes:
    words = words_of(tables)
    about = {
        "title": words.title,
        "question": words.sentence,
        "run": str(tables.choice.run.pk),
        "made": words.made,
        "mark": words.review_mark,
        **({"data": words.demo_mark} if words.demo_mark else {}),
        **{f"note {number}": note for number, note in enumerate(words.notes, start=1)},
    }
    return geopackage(layers_of(tables), about=about)


_MAKERS: Final[Mapping[str, Callable[[RunTables], bytes]]] = {
    "pdf-a3": lambda tables: sheet.pdf(sheet_of(tables), sheet.A3),
    "pdf-a4": lambda tables: sheet.pdf(sheet_of(tables), sheet.A4),
    "xlsx": annex,
    "yearbook": yearbook,
    "gpkg": _gpkg,
}
