"""Files of a published map: pictures, paper, one HTML file. Made in the background, kept, and handed out as they are."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from geo_registry.attachments.services import bytes_at, keep_made
from geo_registry.jobs.work import Progress

from ..exports import composed
from ..exports.picture import png
from ..exports.sheet import A3, A4
from ..models import MapFile, MapVersion
from . import drawing
from .composition import read_story
from .content import Content, digest_of, shown
from .telling import Told, told

# Files are for everybody to print and pass on; they are in the language of the office.
LANGUAGE: Final = "zh-hans"
# Raised by one whenever what is drawn changes: files that are kept are then made anew.
_DRAWING: Final = 1


@dataclass(frozen=True)
class Kind:
    """A kind of file; ``label`` is empty where it is no file to take away but a part of the page."""

    code: str
    label: str | Promise
    suffix: str
    media_type: str


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind("pdf-a4", _("Map to print, A4 (PDF)"), "A4.pdf", "application/pdf"),
        Kind("pdf-a3", _("Map to print, A3 (PDF)"), "A3.pdf", "application/pdf"),
        Kind("png", _("Picture (PNG)"), "png", "image/png"),
        Kind("html", _("Map that opens without a network (HTML)"), "html", "text/html; charset=utf-8"),
        Kind("svg", "", "svg", "image/svg+xml"),
    )
}


def kind_of(code: str) -> Kind | None:
    """Return the kind of file under a code; ``step-3`` is the picture of the third step of a story."""
    if code.startswith("step-") and code.removeprefix("step-").isdecimal():
        return Kind(code, "", f"{code}.svg", "image/svg+xml")
    return KINDS.get(code)


def address_of(version: MapVersion) -> str:
    """Return where a version is read: everybody's page, or the office's where it is not for everybody."""
    name = "maps:published_version" if version.is_public else "maps:composed"
    return reverse(name, args=[version.map.code, version.number])


def made_from(content: Content) -> str:
    """Return the digest that a file carries which was made from what is shown."""
    return f"{_DRAWING}-{digest_of(content)}"[:40]


def files_of(version: MapVersion, content: Content) -> dict[str, MapFile]:
    """Return the file of each kind that shows what the page shows.

    One made before something in it was changed, or taken from the public, is handed out no more; the next is made within half
    an hour.
    """
    rows = version.files.filter(digest=made_from(content)).select_related("attachment__content")
    return {file.kind: file for file in rows}


def name_of(version: MapVersion, kind: Kind) -> str:
    """Return the name a file is saved under: the map's title, its version, its kind."""
    return get_valid_filename(f"{version.title}-v{version.number}.{kind.suffix}")


def make_all(version: MapVersion, *, progress: Progress | None = None) -> int:
    """Make every file of a version that is not there yet for the data of today.

    Returns
    -------
    int
        How many were made.
    """
    with override(LANGUAGE):
        content = shown(version)
        words = told(version, content)
        digest = made_from(content)
        makers = _makers(version, content, words)
        made = 0
        for done, (code, make) in enumerate(makers.items()):
            kind = kind_of(code)
            if kind is None:
                continue
            if progress is not None:
                progress.step(done, len(makers), str(kind.label) or kind.code)
            made += _make(version, kind, digest=digest, day=content["day"], content=make)
        version.files.filter(kind__in=makers).exclude(digest=digest).delete()
    if progress is not None:
        progress.step(len(makers), len(makers), "")
    return made


def _make(version: MapVersion, kind: Kind, *, digest: str, day: str, content: Callable[[], bytes]) -> bool:
    """Make one file unless it is there; one whose data have not changed is as good as made today."""
    today = datetime.date.fromisoformat(day)
    kept = version.files.filter(kind=kind.code, digest=digest).select_related("attachment__content").first()
    if kept is not None and bytes_at(kept.attachment) is not None:
        version.files.filter(pk=kept.pk).update(data_day=today)
        return False
    made = content()
    with transaction.atomic():
        file, _is_new = MapFile.objects.get_or_create(
            version=version, kind=kind.code, digest=digest, defaults={"data_day": today}
        )
        file.attachment = keep_made(
            content=made, name=name_of(version, kind), media_type=kind.media_type, owner=file, by=None
        )
        file.save(update_fields=["attachment"])
    return True


def _makers(version: MapVersion, content: Content, words: Told) -> dict[str, Callable[[], bytes]]:
    address = f"/m/{version.map.code}/{version.number}/" if not version.is_internal else ""
    sheet = drawing.sheet(version, content, words, address=address)
    # The picture is the A4 paper's first page, so that it carries its mark, its legend and its date wherever it goes.
    printed: dict[str, bytes] = {}

    def a4() -> bytes:
        if "a4" not in printed:
            printed["a4"] = composed.pdf(sheet, A4)
        return printed["a4"]

    makers: dict[str, Callable[[], bytes]] = {
        "svg": lambda: drawing.picture(version, content).encode(),
        "pdf-a4": a4,
        "pdf-a3": lambda: composed.pdf(sheet, A3),
        "png": lambda: png(a4(), dots_per_inch=160),
        "html": lambda: drawing.html_file(version, content, words).encode(),
    }
    for number, step in enumerate(read_story(version.story), start=1):
        makers[f"step-{number}"] = lambda step=step: drawing.picture(version, content, step=step).encode()  # type: ignore[misc]
    return makers
