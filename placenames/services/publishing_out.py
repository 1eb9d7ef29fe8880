"""New and changed names since a day, for whoever makes maps: as rows of a file, and as entries of a feed.

What changed is read from the history that the database writes; what is told of it is what the public may see today. A place that
is no longer public is not in the list, as it is in no other.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.db.models import Max, Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.territory.models import Installation

from ..models import Name, Place, Spelling
from .public import public_names
from .public_page import Shape, shapes_of_all

# How far back a list goes that says no day.
USUAL_DAYS: Final = 30
MOST_IN_FEED: Final = 200
_CHUNK: Final = 500
COLUMNS: Final = (
    "change", "changed_on", "name", "pinyin", "former_name", "kind", "category_code", "place_code", "division_code", "division",
    "approved_by", "approved_on", "lon", "lat", "address", "invented",
)  # fmt: skip


class Change(models.TextChoices):
    """What became of a name."""

    NEW = "new", gettext_lazy("new name")
    RENAMED = "renamed", gettext_lazy("renamed")
    CHANGED = "changed", gettext_lazy("entry changed")
    RETIRED = "retired", gettext_lazy("no longer used")


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A public place of which something changed; ``lon``, ``lat`` in EPSG:4490."""

    place: Place
    change: Change
    at: datetime.datetime
    name: Name
    former: str
    lon: float | None
    lat: float | None

    @property
    def spelling(self) -> str:
        """The confirmed spelling, or ""."""
        confirmed = self.name.confirmed_spelling()
        return confirmed.text if confirmed is not None else ""

    @property
    def path(self) -> str:
        """The permanent address of its page; none of a name that is no longer used."""
        return (
            "" if self.change is Change.RETIRED else reverse("placenames:place", args=[self.place.short_id])
        )


def usual_since() -> datetime.date:
    """Return the day from which changes are listed where none is asked for."""
    return timezone.localdate() - datetime.timedelta(days=USUAL_DAYS)


def changes(since: datetime.date, *, most: int | None = None, located: bool = True) -> list[Changed]:
    """Return public places of which a name, a spelling or the entry changed on a day or later, the latest change first.

    Parameters
    ----------
    since
        Local day.
    most
        So many of the latest at most.
    located
        Whether it is wanted where they are: reading what is drawn of them costs more than all the rest.
    """
    begun = timezone.make_aware(datetime.datetime.combine(since, datetime.time()))
    touched = _touched(begun)
    public = set(Place.objects.public().filter(pk__in=touched).order_by().values_list("pk", flat=True))
    latest = sorted(public, key=lambda pk: (touched[pk], pk), reverse=True)
    rows: list[Changed] = []
    chunk = _CHUNK if most is None else min(_CHUNK, most)
    for start in range(0, len(latest), chunk):
        rows += _told(latest[start : start + chunk], touched, begun, located=located)
        if most is not None and len(rows) >= most:
            return rows[:most]
    return rows


def _touched(begun: datetime.datetime) -> dict[int, datetime.datetime]:
    """Return the last change of each place that changed since."""
    spelled = dict(_events(Spelling, "name_id", begun))
    of_name = dict(Name.objects.filter(pk__in=spelled).values_list("pk", "place_id"))
    found: dict[int, datetime.datetime] = {}
    sources: Iterable[Iterable[tuple[int, datetime.datetime]]] = (
        _events(Place, "pgh_obj_id", begun),
        _events(Name, "place_id", begun),
        ((of_name[pk], at) for pk, at in spelled.items() if pk in of_name),
    )
    for pairs in sources:
        for place_id, at in pairs:
            found[place_id] = max(at, found.get(place_id, at))
    return found


def _events(
    model: type[Any], column: str, begun: datetime.datetime
) -> Iterator[tuple[int, datetime.datetime]]:
    events = model.pgh_event_models["insert"]._default_manager.filter(pgh_created_at__gte=begun)
    yield from (
        events.exclude(**{column: None})
        .order_by()
        .values(column)
        .annotate(at=Max("pgh_created_at"))
        .values_list(column, "at")
    )


def _told(
    pks: Sequence[int],
    touched: Mapping[int, datetime.datetime],
    begun: datetime.datetime,
    *,
    located: bool,
) -> list[Changed]:
    places = Place.objects.filter(pk__in=pks).select_related("kind", "division", "named_division", "source")
    places = places.defer("division__boundary", "named_division__boundary")
    by_pk = {place.pk: place for place in places.prefetch_related(Prefetch("names", queryset=public_names()))}
    shapes = shapes_of_all(list(by_pk.values())) if located else {}
    rows = (_changed(by_pk[pk], touched[pk], begun, shapes.get(pk, ())) for pk in pks if pk in by_pk)
    return [row for row in rows if row is not None]


def _changed(
    place: Place, at: datetime.datetime, begun: datetime.datetime, shapes: Sequence[Shape]
) -> Changed | None:
    ended = [
        name for name in place.names.all() if name.status == Name.Status.FORMER and name.valid_to is not None
    ]
    last = max(ended, key=lambda name: (name.valid_to, name.pk), default=None)
    current = place.current_name()
    name = current or last
    if name is None:
        return None
    ended_since = last is not None and last.valid_to is not None and last.valid_to >= begun.date()
    change = Change.CHANGED
    if current is None:
        change = Change.RETIRED
    elif ended_since:
        change = Change.RENAMED
    elif place.created_at >= begun:
        change = Change.NEW
    spot = shapes[0].geometry.point_on_surface if shapes else None
    return Changed(
        place=place, change=change, at=at, name=name,
        former=last.text if last is not None and change is Change.RENAMED else "",
        lon=round(spot.x, 6) if spot is not None else None, lat=round(spot.y, 6) if spot is not None else None,
    )  # fmt: skip


def row(changed: Changed, origin: str) -> dict[str, Any]:
    """Return a change as a file has it; ``origin`` is the site's address without a slash at the end."""
    place = changed.place
    division = place.named_division or place.division
    return {
        "change": str(changed.change.value), "changed_on": timezone.localtime(changed.at).date().isoformat(),
        "name": changed.name.text, "pinyin": changed.spelling, "former_name": changed.former, "kind": place.kind.name_zh,
        "category_code": place.kind.category_code, "place_code": place.place_code,
        "division_code": division.code if division else "", "division": division.name if division else "",
        "approved_by": place.approved_by, "approved_on": place.approved_on.isoformat() if place.approved_on else "",
        "lon": changed.lon, "lat": changed.lat, "address": f"{origin}{changed.path}" if changed.path else "",
        # Nobody is to draw on a map what a demo has made up.
        "invented": "yes" if place.is_demo else "",
    }  # fmt: skip


def as_csv(rows: Sequence[Changed], origin: str) -> str:
    """Return changes as a table that spreadsheets open: UTF-8 with a mark, one row a place; no cell can be a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for changed in rows:
        writer.writerow({key: _plain(value) for key, value in row(changed, origin).items()})
    return "\ufeff" + text.getvalue()


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def as_geojson(rows: Sequence[Changed], origin: str) -> dict[str, Any]:
    """Return changes as features; one without a known place has no geometry."""
    features = []
    for changed in rows:
        values = row(changed, origin)
        lon, lat = values.pop("lon"), values.pop("lat")
        point = {"type": "Point", "coordinates": [lon, lat]} if lon is not None else None
        features.append(
            {"type": "Feature", "id": changed.place.short_id, "geometry": point, "properties": values}
        )
    return {"type": "FeatureCollection", "features": features}


def as_atom(rows: Sequence[Changed], *, origin: str, own_path: str, title: str) -> str:
    """Return the latest changes as an Atom feed (RFC 4287); an entry's id is that of the place and the moment."""
    feed = Atom1Feed(
        title=title,
        link=f"{origin}{reverse('placenames:changes')}",
        description="",
        feed_url=f"{origin}{own_path}",
        language="zh-Hans",
        # A feed without an author is none (RFC 4287, 4.1.1).
        author_name=str(Installation.current()),
    )
    for changed in rows[:MOST_IN_FEED]:
        feed.add_item(
            title=f"{changed.change.label}：{changed.name.text}",
            link=f"{origin}{changed.path or reverse('placenames:changes')}",
            description=_summary(changed),
            updateddate=changed.at,
            unique_id=f"{origin}{reverse('placenames:place', args=[changed.place.short_id])}#{changed.at:%Y%m%dT%H%M%S%f}",
        )
    return feed.writeString("utf-8")


def _summary(changed: Changed) -> str:
    parts = [changed.place.kind.name, changed.spelling]
    if changed.former:
        parts.append(_("formerly %(name)s") % {"name": changed.former})
    if changed.place.division is not None:
        parts.append(changed.place.division.name)
    if changed.place.is_demo:
        parts.append(_("Demo data"))
    return " · ".join(part for part in parts if part)
