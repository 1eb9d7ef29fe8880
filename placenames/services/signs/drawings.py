"""Faces of signs for the maker: one as SVG or PDF, all of a batch as a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placenames.models import Place, Sign, SignBatch
from placenames.signage import Colour, Face, FaceSpec, Measures, NoFont, NoGlyph, draw_face, measure_face

from . import settings

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
    known = look or settings.look(sign.sort)
    spec = _spec(sign, address, side, known)
    with _told():
        return _drawn_once(spec)


def _spec(sign: Sign, address: str, side: int, look: settings.Look) -> FaceSpec:
    site = sign.site
    return FaceSpec(
        text=sign.text, spelling=look.pinyin(sign.spelling), width_mm=sign.width_mm or look.width_mm,
        height_mm=sign.height_mm or look.height_mm, colour=Colour(sign.colour), address=address if sign.has_qr else "",
        axis_deg=site.bearing_deg, directions=site.bearing_deg is not None and look.directions,
        numbers=(site.numbers_back, site.numbers_on) if look.numbers else ("", ""), side=side,
    )  # fmt: skip


@contextmanager
def _told() -> Iterator[None]:
    """Say in words why a face cannot be drawn."""
    try:
        yield
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
    """A sign with what its code holds, its measures and its faces if they are drawn; without measures there is why."""

    sign: Sign
    address: str
    look: settings.Look
    measures: Measures | None = None
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
    for sign, held, address, look in _looked_up(signs, addresses):
        try:
            faces = faces_of(sign, address=address, look=look)
            found.append(Drawn(sign=sign, address=held, look=look, measures=faces[0], faces=faces))
        except CannotDraw as why:
            found.append(Drawn(sign=sign, address=held, look=look, why_not=str(why)))
        if len(found) % _TOLD_EVERY == 0:
            tick(len(found))
    return found


def measured(signs: Iterable[Sign], addresses: Iterable[str]) -> list[Drawn]:
    """Measure the faces of signs without drawing them: hundreds of them while somebody waits."""
    found: list[Drawn] = []
    for sign, held, address, look in _looked_up(signs, addresses):
        spec = _spec(sign, address, 0, look)
        try:
            with _told():
                measures = measure_face(spec)
            found.append(Drawn(sign=sign, address=held, look=look, measures=measures))
        except CannotDraw as why:
            found.append(Drawn(sign=sign, address=held, look=look, why_not=str(why)))
    return found


def _looked_up(
    signs: Iterable[Sign], addresses: Iterable[str]
) -> Iterator[tuple[Sign, str, str, settings.Look]]:
    """Yield signs with what their codes hold, the address of the name's page, and how their sort looks, read once."""
    looks: dict[str, settings.Look] = {}
    for sign, address in zip(signs, addresses, strict=True):
        if sign.sort not in looks:
            looks[sign.sort] = settings.look(sign.sort)
        yield sign, address if sign.has_qr else "", address, looks[sign.sort]


def remarks(one: Drawn) -> list[str]:
    """Return in words what the maker must know of a drawing, or of a sign that has none."""
    sign, said = one.sign, []
    for what, amount in one.measures.notes if one.measures is not None else ():
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
