"""A report comes in: counted against the limits, kept with its photos, routed, and given the code that answers to it."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.attachments.detect import FileKind
from geo_registry.attachments.services import Refused, attach
from geo_registry.reference.services import effective_value

from ..models import Contact, Report, Step, What
from ..registry import Kind, Subject
from . import limits
from .routing import due_day, first_handler, tell_handlers, where_it_is

PHOTO_MB: Final = "report-photo-max-mb"
MOST_PHOTOS: Final = 3
RECEIVED: Final = "report-received"
# Crockford's base 32: no I, L, O, U, so that a code can be read aloud and copied by hand.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 12
_SAID_FOR: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """Return a code of 60 random bits, in groups of four."""
    signs = "".join(secrets.choice(_ALPHABET) for _i in range(_CODE_LENGTH))
    return "-".join(signs[i : i + 4] for i in range(0, _CODE_LENGTH, 4))


def digest_of(code: str) -> str:
    """Return the digest a code is kept as; case, spaces and hyphens do not matter."""
    plain = "".join(sign for sign in code.upper().translate(_SAID_FOR) if sign in _ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()


def by_code(code: str) -> Report | None:
    """Return the report that a code belongs to, or ``None``."""
    rows = Report.objects.select_related("handler", "source")
    return rows.filter(code_digest=digest_of(code)).first()


@transaction.atomic
def receive(
    *,
    kind: Kind,
    subject: Subject,
    topic: str,
    text: str,
    address: str | None,
    contact: str = "",
    point: Point | None = None,
    photos: Sequence[File[Any]] = (),
) -> tuple[Report, str]:
    """Take a report in. All or nothing: one whose photo is refused is not kept, and not counted.

    Parameters
    ----------
    kind, subject
        The public record that it is about.
    topic
        One of the kind's topics.
    text
        What was written.
    address
        The visitor's machine, for the limits alone; it is not kept.
    contact
        How the reporter may be asked back; may be empty.
    point
        Where the reporter says it is, in EPSG:4490.
    photos
        Pictures as the form has them, at most `MOST_PHOTOS`.

    Returns
    -------
    Report, str
        The report, and the code by which its reporter sees what becomes of it; only its digest is kept.

    Raises
    ------
    ValidationError
        By field, if something is missing or a photo is refused.
    TooMany
        If the day's limits are reached.
    """
    if topic not in kind.topics:
        raise ValidationError({"topic": _("Choose what is wrong.")})
    if not text.strip():
        raise ValidationError({"text": _("Say in a few words what is wrong, and how it should be.")})
    limits.count_in(address=address, day=timezone.localdate())
    return keep(
        kind=kind, subject=subject, topic=topic, text=text, contact=contact, point=point, photos=photos
    )


@transaction.atomic
def keep(
    *,
    kind: Kind,
    subject: Subject,
    topic: str,
    text: str,
    contact: str = "",
    point: Point | None = None,
    photos: Sequence[File[Any]] = (),
    at: datetime.datetime | None = None,
) -> tuple[Report, str]:
    """Keep a report that has been let in, or that the demo makes up: as `receive`, without limits, at a moment."""
    moment = at or timezone.now()
    division = where_it_is(subject.division, point)
    handler = first_handler(division)
    code = new_code()
    report = Report.objects.create(
        kind=kind.code,
        key=subject.key,
        subject=subject.name[:200],
        topic=topic,
        text=text.strip()[:1000],
        point=point,
        division=division,
        handler=handler,
        due=due_day(handler=handler, day=timezone.localdate(moment)),
        received_at=moment,
        source=subject.source if subject.source is not None and subject.source.is_demo else None,
        code_digest=digest_of(code),
    )
    if contact.strip():
        Contact.objects.create(report=report, text=contact.strip()[:100])
    _keep_photos(report, photos)
    Step.objects.create(report=report, what=What.RECEIVED, handler=handler, at=moment)
    tell_handlers(report, code=RECEIVED, key=f"{RECEIVED}-{report.pk}")
    return report, code


def _keep_photos(report: Report, photos: Sequence[File[Any]]) -> None:
    if len(photos) > MOST_PHOTOS:
        raise ValidationError({"photos": _("At most %(count)d photos can be sent.") % {"count": MOST_PHOTOS}})
    limit_mb = int(effective_value(PHOTO_MB)) if photos else 0
    for photo in photos:
        if photo.size is not None and photo.size > limit_mb * 1_000_000:
            raise ValidationError(
                {
                    "photos": _("“%(file)s” is too large: at most %(limit)d MB.")
                    % {"file": photo.name, "limit": limit_mb}
                }
            )
        try:
            attach(file=photo, owner=report, by=None, purpose="photo", kinds=frozenset({FileKind.IMAGE}))
        except Refused as error:
            raise ValidationError({"photos": error.messages}) from error
