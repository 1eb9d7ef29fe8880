"""What comes from the telephone: a sign that was looked at, one that nobody had recorded, the track of a lane without a name.

Each entry has a key of its own: sent again, it is answered again and counts once. What somebody else has done meanwhile is told,
and nothing of it is written over: the person sends the entry all the same, or lets it go.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.attachments.services import attach_all
from geo_registry.drawing.geometries import from_geojson
from geo_registry.drawing.registry import layers
from geo_registry.drawing.services import settings as drawing_settings
from geo_registry.drawing.services.changes import Action as DrawingAction
from geo_registry.drawing.services.changes import Change, DrawingError
from geo_registry.drawing.services.saving import Provenance, address, save
from geo_registry.drawing.services.tracks import read_track
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Division, RoadClass
from geo_registry.territory.services.locating import divisions_at
from placenames.models import Place, Sign, SignInspection, SignStep

from . import settings, work
from .inventory import Found, record_found
from .lists import place_called

MOST_FIXES: Final = 20_000


class Conflict(ValidationError):  # noqa: N818 - says what happened
    """Somebody else has been there meanwhile; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where the person stood, and how exactly the telephone knew."""

    point: Point | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class Spotted:
    """A sign that stands and that nobody has recorded: what it says, and where."""

    name: str
    reason: str
    position: Position
    note: str = ""


def known(key: uuid.UUID) -> bool:
    """Say whether an entry of this key has arrived before."""
    return SignInspection.objects.filter(key=key).exists()


def _hold(key: uuid.UUID) -> None:
    """Have the same entry, sent twice at once, wait for the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"field {key}"])


@transaction.atomic
def take_seen(
    *, sign: Sign, by: User, key: uuid.UUID, on_day: datetime.date, defects: Sequence[str], note: str, position: Position,
    photos: Sequence[Any], since: datetime.datetime | None,
) -> None:  # fmt: skip
    """Take in what was seen at a sign.

    Parameters
    ----------
    since
        When the telephone last heard of the sign; ``None``: the person has read what happened meanwhile, and sends it all the same.

    Raises
    ------
    Conflict
        If somebody else has looked at the sign, or changed it, since.
    PermissionDenied, ValidationError
        As `work.inspect`.
    """
    _hold(key)
    if known(key):
        return
    if since is not None and (told := _meanwhile(sign, by, since)):
        raise Conflict(told)
    work.inspect(
        sign=sign, by=by, key=key, on_day=on_day, defects=defects, note=note, point=position.point,
        accuracy_m=position.accuracy_m, photos=photos,
    )  # fmt: skip


def _meanwhile(sign: Sign, by: User, since: datetime.datetime) -> str:
    """Return in words what others have done with a sign since a moment."""
    said = []
    for seen in SignInspection.objects.filter(sign=sign, at__gt=since).exclude(by=by).select_related("by"):
        what = "、".join(seen.defect_labels) or _("in order")
        said.append(
            (seen.at, _("%(who)s looked at it on %(day)s: %(what)s") % _words(seen.by, seen.on_day, what))
        )
    for step in SignStep.objects.filter(sign=sign, at__gt=since).exclude(by=by).select_related("by"):
        what = step.get_status_display()
        said.append(
            (step.at, _("%(who)s changed it on %(day)s: %(what)s") % _words(step.by, step.on_day, what))
        )
    return "；".join(text for _at, text in sorted(said, key=lambda pair: pair[0]))


def _words(who: User | None, day: datetime.date, what: str) -> dict[str, str]:
    return {"who": str(who or "–"), "day": date_format(day), "what": what}


@transaction.atomic
def take_spotted(
    *, spotted: Spotted, by: User, key: uuid.UUID, on_day: datetime.date, photos: Sequence[Any], sure: bool
) -> Sign | None:  # fmt: skip
    """Record a sign that stands; that the person stood before it is its first inspection.

    Parameters
    ----------
    sure
        Whether the person has said that it is another one than those near by.

    Returns
    -------
    Sign or None
        ``None``: the entry has arrived before.

    Raises
    ------
    Conflict
        If a sign of the same place stands so near that it is likely the same.
    PermissionDenied
        If the place lies outside of the person's area.
    ValidationError
        If no place has the name, or there is no position.
    """
    _hold(key)
    if known(key):
        return None
    point = spotted.position.point
    if on_day > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    if point is None:
        raise ValidationError(
            _("The telephone gave no position. Record it on the page with typed co-ordinates.")
        )
    place = place_called(spotted.name.strip(), by, point)
    if place is None:
        raise ValidationError({"name": _("No road or village of your area has, or had, this name.")})
    if not sure and (near := _stands_near(place, point)) is not None:
        sign, metres = near
        raise Conflict(
            _("A sign “%(text)s” (%(number)s) is recorded %(metres)d m from there. Is it the same?")
            % {"text": sign.text, "number": sign.asset_number, "metres": metres}
        )
    made = record_found(
        found=Found(
            place=place, point=point, division=division_of(place, point), text=spotted.name.strip(),
            accuracy_m=spotted.position.accuracy_m, reason=spotted.reason, note=spotted.note,
        ),
        by=by,
    )  # fmt: skip
    seen = SignInspection.objects.create(
        key=key,
        sign=made,
        on_day=on_day,
        point=point,
        accuracy_m=spotted.position.accuracy_m,
        note=spotted.note[:300],
        by=by,
    )
    if photos:
        attach_all(files=list(photos), owner=seen, by=by, purpose=work.BEFORE)
    return made


def division_of(place: Place, point: Point) -> Division | None:
    """Return the lowest division that a point lies in; where no outline covers it, that of the place."""
    lowest = divisions_at([(point.x, point.y)])[0]
    found = Division.objects.filter(pk=lowest).first() if lowest else None
    return found or place.named_division or place.division


def _stands_near(place: Place, point: Point) -> tuple[Sign, float] | None:
    """Return the nearest standing sign of a place within the distance at which a sign serves a site."""
    rows = Sign.objects.standing().filter(site__place=place).annotate(metres=DistanceM("site__point", point))
    nearest = rows.filter(metres__lte=settings.rules().match_m).order_by("metres", "pk").first()
    return (nearest, float(nearest.metres)) if nearest is not None else None  # type: ignore[attr-defined]


def may_send_tracks(user: User) -> bool:
    """Say whether a person may propose what is drawn on the ground."""
    return may(user, Action.EDIT_TERRITORY) or may(user, Action.PROPOSE_TERRITORY)


def take_track(*, fixes: Any, note: str, by: User, key: uuid.UUID) -> str:
    """Propose the track of a lane without a name as a road: cleaned, as the telephone recorded it; return its page.

    A planner looks at it on the map and puts it in force; the name follows in a case.

    Parameters
    ----------
    fixes
        Positions ``[longitude, latitude, time]`` in WGS 84, as the telephone wrote them.

    Raises
    ------
    PermissionDenied
        If the person proposes nothing on the ground.
    ValidationError
        If there is no usable track.
    """
    if not may_send_tracks(by):
        raise PermissionDenied
    try:
        pieces = read_track(upload=_as_file(fixes), system="WGS84", how=drawing_settings.cleaning())["pieces"]
        road = layers()["road"]
        changes = [
            Change(
                key=f"new-{number}", layer=road, action=DrawingAction.CREATE, geometry=from_geojson(piece["geometry"], road.family),
                attributes={"road_class": RoadClass.RESIDENTIAL.value},
            )
            for number, piece in enumerate(pieces, start=1)
        ]  # fmt: skip
        why = _("Lane without a name, recorded on site. %(note)s") % {"note": note}
        saved = save(
            user=by, changes=changes, said=Provenance(why=why.strip()[:300], method="track", as_of=timezone.localdate()),
            propose=True, digest=key.hex,
        )  # fmt: skip
    except DrawingError as error:
        raise ValidationError(str(error)) from error
    if saved.edit_set is None:
        raise ValidationError(
            "；".join(problem.text for problem in saved.prepared.problems) or _("Nothing was kept.")
        )
    return address(saved.edit_set)


def _as_file(fixes: Any) -> SimpleUploadedFile:
    """Return positions as the file that the reader of tracks knows.

    Raises
    ------
    ValidationError
        If they are no positions, or more than `MOST_FIXES`.
    """
    if not isinstance(fixes, list) or not 2 <= len(fixes) <= MOST_FIXES:
        raise ValidationError(_("The track has too few positions, or too many."))
    features = []
    for fix in fixes:
        if not (
            isinstance(fix, list)
            and len(fix) == 3
            and all(isinstance(value, int | float) for value in fix[:2])
        ):
            raise ValidationError(_("The track is damaged."))
        features.append(
            {
                "type": "Feature",
                "properties": {"time": str(fix[2])},
                "geometry": {"type": "Point", "coordinates": fix[:2]},
            }
        )
    body = json.dumps({"type": "FeatureCollection", "features": features})
    return SimpleUploadedFile("track.geojson", body.encode(), content_type="application/geo+json")
