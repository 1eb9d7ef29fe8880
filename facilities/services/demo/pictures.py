"""Pictures for invented records: drawn by this code, with DEMO across them, so that nobody takes them for a photo of a place."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from PIL import Image, ImageDraw, ImageFont

from geo_registry.accounts.models import User
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import as_file, attach

SIZE: Final = (960, 720)
CAPTION: Final = "示范图片（程序绘制，不是实景）"
_WALL, _FLOOR, _DOOR, _BOX, _DARK = "#dfe5e3", "#b9b2a4", "#6d8b86", "#a9793f", "#4a4f4d"


def blocked_exit(draw: ImageDraw.ImageDraw) -> None:
    """A door with boxes in front of it."""
    clear_exit(draw)
    for left, top, size in ((330, 420, 150), (470, 470, 110), (400, 330, 100)):
        draw.rectangle((left, top, left + size, top + size), fill=_BOX, outline=_DARK, width=4)
        draw.line((left, top + size // 2, left + size, top + size // 2), fill=_DARK, width=3)


def clear_exit(draw: ImageDraw.ImageDraw) -> None:
    """A room with a door that is free."""
    draw.rectangle((0, 0, *SIZE), fill=_WALL)
    draw.polygon([(0, 560), (SIZE[0], 560), (SIZE[0], SIZE[1]), (0, SIZE[1])], fill=_FLOOR)
    draw.rectangle((360, 170, 600, 560), fill=_DOOR, outline=_DARK, width=6)
    draw.ellipse((560, 360, 582, 382), fill="#e6dfc8")
    draw.rectangle((410, 90, 550, 140), fill="#2f7d4f", outline=_DARK, width=3)


def paper(draw: ImageDraw.ImageDraw) -> None:
    """A sheet with lines, as evidence is."""
    draw.rectangle((0, 0, *SIZE), fill="#c9c4b8")
    draw.rectangle((230, 40, 730, 690), fill="#fbfaf5", outline=_DARK, width=3)
    draw.rectangle((290, 90, 670, 120), fill=_DARK)
    for row in range(11):
        draw.line((280, 170 + row * 42, 680 - (row % 3) * 60, 170 + row * 42), fill="#8a8f8c", width=6)


def house(draw: ImageDraw.ImageDraw) -> None:
    """A house of one storey."""
    draw.rectangle((0, 0, *SIZE), fill="#d8e4ec")
    draw.rectangle((0, 520, *SIZE), fill="#c3b592")
    draw.rectangle((190, 290, 770, 560), fill="#e9e2d2", outline=_DARK, width=5)
    draw.polygon([(150, 290), (480, 150), (810, 290)], fill="#96594a", outline=_DARK)
    for left in (240, 350, 560, 670):
        draw.rectangle((left, 350, left + 70, 430), fill="#9fb8c4", outline=_DARK, width=4)
    draw.rectangle((450, 390, 530, 560), fill=_DOOR, outline=_DARK, width=4)


SCENES: Final[dict[str, Callable[[ImageDraw.ImageDraw], None]]] = {
    "blocked": blocked_exit,
    "clear": clear_exit,
    "paper": paper,
    "house": house,
}


def picture(scene: str) -> bytes:
    """Return a scene as JPEG; the same bytes each time."""
    image = Image.new("RGB", SIZE)
    SCENES[scene](ImageDraw.Draw(image))
    stamp = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(stamp)
    draw.text(
        (SIZE[0] // 2, SIZE[1] // 2),
        "DEMO",
        font=ImageFont.load_default(230),
        fill=(160, 40, 40, 110),
        anchor="mm",
    )
    image.paste(stamp.rotate(20), (0, 0), stamp.rotate(20))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return written.getvalue()


@dataclass
class Album:
    """Gives pictures to many records: each is drawn and kept once."""

    _waiting: list[tuple[str, Attachment]] = field(default_factory=list)

    def add(self, scene: str, *, owner: Model, purpose: str, by: User | None) -> None:
        """Note that a record gets a picture."""
        row = Attachment(
            owner_type=ContentType.objects.get_for_model(owner),
            owner_id=str(owner.pk),
            purpose=purpose,
            name=f"示范-{scene}.jpg",
            note=CAPTION,
            uploaded_by=by,
        )
        self._waiting.append((scene, row))

    def save(self, owner: Model) -> int:
        """Save them all; return how many. ``owner`` is lent each drawing while that is checked and kept."""
        contents = {}
        for scene in sorted({scene for scene, _row in self._waiting}):
            lent = attach(file=as_file(picture(scene), f"{scene}.jpg"), owner=owner, by=None)
            contents[scene] = lent.content
            lent.delete()
        for scene, row in self._waiting:
            row.content = contents[scene]
        Attachment.objects.bulk_create([row for _scene, row in self._waiting])
        return len(self._waiting)
