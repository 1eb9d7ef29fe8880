"""The inventory as a file: taken in row by row by asset number, and written out so that it comes back without a difference."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.importers.assets import ASSETS
from facilities.importers.words import ASSET_KINDS, ASSET_TENURES, ASSET_USES
from facilities.models import Asset, Facility, StockTake
from geo_registry.accounts.policy import Action
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.imports.registry import ExportRow, ExportScope, Holding, register_holding, register_kind
from geo_registry.imports.registry import Kind as FileKind
from geo_registry.imports.services.divisions import DivisionFinder
from geo_registry.imports.services.rows import blanked
from geo_registry.imports.services.run import ImportRun
from geo_registry.imports.services.upsert import Wanted, is_same, to_geos, write
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division

from ..merging import resolve
from ..tables import Sheet, workbook

_NO_DIVISION = gettext_noop(
    "The row names no division, no facility and nothing that it stands in, and its point lies in no known division."
)
_NO_FACILITY = gettext_noop("No facility has the number {number}. Correct it, or leave the cell empty.")
_NO_PARENT = gettext_noop(
    "Nothing has the asset number {number}, in which this is said to stand: neither in the registry nor in this file."
)
_IN_EQUIPMENT = gettext_noop("{number} is equipment: nothing stands in it. Name the building or the room.")
_IN_A_CIRCLE = gettext_noop("{number} stands in {parent}, which stands in {number} itself.")
_MORE_IDLE = gettext_noop("{idle} m² are said to be idle, but there are only {area} m².")

# Column → attribute of the asset; then what the attribute is when nobody knows.
_ATTRIBUTES: dict[str, tuple[str, Any]] = {
    "kind": ("kind", None),
    "name": ("name", None),
    "address": ("address", ""),
    "area_m2": ("area_m2", None),
    "idle_area_m2": ("idle_area_m2", None),
    "quantity": ("quantity", 1),
    "owner": ("owner", ""),
    "tenure": ("tenure", ""),
    "lease_to": ("lease_to", None),
    "use": ("use", Asset.Use.IN_USE),
    "acquired_on": ("acquired_on", None),
    "retired_on": ("retired_on", None),
    "note": ("note", ""),
}
_BLANKED = {column: pair for column, pair in _ATTRIBUTES.items() if column not in {"kind", "name"}} | {
    "parent": ("parent_id", None),
    "facility": ("facility_id", None),
}
_BLANKS = dict(_BLANKED.values()) | {"location": None}
_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "kind": ASSET_KINDS,
    "tenure": ASSET_TENURES,
    "use": ASSET_USES,
}


class AssetImporter:
    """Takes assets in. What stands in something else waits until that is there."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write the records whose building or room is there; return the others."""
        left = list(records)
        while left:
            known = self._known(left)
            ready = [r for r in left if "parent" not in r.values or r.values["parent"] in known]
            if not ready:
                break
            self._write(ready, known)
            taken = {id(record) for record in ready}
            left = [record for record in left if id(record) not in taken]
        return left

    def give_up(self, records: Sequence[Record]) -> None:
        """Refuse what stands in something that never came."""
        for record in records:
            number = record.values["parent"]
            record.refuse(
                Message(_NO_PARENT, {"number": number}), column=self.run.header("parent"), value=number
            )

    def finish(self) -> None:
        """Nothing is left to do."""

    def _known(self, records: Sequence[Record]) -> dict[str, Asset]:
        numbers = {record.values["number"] for record in records}
        numbers |= {record.values["parent"] for record in records if "parent" in record.values}
        rows = Asset.objects.filter(number__in=numbers).select_related("source", "division", "parent__parent")
        return {asset.number: asset for asset in rows.defer("division__boundary")}

    def _write(self, records: Sequence[Record], known: Mapping[str, Asset]) -> None:
        facilities = self._facilities(records)
        points = to_geos([record.point for record in records])
        locate = [
            (there := known.get(record.values["number"])) is None
            or (point is not None and there.location is not None and not is_same(there.location, point))
            for record, point in zip(records, points, strict=True)
        ]
        divisions = self.divisions.find(records, locate=locate)
        wanted = []
        for record, division, point in zip(records, divisions, points, strict=True):
            existing = known.get(record.values["number"])
            parent = known.get(record.values.get("parent", ""))
            facility = self._facility(record, facilities)
            self._check_parent(record, existing, parent)
            # A room lies where its building lies, and a stove where its facility does.
            of_itself = division or (existing.division if existing is not None else None)
            where = of_itself or _division_of(parent) or _division_of(facility)
            if self._is_refused(record, existing, where):
                continue
            values = self.run.provenance(record, existing, blanks=_BLANKS)
            if values is None or where is None:
                continue
            values |= {
                attribute: record.values[column]
                for column, (attribute, _blank) in _ATTRIBUTES.items()
                if column in record.values
            }
            values |= blanked(record, _BLANKED) if existing is not None else {}
            values |= {"number": record.values["number"], "division_id": where.pk}
            values |= {"parent_id": parent.pk} if parent is not None else {}
            values |= {"facility_id": facility.pk} if facility is not None else {}
            values |= {"location": point} if point is not None else {}
            if not self._idle_fits(record, existing, values):
                continue
            wanted.append(Wanted(record, values, existing))
        self.run.remember(write(Asset, wanted))

    def _facilities(self, records: Sequence[Record]) -> dict[str, Facility]:
        numbers = {record.values["facility"] for record in records if "facility" in record.values}
        rows = Facility.objects.filter(number__in=numbers).select_related("division")
        found = {facility.number: facility for facility in rows.defer("division__boundary")}
        for number, facility in list(found.items()):
            if facility.duplicate_of_id is not None and (kept := resolve(number)) is not None:
                found[number] = kept
        return found

    def _facility(self, record: Record, found: Mapping[str, Facility]) -> Facility | None:
        number = record.values.get("facility")
        facility = found.get(number) if number else None
        if number and facility is None:
            message = Message(_NO_FACILITY, {"number": number})
            record.refuse(message, column=self.run.header("facility"), value=number)
        elif facility is not None:
            self.run.may_touch(record, facility.division, column="facility")
        return facility

    def _check_parent(self, record: Record, existing: Asset | None, parent: Asset | None) -> None:
        if parent is None:
            return
        params = {"number": record.values["number"], "parent": parent.number}
        if parent.kind == Asset.Kind.EQUIPMENT:
            message = Message(_IN_EQUIPMENT, {"number": parent.number})
            record.refuse(message, column=self.run.header("parent"), value=parent.number)
        elif existing is not None and existing.pk in parent.above():
            message = Message(_IN_A_CIRCLE, params)
            record.refuse(message, column=self.run.header("parent"), value=parent.number)
        else:
            self.run.may_touch(record, parent.division, column="parent")

    def _is_refused(self, record: Record, existing: Asset | None, division: Division | None) -> bool:
        if record.refused:
            return True
        if division is None:
            record.refuse(Message(_NO_DIVISION), column=self.run.header("division_code"))
            return True
        return not self.run.may_touch(record, division, existing.division if existing is not None else None)

    def _idle_fits(self, record: Record, existing: Asset | None, values: Mapping[str, Any]) -> bool:
        """Compare what will stand in the register, also where the row says only one of the two."""
        area, idle = (values.get(name, getattr(existing, name, None)) for name in ("area_m2", "idle_area_m2"))
        if area is None or idle is None or idle <= area:
            return True
        message = Message(_MORE_IDLE, {"idle": f"{idle:g}", "area": f"{area:g}"})
        record.refuse(message, column=self.run.header("idle_area_m2"), value=idle)
        return False


def _division_of(row: Asset | Facility | None) -> Division | None:
    return row.division if row is not None else None


def export_assets(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield the assets that go out (see `described`)."""
    yield from described(scope.narrow(Asset.objects.all()))


def described(rows: QuerySet[Asset]) -> Iterator[ExportRow]:
    """Yield assets as a file has them: what stands in others after those."""
    chosen = rows.select_related("parent", "facility", "division").defer("division__boundary")
    for asset in chosen:
        values = {column: getattr(asset, attribute) for column, (attribute, _blank) in _ATTRIBUTES.items()}
        values |= {
            "number": asset.number,
            "parent": asset.parent.number if asset.parent is not None else None,
            "facility": asset.facility.number if asset.facility is not None else None,
            "division_code": asset.division.code,
            "lon": asset.location.x if asset.location is not None else None,
            "lat": asset.location.y if asset.location is not None else None,
            "source_ref": asset.source_ref,
        }
        yield ExportRow({name: value for name, value in values.items() if value not in {None, ""}})


def as_workbook(rows: QuerySet[Asset]) -> bytes:
    """Return assets as a workbook with the headings of the template, so that it can be mended and imported again."""
    columns = [column for column in ASSETS.columns if column.field != "position"]
    lines = [
        [_cell(column.field, row.values.get(column.field)) for column in columns] for row in described(rows)
    ]
    return workbook([Sheet(str(_("Assets")), [column.headers[0] for column in columns], lines)])


def _cell(name: str, value: Any) -> Any:
    words = _WORDS.get(name, {}).get(value) if isinstance(value, str) else None
    return words[0] if words else value


def _example() -> dict[str, object]:
    return {
        "number": "ZC-0001",
        "kind": "房屋",
        "name": "旧村小学校舍",
        "division_code": "{home}101201",
        "address": "村委会东侧",
        "area_m2": 320,
        "idle_area_m2": 120,
        "quantity": 1,
        "owner": "村民委员会",
        "tenure": "租赁",
        "lease_to": datetime.date(2027, 12, 31),
        "use": "部分闲置",
        "acquired_on": datetime.date(2009, 9, 1),
    }


def register() -> None:
    """Make the kind of file known, and that assets go with their source."""
    register_kind(
        FileKind(
            declaration=ASSETS,
            label=_("assets"),
            importer=AssetImporter,
            action=Action.EDIT_FACILITIES,
            words=_WORDS,
            example=_example(),
            export=export_assets,
        )
    )
    for holding in (
        Holding(order=12, label=_("stock-takes"), rows=_stock_takes),
        Holding(
            order=13,
            label=_("assets"),
            rows=lambda sources: Asset.objects.filter(source__in=sources),
            before=_let_go,
        ),
    ):
        register_holding(holding)


def _stock_takes(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the stock-takes of invented things, once the demo county goes."""
    if not any(source.is_demo for source in sources):
        return StockTake.objects.none()
    return StockTake.objects.filter(is_demo=True)


def _let_go(sources: Sequence[Source]) -> None:
    """Take rooms out of their buildings where both go: one would keep the other."""
    Asset.objects.filter(source__in=sources, parent__source__in=sources).update(parent=None)
