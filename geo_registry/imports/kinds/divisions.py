"""Divisions: parents before children, paths kept, the home found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Any

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.territory.models import DenominatorFlag, Division, Installation, Level, LocationMethod
from geo_registry.territory.services import ancestors_by_code, move_division

from ..declarations.divisions import VILLAGE, ancestor_codes
from ..services.copy_queue import ahead_of_copies
from ..services.copying import create
from ..services.rows import blanked
from ..services.run import ImportRun
from ..services.upsert import Wanted, is_same, is_there, to_geos, write
from .builtup import OUTLINE_STAYS

_LEVELS = {
    "nation": Level.NATION,
    "province": Level.PROVINCE,
    "prefecture": Level.PREFECTURE,
    "county": Level.COUNTY,
    "township": Level.TOWNSHIP,
    "village": Level.VILLAGE,
}
_BLANKS = {
    "short_name": "",
    "kind": "",
    "urban_rural": "",
    "boundary": None,
    "point": None,
    "point_method": "",
    "valid_from": None,
}
_BLANKED: dict[str, tuple[str, Any]] = {
    "short_name": ("short_name", ""), "kind": ("kind", ""), "urban_rural": ("urban_rural", ""),
    "valid_from": ("valid_from", None),
}  # fmt: skip

_NO_PARENT = gettext_noop(
    "The division {parent}, to which this one belongs, is not in the registry. Import it first, or in the "
    "same file."
)
_NO_SUCH_HOME = gettext_noop("No division has the code {code}, so it cannot be the home of this registry.")
_MANY_ROOTS = gettext_noop(
    "There are {count} divisions that belong to no other, so nobody knows whose registry this is. An administrator says it in the "
    "administration, under “this installation”."
)
_MANY_ROOTS_AT_CONSOLE = gettext_noop(
    "There are {count} divisions that belong to no other, so nobody knows whose registry this is. Say it: --home CODE"
)
_HOME_IS = gettext_noop("This registry is now that of {home}.")


class DivisionImporter:
    """Takes divisions in; a child waits for its parent if that comes later in the file."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._only_villages = True

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write the records whose parents are there; return the others.

        A chunk may hold several levels: parents are written before their children.
        """
        with ahead_of_copies() if self._stands_alone(records) else nullcontext():
            known = self._known(records)
        waiting: list[Record] = []
        layers: defaultdict[Level, list[Record]] = defaultdict(list)
        for record in records:
            layers[_LEVELS[record.values["level"]]].append(record)
        for _level, layer in sorted(layers.items()):
            ready = [record for record in layer if self._parent_is_known(record, known)]
            here = {id(record) for record in ready}
            waiting += [record for record in layer if id(record) not in here]
            if ready:
                self._write(ready, known)
        return waiting

    def _stands_alone(self, records: Sequence[Record]) -> bool:
        """Whether what the registry has of these divisions and those above does not depend on earlier rows of the file.

        No code is there twice (such rows are doubles) unless it was used again after an end, and villages are above nothing.
        """
        self._only_villages &= all(
            record.values["level"] == VILLAGE and "valid_to" not in record.values for record in records
        )
        return self._only_villages

    def give_up(self, records: Sequence[Record]) -> None:
        """Refuse divisions whose parents never came."""
        for record in records:
            parent = record.values.get("parent_code") or record.values["code"][:9]
            column = self.run.header("parent_code" if "parent_code" in record.values else "code")
            record.refuse(Message(_NO_PARENT, {"parent": parent}), column=column, value=parent)

    def finish(self) -> None:
        """Settle whose registry this is: as the user said, or the only root of a first import."""
        code = self.run.home_code
        home = None
        if code:
            home = Division.objects.filter(code=code, valid_to__isnull=True).first()
            if home is None:
                raise GeodataError(Message(_NO_SUCH_HOME, {"code": code}))
        elif self.run.home is None:
            roots = list(Division.objects.filter(parent__isnull=True, valid_to__isnull=True)[:2])
            if len(roots) > 1:
                count = Division.objects.filter(parent__isnull=True, valid_to__isnull=True).count()
                template = _MANY_ROOTS if self.run.user is not None else _MANY_ROOTS_AT_CONSOLE
                self._say(template, Severity.WARNING, count=count)
            home = roots[0] if len(roots) == 1 else None
        if home is not None and home != self.run.home:
            installation = Installation.current()
            installation.home_division = home
            installation.save()
            self._say(_HOME_IS, Severity.NOTE, home=home.name)

    def _say(self, template: str, severity: Severity, **params: object) -> None:
        self.run.issues.append(RowIssue(None, None, severity, Message(template, params)))

    # -- what is there -------------------------------------------------------------------------

    def _known(self, records: Sequence[Record]) -> dict[str, Division]:
        """Return what exists of the records' divisions and of all that may be above them, by code."""
        own = {record.values["code"] for record in records}
        above = {code for record in records for code in ancestor_codes(record.values["code"])}
        above |= {record.values["parent_code"] for record in records if "parent_code" in record.values}
        rows = Division.objects.filter(code__in=own, valid_to__isnull=True).select_related("source")
        return {**ancestors_by_code(above - own), **{division.code: division for division in rows}}

    def _parent_is_known(self, record: Record, known: dict[str, Division]) -> bool:
        if parent := record.values.get("parent_code"):
            return parent in known
        code = record.values["code"]
        # A village belongs to a township; anything higher may be the top of a registry.
        return record.values["level"] != VILLAGE or len(code) != 12 or code[:9] in known

    def _parent(self, record: Record, known: dict[str, Division]) -> Division | None:
        if code := record.values.get("parent_code"):
            return known[code]
        level = _LEVELS[record.values["level"]]
        above = (known.get(code) for code in ancestor_codes(record.values["code"]))
        return next((division for division in above if division is not None and division.level < level), None)

    # -- writing -------------------------------------------------------------------------------

    def _write(self, records: Sequence[Record], known: dict[str, Division]) -> None:
        boundaries = to_geos([record.geometry for record in records])
        points = to_geos([_point_of(record) for record in records])
        ended = self._ended(records)
        wanted: list[Wanted] = []
        moves: list[tuple[Division, Division | None]] = []
        for record, boundary, point in zip(records, boundaries, points, strict=True):
            parent = self._parent(record, known)
            existing = self._existing(record, known, ended)
            values = self.run.provenance(record, existing, blanks=_BLANKS)
            if values is None or not self._in_scope(record, parent, existing):
                continue
            values |= _plain_values(record)
            values |= blanked(record, _BLANKED) if existing is not None else {}
            if existing is not None and existing.is_by_hand and existing.boundary is not None:
                if boundary is not None and not is_same(existing.boundary, boundary):
                    record.warn(Message(OUTLINE_STAYS))
            elif boundary is not None:
                values["boundary"] = boundary
            values |= self._point_values(record, existing, point)
            extra: dict[str, Any] = {}
            if existing is None:
                values["parent_id"] = parent.pk if parent else None
                extra["path"] = f"{parent.path if parent else ''}{record.values['code']}/"
            item = Wanted(record, values, existing, extra)
            if existing is not None and parent is not None and existing.parent_id != parent.pk:
                item.before["parent_id"], item.after["parent_id"] = existing.parent_id, parent.pk
                moves.append((existing, parent))
            wanted.append(item)
        changes = write(Division, wanted)
        self._move(moves, known)
        known.update({item.existing.code: item.existing for item in wanted if item.existing.valid_to is None})
        self._flag(wanted)
        self.run.remember(changes)

    def _move(self, moves: Sequence[tuple[Division, Division | None]], known: dict[str, Division]) -> None:
        for division, parent in moves:
            move_division(division=division, parent=parent)
        if moves:
            paths = dict(Division.objects.filter(code__in=list(known)).values_list("pk", "path"))
            for division in known.values():
                division.path = paths.get(division.pk, division.path)
            if self.run.home is not None:
                self.run.home.refresh_from_db(fields=["path"])
                self.__dict__.pop("_above_home", None)

    def _ended(self, records: Sequence[Record]) -> dict[tuple[str, Any], Division | None]:
        """Return the divisions that the rows say have ended, by code and last day.

        ``None`` stands for one that is not there yet, where another row has claimed the division of the code that exists today.
        """
        last = {(r.values["code"], r.values["valid_to"]) for r in records if "valid_to" in r.values}
        if not last:
            return {}
        claimed = {record.values["code"] for record in records if "valid_to" not in record.values}
        found: dict[tuple[str, Any], Division | None] = {pair: None for pair in last if pair[0] in claimed}
        rows = Division.objects.filter(code__in=[code for code, _day in last], valid_to__isnull=False)
        found |= {(division.code, division.valid_to): division for division in rows.select_related("source")}
        return found

    def _existing(
        self, record: Record, known: dict[str, Division], ended: dict[tuple[str, Any], Division | None]
    ) -> Division | None:
        """Return the division a row is about: one that ended on the day it says, or the one that exists today."""
        code, last = record.values["code"], record.values.get("valid_to")
        if last is None:
            return known.get(code)
        if (code, last) in ended:
            return ended[code, last]
        today = known.get(code)
        reused = today is not None and today.valid_from is not None and today.valid_from >= last
        return None if reused else today

    def _in_scope(self, record: Record, parent: Division | None, existing: Division | None) -> bool:
        """Whether a division lies below home, or is one of those above it; a new root is its own scope."""
        code = record.values["code"]
        if self.run.user is None and (self.run.home is None or code in self._above_home):
            return True
        if parent is None and existing is None:
            root = Division(code=code, name=record.values["name"], path=f"{code}/")
            return self.run.may_touch(record, root, column="code")
        return self.run.may_touch(record, existing, parent, column="code")

    @cached_property
    def _above_home(self) -> frozenset[str]:
        home = self.run.home
        return (
            frozenset({*home.ancestor_codes(), *ancestor_codes(home.code)})
            if home is not None
            else frozenset()
        )

    def _point_values(self, record: Record, existing: Division | None, point: Any) -> dict[str, Any]:
        """A point of the file counts; a point inside the boundary only where there is none yet."""
        held = existing.point if existing is not None else None
        if point is None or is_there(self.run, existing, held, point):
            return {}
        if record.point is not None:
            return {"point": point, "point_method": self.run.point_method()}
        inside = LocationMethod.DIVISION
        derived = existing is None or existing.point is None or existing.point_method == inside
        if not derived and not self.run.takes_over(existing):
            return {}
        return {"point": point, "point_method": inside}

    def _flag(self, wanted: Sequence[Wanted]) -> None:
        """Note who is not counted in denominators, where that differs from what holds today."""
        said = {item.existing.pk: item for item in wanted if "counted" in item.record.values}
        if not said:
            return
        today = self.run.today
        flags = DenominatorFlag.objects.filter(division__in=list(said))
        dated = set(flags.values_list("division_id", flat=True))
        holds = dict(flags.on(today).order_by("valid_from", "pk").values_list("division_id", "counted"))
        fresh = []
        for pk, item in said.items():
            counted, before = item.record.values["counted"], holds.get(pk, True)
            if counted != before:
                item.before["counted"], item.after["counted"] = before, counted
                fresh.append(
                    DenominatorFlag(
                        division_id=pk, counted=counted, valid_from=today if pk in dated else None
                    )
                )
        ending = flags.filter(division__in=[flag.division_id for flag in fresh], valid_to__isnull=True)
        ending.filter(valid_from=today).delete()
        ending.update(valid_to=today)
        create(DenominatorFlag, fresh)


def _plain_values(record: Record) -> dict[str, Any]:
    names = ("code", "name", "short_name", "kind", "urban_rural", "valid_from", "valid_to")
    values = {name: record.values[name] for name in names if name in record.values}
    return values | {"level": int(_LEVELS[record.values["level"]])}


def _point_of(record: Record) -> Any:
    if record.point is not None:
        return record.point
    return record.geometry.representative_point() if record.geometry is not None else None
