"""The guide's pages: Markdown files in ``docs/guide``, a folder a role, pictures beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Role

from .markup import Rendered, render

PUBLIC: Final = "public"
READERS: Final[dict[str, Promise]] = {
    Role.PLANNER.value: _("Guide for planners"),
    Role.NAME_OFFICER.value: _("Guide for place-name officers"),
    Role.CLERK.value: _("Guide for township clerks"),
    Role.REVIEWER.value: _("Guide for reviewers"),
    Role.ADMINISTRATOR.value: _("Guide for administrators"),
    PUBLIC: _("Guide for everybody"),
}
_FILE = re.compile(r"\d+-([a-z-]+)\.md\Z")
_PICTURE = re.compile(r"[a-z0-9-]+\.png\Z")


@dataclass(frozen=True)
class GuidePage:
    """One page of a role's guide."""

    reader: str
    name: str
    path: Path

    def text(self) -> str:
        """Return what is written there."""
        return self.path.read_text("utf-8")

    @property
    def title(self) -> str:
        """Its heading."""
        first = self.text().lstrip().split("\n", 1)[0]
        return first.removeprefix("# ").strip()

    @property
    def url(self) -> str:
        """Where it is read."""
        return reverse("guide:page", args=[self.reader, self.name])

    def rendered(self) -> Rendered:
        """Return it as HTML, with links to the product's own pages."""
        return render(self.text(), link=address_of, picture=picture_url)


def folder() -> Path:
    """Return where the guide lies."""
    return Path(settings.BASE_DIR) / "docs" / "guide"


def pages_of(reader: str) -> list[GuidePage]:
    """Return a role's pages in their order; none for a role that has no guide."""
    if reader not in READERS:
        return []
    found = []
    for path in sorted((folder() / reader).glob("*.md")):
        name = _FILE.match(path.name)
        if name:
            found.append(GuidePage(reader, name.group(1), path))
    return found


def reader_of(role: str | None) -> str:
    """Return whose guide a person of a role reads: a viewer reads the planner's, nobody in particular the public's."""
    if role == Role.VIEWER.value:
        return Role.PLANNER.value
    return role if role in READERS else PUBLIC


def address_of(target: str) -> str:
    """Return the address that a link of a guide points at.

    ``page:worklist:mine`` is a page of the product by the name of its address, ``guide:clerk/work`` another page of the guide.
    One that has gone leads to the guide's first page; a test tells whoever took it away.
    """
    kind, _colon, name = target.partition(":")
    try:
        if kind == "page":
            return reverse(name)
        if kind == "guide":
            return reverse("guide:page", args=name.split("/"))
    except NoReverseMatch:
        return reverse("guide:index")
    return target


def picture_url(name: str) -> str:
    """Return where a picture is handed out."""
    return reverse("guide:picture", args=[name.rpartition("/")[2].removesuffix(".png")])


def picture_path(name: str) -> Path | None:
    """Return where a picture lies, or ``None`` where there is none of that name."""
    path = folder() / "images" / f"{name}.png"
    return path if _PICTURE.match(path.name) and path.is_file() else None
