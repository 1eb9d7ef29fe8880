"""Files of who fills which post, into the register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.importers.posts import POSTS
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.imports.registry import Holding, register_holding, register_kind
from geo_registry.imports.registry import Kind as FileKind
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division

from ..models import Appointment, Facility, Post
from . import posts as keeping
from .exports import export_posts

_NO_SUCH_POST = gettext_noop("There is no post “{code}”. Use a name or code of the register's sheet.")
_SEVERAL_POSTS = gettext_noop(
    "Several posts are called “{name}”: {codes}. Write the code of the one that is meant."
)
_NO_PLACE = gettext_noop("The row names neither a division nor a facility that is known here.")
_NO_DAY = gettext_noop("The row says who fills the post, but not from which day on.")
_NOT_POSSIBLE = gettext_noop("{problem}")
_FIELDS = ("ask_for", "office_phone", "valid_from", "valid_to")


class PostImporter:
    """Takes fillings in. A row without a day, a telephone and a form of address is a vacancy, and says nothing."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        # By name as well, as people write them; a code outranks a name.
        self.named: defaultdict[str, list[Post]] = defaultdict(list)
        for post in Post.objects.order_by("code"):
            self.named[post.name_zh].append(post)
        self.posts = {name: posts[0] for name, posts in self.named.items() if len(posts) == 1}
        self.posts |= {post.code: post for posts in self.named.values() for post in posts}

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        codes = {record.values.get("division_code") for record in records} - {None}
        numbers = {record.values.get("number") for record in records} - {None}
        rows = Division.objects.filter(code__in=codes, valid_to__isnull=True)
        divisions = {division.code: division for division in rows.defer("boundary")}
        found = Facility.objects.filter(number__in=numbers).select_related("division", "kind__tier")
        facilities = {facility.number: facility for facility in found}
        changes = []
        for record in records:
            values = record.values
            if not any(values.get(name) for name in _FIELDS):
                continue
            post = self.posts.get(values["post"])
            place = facilities.get(values.get("number", "")) or divisions.get(values.get("division_code", ""))
            change = self._take_one(record, post, place)
            if change is not None:
                changes.append(change)
        self.run.remember(changes)
        return []

    def _take_one(
        self, record: Record, post: Post | None, place: Facility | Division | None
    ) -> Change | None:
        values = record.values
        if post is None:
            several = "、".join(each.code for each in self.named.get(values["post"], ()))
            message = Message(_SEVERAL_POSTS, {"name": values["post"], "codes": several})
            record.refuse(
                message if several else Message(_NO_SUCH_POST, {"code": values["post"]}),
                column=self.run.header("post"),
                value=values["post"],
            )
            return None
        if place is None:
            record.refuse(Message(_NO_PLACE), column=self.run.header("division_code"))
            return None
        if values.get("valid_from") is None:
            record.refuse(Message(_NO_DAY), column=self.run.header("valid_from"))
            return None
        if not self.run.may_touch(record, keeping.division_of(place)):
            return None
        key = {"facility": place} if isinstance(place, Facility) else {"division": place}
        existing = Appointment.objects.filter(post=post, valid_from=values["valid_from"], **key).first()
        wanted = {
            "ask_for": values.get("ask_for", existing.ask_for if existing else ""),
            "office_phone": values.get("office_phone", existing.office_phone if existing else ""),
            "valid_to": values.get("valid_to", existing.valid_to if existing else None),
        }
        before = {name: _json(getattr(existing, name)) for name in wanted} if existing else {}
        if existing is not None and before == {name: _json(value) for name, value in wanted.items()}:
            return Change(record, existing, created=False)
        try:
            with transaction.atomic():
                row = keeping.write(
                    post=post, place=place, valid_from=values["valid_from"], appointment=existing, **wanted
                )
        except ValidationError as error:
            record.refuse(Message(_NOT_POSSIBLE, {"problem": " ".join(error.messages)}))
            return None
        after = {name: _json(value) for name, value in wanted.items() if value}
        if existing is not None:
            before = {name: value for name, value in before.items() if value != _json(wanted[name])}
            after = {name: _json(wanted[name]) for name in before}
        return Change(record, row, existing is None, before, after)

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Nothing is left to do."""


def _json(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def register() -> None:
    """Make the kind of file known."""
    register_kind(
        FileKind(
            declaration=POSTS,
            label=_("posts and who fills them"),
            importer=PostImporter,
            catalogue={"post": lambda: list(Post.objects.order_by("code").values_list("name_zh", flat=True))},
            example={
                "post": "村儿童主任",
                "division_code": "{home}001001",
                "ask_for": "王主任",
                "office_phone": "0951-4000009",
                "valid_from": "2024-01-01",
            },
            export=export_posts,
        )
    )
    register_holding(Holding(order=11, label=_("fillings of posts"), rows=_invented))


def _invented(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the fillings that were made up for the demo county, once that goes."""
    if not any(source.is_demo for source in sources):
        return Appointment.objects.none()
    return Appointment.objects.filter(is_demo=True)
