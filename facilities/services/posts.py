"""Keeping the register of posts: filling one, ending it, what is vacant; narrowed to the person's scope."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.geodata.identity import is_mobile
from geo_registry.geodata.workbooks import Cell
from geo_registry.territory.models import Division

from ..models import Appointment, AppointmentQuerySet, Facility, Post

Place = Division | Facility


def division_of(place: Place) -> Division:
    """Return the division that decides who may keep a place's posts."""
    return place.division if isinstance(place, Facility) else place


def visible(user: policy.Person) -> AppointmentQuerySet:
    """Return the fillings in a person's scope."""
    scope = policy.scope_path(user) if isinstance(user, User) and user.is_active else None
    rows = Appointment.objects.select_related("post", "division__parent", "facility__division__parent")
    rows = rows.defer("division__boundary", "division__parent__boundary", "facility__division__boundary")
    return rows.none() if scope is None else rows.within(scope).at_home()


def posts_of(place: Place, *, day: datetime.date | None = None) -> list[tuple[Post, Appointment | None]]:
    """Return each post that a place has, with who fills it on a day, or that nobody does."""
    day = day or timezone.localdate()
    if isinstance(place, Facility):
        network = place.kind.tier.network_id
        kinds = Post.objects.filter(level__isnull=True).filter(Q(network__isnull=True) | Q(network=network))
        held = Appointment.objects.on(day).filter(facility=place)
    else:
        kinds = Post.objects.filter(level=place.level)
        held = Appointment.objects.on(day).filter(division=place)
    filled = {row.post_id: row for row in held.select_related("division", "facility").order_by("valid_from")}
    return [(post, filled.get(post.pk)) for post in kinds]


@transaction.atomic
def fill(
    *,
    post: Post,
    place: Place,
    valid_from: datetime.date | None,
    user: User,
    ask_for: str = "",
    office_phone: str = "",
    public: bool = False,
    valid_to: datetime.date | None = None,
    appointment: Appointment | None = None,
) -> Appointment:
    """Enter that a post is filled, or change what was entered.

    Whoever filled it before is ended on the day the next begins.

    Raises
    ------
    PermissionDenied
        If the person does not keep records there, or marks it public without being allowed to publish.
    ValidationError
        If the post is none of the place's, the days overlap with another's, or a private number would become public.
    """
    _check_permission(user, place)
    was_public = appointment is not None and appointment.public
    if public and not was_public and not policy.may(user, Action.APPROVE, division=division_of(place)):
        raise PermissionDenied
    return write(
        post=post, place=place, valid_from=valid_from, valid_to=valid_to, ask_for=ask_for,
        office_phone=office_phone, public=public, appointment=appointment,
    )  # fmt: skip


def write(
    *,
    post: Post,
    place: Place,
    valid_from: datetime.date | None,
    valid_to: datetime.date | None = None,
    ask_for: str = "",
    office_phone: str = "",
    public: bool | None = None,
    appointment: Appointment | None = None,
) -> Appointment:
    """Check and write a filling, in the caller's transaction; who may do so was asked before.

    Raises
    ------
    ValidationError
        As for `fill`.
    """
    row = Appointment(post=post)
    if appointment is not None:
        row = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    row.post, row.valid_from, row.valid_to = post, valid_from, valid_to
    row.division = place if isinstance(place, Division) else None
    row.facility = place if isinstance(place, Facility) else None
    row.ask_for, row.office_phone = ask_for.strip(), office_phone.strip()
    if public is not None:
        row.public = public
    _check(row, place)
    _end_the_one_before(row)
    row.full_clean()
    row.save()
    return row


def _check_permission(user: User, place: Place) -> None:
    if not policy.may(user, Action.EDIT_FACILITIES, division=division_of(place)):
        raise PermissionDenied


def _check(row: Appointment, place: Place) -> None:
    errors: dict[str, str] = {}
    if row.valid_from is None:
        errors["valid_from"] = _("Say from which day on.")
    if isinstance(place, Facility):
        network = row.post.network_id
        fits = row.post.of_facilities and network in {None, place.kind.tier.network_id}
    else:
        fits = row.post.level == place.level
    if not fits:
        errors["post"] = _("%(place)s has no such post.") % {"place": place.name}
    if row.public and is_mobile(row.office_phone):
        errors["office_phone"] = _(
            "This looks like a personal mobile number. It may be kept for the office, but not made public."
        )
    if row.public and not row.office_phone:
        errors["office_phone"] = _("There is no telephone to make public.")
    if errors:
        raise ValidationError(errors)


def _end_the_one_before(row: Appointment) -> None:
    """End whoever filled the post until now; a later one bounds this one.

    Raises
    ------
    ValidationError
        If another begins on the same day, or begins later and this one would run into it.
    """
    others = Appointment.objects.select_for_update(of=("self",)).filter(
        post=row.post, division=row.division, facility=row.facility
    )
    begins = row.valid_from
    assert begins is not None  # noqa: S101 - checked before
    for other in others.exclude(pk=row.pk).order_by("valid_from"):
        starts, ends = other.valid_from, other.valid_to
        if starts == begins:
            raise ValidationError(
                {"valid_from": _("Another begins on this day already; change that entry instead.")}
            )
        if (starts is None or starts < begins) and (ends is None or ends > begins):
            other.valid_to = begins
            other.save(update_fields=["valid_to"])
        elif starts is not None and starts > begins and (row.valid_to is None or row.valid_to > starts):
            row.valid_to = starts


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the register: a post at a place, and who fills it; nobody where it is vacant."""

    post: Post
    place: Place
    appointment: Appointment | None

    @property
    def township(self) -> str:
        """The township that the place belongs to, where it lies below one."""
        division = division_of(self.place)
        parent = division.parent
        return parent.name if parent is not None and isinstance(self.place, Division) else division.name


def places_with(post: Post, *, user: User, division: str = "") -> QuerySet[Any]:
    """Return the places in a person's scope that should have a post, in the order of their codes."""
    day = timezone.localdate()
    if post.of_facilities:
        rows = policy.limit(Facility.objects.standing(), user).at_home()  # type: ignore[attr-defined]
        rows = rows.select_related("division__parent", "kind__tier").order_by("division__path", "number")
        if post.network_id is not None:
            rows = rows.filter(kind__tier__network=post.network_id)
        rows = rows.defer("division__boundary", "division__parent__boundary")
        prefix = "division__"
    else:
        rows = policy.limit(Division.objects.counted(day).filter(level=post.level), user)
        rows = rows.select_related("parent").defer("boundary", "parent__boundary").order_by("path")
        prefix = ""
    if division:
        paths = list(Division.objects.filter(code=division).values_list("path", flat=True)[:1])
        rows = rows.filter(**{f"{prefix}path__startswith": paths[0]}) if paths else rows.none()
    found: QuerySet[Any] = rows
    return found


def vacant_places(post: Post, *, user: User, division: str = "") -> QuerySet[Any]:
    """Return the places that should have a post and where nobody fills it today."""
    held = Appointment.objects.on(timezone.localdate()).filter(post=post)
    place = "facility" if post.of_facilities else "division"
    places = places_with(post, user=user, division=division)
    rows: QuerySet[Any] = places.filter(~Exists(held.filter(**{place: OuterRef("pk")})))
    return rows


def register(post: Post, *, user: User, division: str = "", only_vacant: bool = False) -> list[Line]:
    """Return the register of one post: every place that should have it, with who fills it today. Two queries."""
    places: Sequence[Place] = list(
        (vacant_places if only_vacant else places_with)(post, user=user, division=division)
    )
    held = visible(user).on(timezone.localdate()).filter(post=post)
    filled = {row.facility_id if post.of_facilities else row.division_id: row for row in held}
    return [Line(post=post, place=place, appointment=filled.get(place.pk)) for place in places]


def sheet_rows(lines: Sequence[Line]) -> Iterator[list[Cell]]:
    """Yield the register as a sheet that can be filled in and read back."""
    for line in lines:
        row = line.appointment
        is_facility = isinstance(line.place, Facility)
        yield [
            line.post.code,
            line.post.name,
            line.township,
            line.place.name,
            "" if is_facility else line.place.code,  # type: ignore[union-attr]
            line.place.number if is_facility else "",  # type: ignore[union-attr]
            row.ask_for if row else "",
            row.office_phone if row else "",
            row.valid_from if row else None,
            _("yes") if row and row.public else _("no"),
        ]


def sheet_header() -> list[str]:
    """Return the headings of that sheet: those that the import knows."""
    return [
        "岗位代码",
        "岗位",
        "乡镇（街道）",
        "单位",
        "行政区划代码",
        "设施编号",
        "称呼",
        "办公电话",
        "任职日期",
        "公开",
    ]
