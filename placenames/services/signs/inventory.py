"""Keeping signs: planned ones from the plan, others as they are found, and each step of their life."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may, must_name_division
from geo_registry.reference.models import Source
from geo_registry.territory.geography import WithinM
from geo_registry.territory.models import Division, Installation, Level
from placenames.models import Name, Place, Sign, SignSite, SignStep
from placenames.models.places import SRID

from . import settings
from .planning import Required, Scope, plan

S = Sign.Status
NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    S.PLANNED: (S.ORDERED, S.REMOVED),
    S.ORDERED: (S.INSTALLED, S.PLANNED, S.REMOVED),
    S.INSTALLED: (S.ACCEPTED, S.DAMAGED, S.REMOVED),
    S.ACCEPTED: (S.DAMAGED, S.REMOVED),
    S.DAMAGED: (S.ACCEPTED, S.REMOVED),
    S.REMOVED: (),
}
"""From each state the ones that may follow: an order may be taken back, a damaged sign is mended."""
_LOCK: Final = 0x7369_676E
_PLANNING: Final = 0x7369_6770


class ChangedMeanwhile(ValidationError):  # noqa: N818 - says what happened
    """Somebody else has saved the sign since it was read."""


def may_keep(user: User, site: SignSite) -> bool:
    """Say whether a person may change the signs of a site."""
    return _keeps(user, site.division)


def _keeps(user: User, division: Division | None) -> bool:
    """Say whether a person keeps signs in a division; where the ground knows none, whoever's area is the whole home does."""
    return may(user, Action.EDIT_NAMES, division=division) and (
        division is not None or not must_name_division(user)
    )


SITE_FIELDS: Final = ("side", "pole_number", "pole_owner", "numbers_back", "numbers_on", "bearing_deg")


@transaction.atomic
def change_site(*, site: SignSite, by: User, values: Mapping[str, Any]) -> SignSite:
    """Write down what is known of a site; what shares its pole has the same owner from then on.

    Raises
    ------
    PermissionDenied
        If the person does not keep the site.
    ValidationError
        If a value cannot be.
    """
    if not may_keep(by, site):
        raise PermissionDenied
    row = SignSite.objects.select_for_update(of=("self",)).get(pk=site.pk)
    for name in SITE_FIELDS:
        if name in values:
            setattr(row, name, values[name])
    row.full_clean(exclude=["place", "division", "source"])
    row.save()
    if row.pole_number and row.pole_owner:
        for other in sharing(row).exclude(pole_owner=row.pole_owner):
            other.pole_owner = row.pole_owner
            other.save()
    return row


SIGN_FIELDS: Final = (
    "text",
    "spelling",
    "width_mm",
    "height_mm",
    "material",
    "colour",
    "faces",
    "has_qr",
    "due",
)
WRITTEN: Final = ("text", "spelling")
"""What is read off a sign that stands; one that is still to be made shows the name in force."""


@transaction.atomic
def change_sign(*, sign: Sign, by: User, values: Mapping[str, Any], revision: int) -> Sign:
    """Write down what a sign is made of, and what one that stands says.

    Parameters
    ----------
    sign, revision
        Which one, as the person saw it.
    by
        Who writes it down.
    values
        By name of `SIGN_FIELDS`; others are passed over.

    Raises
    ------
    PermissionDenied
        If the person does not keep the place where it stands.
    ChangedMeanwhile
        If somebody else has saved it since.
    ValidationError
        If a value cannot be, or the sign has been removed.
    """
    if not may_keep(by, sign.site):
        raise PermissionDenied
    row = Sign.objects.select_for_update(of=("self",)).select_related("site__place").get(pk=sign.pk)
    if row.revision != revision:
        raise ChangedMeanwhile(_("Somebody else has changed this sign meanwhile. Look at it again."))
    if row.status == Sign.Status.REMOVED:
        raise ValidationError(_("This sign has been taken away; what it was stays as it is."))
    for name in SIGN_FIELDS:
        if name in values and (row.stands or name not in WRITTEN):
            setattr(row, name, values[name])
    if row.stands:
        row.name = row.site.place.names.filter(text=row.text).order_by("-pk").first()
    row.revision += 1
    row.full_clean(exclude=["site", "name", "source", "batch", "replaces"])
    row.save()
    return row


def sharing(site: SignSite) -> QuerySet[SignSite]:
    """Return the other sites on the same pole, within the same township: numbers of poles are a township's own."""
    if not site.pole_number:
        return SignSite.objects.none()
    rows = SignSite.objects.filter(pole_number=site.pole_number, retired_on__isnull=True).exclude(pk=site.pk)
    town = site.division
    while town is not None and town.level > Level.TOWNSHIP:
        town = town.parent
    if town is not None:
        rows = rows.filter(division__path__startswith=town.path)
    return rows.select_related("place")


def poles_near(site: SignSite) -> list[tuple[str, str]]:
    """Return numbers and owners of poles within the distance at which signs are one site: one of them may be this one's."""
    metres = settings.rules().merge_m
    rows = SignSite.objects.exclude(pk=site.pk).exclude(pole_number="").filter(retired_on__isnull=True)
    near = rows.filter(WithinM("point", site.point, metres))
    return sorted(set(near.values_list("pole_number", "pole_owner")))


def next_numbers(count: int) -> list[str]:
    """Return so many asset numbers that nobody has: the home's code and a running number, never used twice.

    Called within a transaction; until it ends nobody else is given any.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        home = Installation.home()
        prefix = f"{home.code if home else 'S'}-S"
        # Also numbers of signs that were deleted: their history keeps them.
        cursor.execute(
            "SELECT max(substring(asset_number from %s)::bigint) FROM placenames_signevent WHERE asset_number ~ %s",
            [f"^{prefix}([0-9]{{1,12}})$", f"^{prefix}[0-9]{{1,12}}$"],
        )
        last = cursor.fetchone()[0] or 0
    return [f"{prefix}{number:06d}" for number in range(last + 1, last + 1 + count)]


class PlanningNow(Exception):  # noqa: N818 - says what is going on
    """A plan is being written already; the message says it in the reader's words."""


@transaction.atomic
def keep_missing(
    *, scope: Scope, by: User, waits: bool = True, reading: Callable[[int], None] | None = None,
    tick: Callable[[int, int], None] | None = None,
) -> list[Sign]:  # fmt: skip
    """Plan a scope, and write what is missing into the inventory.

    One after another: whoever presses twice, or at the same time as a colleague, has the plan made anew once the first is through,
    and nothing is planned twice.

    Parameters
    ----------
    scope
        What is planned.
    by
        Whose area bounds it.
    waits
        Whether to wait for somebody else's plan that is being written; a whole county's takes a while.
    reading
        Called with the number of roads that are planned.
    tick
        Called with how many signs are written, and of how many; what it raises undoes all of it.

    Raises
    ------
    PlanningNow
        If another plan is being written, and nobody is to wait for it.
    """
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLANNING])
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_PLANNING])
            if not cursor.fetchone()[0]:
                raise PlanningNow(_("Signs are being planned just now. Look again when that is done."))
    missing = plan(scope=scope, user=by, tick=reading).missing
    return keep_planned(
        rows=missing, by=by, tick=None if tick is None else lambda done: tick(done, len(missing))
    )


@transaction.atomic
def keep_planned(
    *, rows: Iterable[Required], by: User, source: Source | None = None, tick: Callable[[int], None] | None = None
) -> list[Sign]:  # fmt: skip
    """Write missing sites and planned signs into the inventory.

    A site that is there already without a sign takes the new one. Run on the same plan again after that, nothing is missing.

    Parameters
    ----------
    rows
        Missing sites of a plan; one for each post.
    by
        Who keeps them: rows outside of the person's area are passed over.
    source
        Where they come from, for the demo.
    tick
        Called now and then with how many are written; what it raises undoes all of it.
    """
    chosen = [row for row in rows if _keeps(by, row.division)]
    today = timezone.localdate()
    due = settings.days_after("setting", today)
    numbers = next_numbers(len(chosen))
    poles = _pole_numbers(chosen, numbers)
    signs = []
    for row, number in zip(chosen, numbers, strict=True):
        signs.append(_planned(row, number, poles[row.pole], by, today, due, source))
        if tick is not None and len(signs) % 50 == 0:
            tick(len(signs))
    return signs


def _pole_numbers(rows: Sequence[Required], numbers: Sequence[str]) -> dict[int, str]:
    """Give poles that several sites share a number; of others nobody needs one.

    It is that of the pole's first sign, with a P: as asset numbers, no pole's number is given twice.
    """
    places: dict[int, set[int]] = {}
    first: dict[int, str] = {}
    for row, number in zip(rows, numbers, strict=True):
        places.setdefault(row.pole, set()).add(row.place.pk)
        first.setdefault(row.pole, number)
    return {
        pole: "P".join(first[pole].rsplit("S", 1)) if len(there) > 1 else "" for pole, there in places.items()
    }


def _planned(
    row: Required, number: str, pole: str, by: User, today: datetime.date, due: datetime.date, source: Source | None
) -> Sign:  # fmt: skip
    site = SignSite.objects.create(
        place=row.place, division=row.division, reason=str(row.site.kind), part=row.site.part,
        measure_m=round(row.site.measure_m, 1), bearing_deg=row.site.bearing_deg, pole_number=pole, source=source,
        point=Point(row.site.lon, row.site.lat, srid=SRID),
    )  # fmt: skip
    approved = row.place.approved_on
    return _made(
        Sign(
            asset_number=number, site=site, sort=row.sort, colour=str(row.site.colour), faces=row.faces, source=source,
            # Counted from the approval where that is recent; a campaign for old names counts from today.
            due=max(settings.days_after("setting", approved), today) if approved else due,
        ),
        row.name, by, today,
    )  # fmt: skip


def _made(sign: Sign, name: Name, by: User, day: datetime.date, status: str = S.PLANNED) -> Sign:
    spelling = name.confirmed_spelling()
    sign.name, sign.text, sign.spelling = name, name.text, spelling.text if spelling else ""
    sign.width_mm, sign.height_mm = settings.size_mm(sign.sort, day)
    sign.status, sign.status_on = status, day
    sign.full_clean(exclude=["site", "name", "source", "batch", "replaces"])
    sign.save()
    SignStep.objects.create(sign=sign, status=status, on_day=day, by=by)
    return sign


@dataclass(frozen=True, kw_only=True)
class Found:
    """A sign that stands on site and that nobody has recorded."""

    place: Place
    point: Point
    division: Division | None
    text: str = ""
    accuracy_m: float | None = None
    reason: str = "other"
    note: str = ""


@transaction.atomic
def record_found(*, found: Found, by: User, source: Source | None = None) -> Sign:
    """Record a sign that stands but was not in the inventory.

    Raises
    ------
    PermissionDenied
        If the person does not keep the place where it stands.
    ValidationError
        If the place has no name.
    """
    if not _keeps(by, found.division):
        raise PermissionDenied
    name = found.place.current_name()
    if name is None:
        raise ValidationError(_("The place has no name in force."))
    today = timezone.localdate()
    site = SignSite.objects.create(
        place=found.place, division=found.division, point=found.point, accuracy_m=found.accuracy_m, reason=found.reason,
        source=source,
    )  # fmt: skip
    sort = Sign.Sort.VILLAGE if found.place.named_division_id else Sign.Sort.ROAD
    sign = Sign(asset_number=next_numbers(1)[0], site=site, sort=sort, source=source, has_qr=False)
    sign = _made(sign, name, by, today, S.INSTALLED)
    # Nobody has measured it yet.
    sign.width_mm = sign.height_mm = None
    if found.text and found.text != sign.text:
        old = found.place.names.filter(text=found.text).first()
        sign.text, sign.name, sign.spelling = found.text, old, ""
    sign.save()
    if found.note:
        sign.steps.update(note=found.note)
    return sign


@transaction.atomic
def move(
    *, sign: Sign, status: str, by: User | None, on_day: datetime.date, note: str = "", revision: int | None = None
) -> Sign:  # fmt: skip
    """Take a sign a step on.

    Parameters
    ----------
    sign, revision
        Which one, as the person saw it.
    status
        What it is from the day on.
    on_day
        The day; not before the last step, not in the future.

    Raises
    ------
    ChangedMeanwhile
        If somebody else has saved it since.
    ValidationError
        If the step does not follow from its state, or the day does not.
    """
    row = Sign.objects.select_for_update(of=("self",)).get(pk=sign.pk)
    if revision is not None and row.revision != revision:
        raise ChangedMeanwhile(_("Somebody else has changed this sign meanwhile. Look at it again."))
    if status not in NEXT[row.status]:
        raise ValidationError(
            _("A sign that is %(state)s cannot be %(next)s.")
            % {"state": row.get_status_display(), "next": S(status).label if status in S.values else status}
        )
    if on_day > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    if on_day < row.status_on:
        raise ValidationError({"on_day": _("That is before its last step.")})
    row.status, row.status_on = status, on_day
    row.revision += 1
    row.save()
    SignStep.objects.create(sign=row, status=status, on_day=on_day, note=note[:300], by=by)
    return row
