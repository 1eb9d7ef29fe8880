"""Signs as a file: each row a sign with its site, by its asset number; written out so that it comes back without a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.policy import Action
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.imports.kinds.exports import to_shapely
from geo_registry.imports.registry import ExportRow, ExportScope, Kind, register_kind
from geo_registry.imports.services.divisions import DivisionFinder
from geo_registry.imports.services.rows import blanked
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.imports.services.upsert import Wanted, is_same, to_geos, write
from geo_registry.territory.models import Division
from placenames.importers import SIGNS
from placenames.importers.signs import COLOURS, REASONS, SIDES, SORTS, STATES
from placenames.models import Name, Place, Sign, SignBatch, SignSite, SignStep

from ..checking.subject import distances_m
from . import settings
from .inventory import NEXT

_NO_PLACE = gettext_noop(
    "No road or village here is called “{name}”. Enter the name first, or write the number of its page."
)
_MANY_PLACES = gettext_noop(
    "Several roads or villages are called “{name}”. Write the number of the page of the one that is meant."
)
_NO_POINT = gettext_noop("The row does not say where the sign stands.")
_NO_DIVISION = gettext_noop("The point lies in no known division, and the row names none.")
_NO_BATCH = gettext_noop("There is no batch “{number}”. Make it on its page first, or leave the cell empty.")
_NO_STEP = gettext_noop("The sign is {now} here: it cannot become {then} by a file.")
# As far from its road a sign stands at most where nothing else tells which road is meant.
_BESIDE_M: Final = 200.0
_FUTURE = gettext_noop("The day lies in the future.")
_BEFORE = gettext_noop("The state is of a day before the one that the registry knows: {day}.")

# Column → attribute, and what it is when nobody knows.
_OF_SITE: Final[dict[str, tuple[str, Any]]] = {
    "reason": ("reason", "other"), "accuracy_m": ("accuracy_m", None), "measure_m": ("measure_m", None), "side": ("side", ""),
    "bearing_deg": ("bearing_deg", None), "numbers_back": ("numbers_back", ""), "numbers_on": ("numbers_on", ""),
    "pole_number": ("pole_number", ""), "pole_owner": ("pole_owner", ""),
}  # fmt: skip
_OF_SIGN: Final[dict[str, tuple[str, Any]]] = {
    "spelling": ("spelling", ""), "sort": ("sort", "road"), "due": ("due", None), "width_mm": ("width_mm", None),
    "height_mm": ("height_mm", None), "material": ("material", ""), "colour": ("colour", "blue"), "faces": ("faces", 2),
    "has_qr": ("has_qr", True),
}  # fmt: skip
_KEPT: Final = frozenset({"reason", "sort", "colour", "faces", "has_qr", "width_mm", "height_mm"})
"""What an empty cell does not blank: a sign always has one."""
_WORDS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "sort": SORTS, "status": STATES, "reason": REASONS, "side": SIDES, "colour": COLOURS,
}  # fmt: skip


class SignImporter:
    """Takes signs in: sites first, then what stands there, then the step of each life."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        known = self._known(records)
        points = to_geos([record.point for record in records])
        locate = [
            (there := known.get(record.values["asset_number"])) is None
            or (point is not None and not is_same(there.site.point, point))
            for record, point in zip(records, points, strict=True)
        ]
        divisions = self.divisions.find(records, locate=locate)
        places = _Places(records)
        batches = {row.number: row for row in SignBatch.objects.filter(
            number__in=[record.values["batch"] for record in records if "batch" in record.values])}  # fmt: skip
        ready = []
        for record, division, point in zip(records, divisions, points, strict=True):
            existing = known.get(record.values["asset_number"])
            found = self._read(record, existing, division, point, places, batches)
            if found is not None:
                ready.append((record, existing, *found))
        self._write(ready)
        return []

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Nothing is left to do."""

    def _known(self, records: Sequence[Record]) -> dict[str, Sign]:
        numbers = [record.values["asset_number"] for record in records]
        rows = Sign.objects.filter(asset_number__in=numbers).select_related(
            "source", "site__source", "site__division", "site__place"
        )
        return {sign.asset_number: sign for sign in rows.defer("site__division__boundary")}

    def _read(
        self, record: Record, existing: Sign | None, division: Division | None, point: Any, places: _Places,
        batches: Mapping[str, SignBatch],
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:  # fmt: skip
        """Return what the row wants of the site and of the sign; ``None`` where it is refused."""
        there = existing.site.division if existing is not None else None
        where = division or there
        place = places.of(record, existing, where, point, self.run)
        if where is None and place is not None:
            # Villages often have no outline; a sign belongs to where its road or village is kept.
            where = place.division
        if existing is None and point is None:
            record.refuse(Message(_NO_POINT), column=self.run.header("lon"))
        if where is None and not record.refused:
            record.refuse(Message(_NO_DIVISION), column=self.run.header("division_code"))
        batch = batches.get(record.values.get("batch", ""))
        if "batch" in record.values and batch is None:
            record.refuse(
                Message(_NO_BATCH, {"number": record.values["batch"]}), column=self.run.header("batch")
            )
        status = self._status(record, existing)
        if record.refused or where is None or not self.run.may_touch(record, where, there):
            return None
        sign = self.run.provenance(record, existing, blanks=_blanks(_OF_SIGN))
        if sign is None:
            return None
        site = {name: value for name, value in sign.items() if name == "source_id"}
        if self.run.takes_over(existing):
            site |= _blanks(_OF_SITE)
        site |= _given(record, _OF_SITE, existing) | {"division_id": where.pk}
        site |= {"point": point} if point is not None else {}
        site |= {"place_id": place.pk} if place is not None else {}
        sign |= _given(record, _OF_SIGN, existing) | status | {"text": record.values["text"]}
        sign |= {"asset_number": record.values["asset_number"]}
        sign |= {"batch_id": batch.pk} if batch is not None else {}
        if place is not None:
            name = places.name_of(place, record.values["text"])
            sign |= {"name_id": name.pk if name is not None else None}
        if existing is None:
            sign = self._completed(sign, record, place)
        return site, sign

    def _completed(self, sign: dict[str, Any], record: Record, place: Place | None) -> dict[str, Any]:
        """Fill in what a new sign must have and the row does not say."""
        village = place is not None and place.named_division_id is not None
        sort = record.values.get("sort", "village" if village else "road")
        width, height = settings.size_mm(sort, self.run.today)
        defaults = dict(_OF_SIGN.values())
        return {**defaults, "width_mm": width, "height_mm": height, **sign, "sort": sort}

    def _status(self, record: Record, existing: Sign | None) -> dict[str, Any]:
        """Return state and day; a file may take a sign one step on, no more."""
        values = record.values
        day = values.get("status_on") or self.run.today
        if day > self.run.today:
            record.refuse(Message(_FUTURE), column=self.run.header("status_on"), value=day)
        if existing is None:
            return {"status": values.get("status", Sign.Status.INSTALLED), "status_on": day}
        then = values.get("status", existing.status)
        if then == existing.status:
            return {"status_on": values["status_on"]} if "status_on" in values else {}
        if then not in NEXT[existing.status]:
            params = {"now": STATES[existing.status][0], "then": STATES[then][0]}
            record.refuse(Message(_NO_STEP, params), column=self.run.header("status"), value=then)
        elif day < existing.status_on:
            message = Message(_BEFORE, {"day": existing.status_on.isoformat()})
            record.refuse(message, column=self.run.header("status_on"), value=day)
        return {"status": then, "status_on": day}

    def _write(self, ready: Sequence[tuple[Record, Sign | None, dict[str, Any], dict[str, Any]]]) -> None:
        sites = write(
            SignSite,
            [
                Wanted(record, site, existing.site if existing else None)
                for record, existing, site, _sign in ready
            ],
        )
        wanted = [
            Wanted(record, sign | {"site_id": change.instance.pk}, existing)
            for (record, existing, _site, sign), change in zip(ready, sites, strict=True)
        ]
        before = {
            existing.pk: existing.status for _record, existing, _site, _sign in ready if existing is not None
        }
        signs = write(Sign, wanted)
        rows = [sign for change in signs if isinstance(sign := change.instance, Sign)]
        SignStep.objects.bulk_create(
            SignStep(sign=sign, status=sign.status, on_day=sign.status_on, by=self.run.user)
            for sign in rows
            if before.get(sign.pk) != sign.status
        )
        changes: list[Change] = [one for pair in zip(sites, signs, strict=True) for one in pair]
        self.run.remember(changes)


def _blanks(columns: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """Return what was invented and a real file does not say, as it is when nobody knows."""
    return dict(pair for name, pair in columns.items() if name not in _KEPT)


def _given(record: Record, columns: Mapping[str, tuple[str, Any]], existing: Sign | None) -> dict[str, Any]:
    """Return what the row says; a cell that is empty blanks what is known of a sign that is there already."""
    found = {
        attribute: record.values[name]
        for name, (attribute, _blank) in columns.items()
        if name in record.values
    }
    if existing is not None:
        found |= blanked(record, {name: pair for name, pair in columns.items() if name not in _KEPT})
    return found


class _Places:
    """The roads and villages that rows may be about, by the number of their page and by their names."""

    def __init__(self, records: Sequence[Record]) -> None:
        ids = {record.values["place_id"] for record in records if "place_id" in record.values}
        texts = {record.values.get("place", record.values["text"]) for record in records}
        texts |= {record.values["text"] for record in records}
        names = Name.objects.filter(Q(text__in=texts) | Q(place__short_id__in=ids))
        names = names.select_related("place__division").prefetch_related("place__roads")
        self._by_id: dict[str, Place] = {}
        self._by_text: dict[str, dict[int, Place]] = {}
        self._names: dict[tuple[int, str], Name] = {}
        # Names in force last (they have no end): of equal ones of a place the one that holds is meant.
        for name in names.order_by("valid_to", "pk"):
            self._by_id[name.place.short_id] = name.place
            self._names[name.place_id, name.text] = name
            if name.valid_to is None and name.status != Name.Status.FORMER:
                self._by_text.setdefault(name.text, {})[name.place_id] = name.place

    def name_of(self, place: Place, text: str) -> Name | None:
        """Return the name of a place that a sign shows; ``None`` where it never had it."""
        return self._names.get((place.pk, text))

    def of(
        self, record: Record, existing: Sign | None, division: Division | None, point: Any, run: ImportRun
    ) -> Place | None:
        """Return the place that a row names: by its page or its name; of several the one in the division, or beside it."""
        number = record.values.get("place_id")
        if number is not None:
            if (found := self._by_id.get(number)) is None:
                record.refuse(
                    Message(_NO_PLACE, {"name": number}), column=run.header("place_id"), value=number
                )
            return found
        if existing is not None and "place" not in record.values:
            return None
        called = record.values.get("place", record.values["text"])
        there = list(self._by_text.get(called, {}).values())
        column = "place" if "place" in record.values else "text"
        if not there:
            record.refuse(Message(_NO_PLACE, {"name": called}), column=run.header(column), value=called)
            return None
        for depth in (0, 1):
            near = [place for place in there if _is_near(place, division, depth)]
            if len(near) == 1:
                return near[0]
        beside = [place for place in there if point is not None and _is_beside(place, point)]
        if len(there) == 1 or len(beside) == 1:
            return (beside or there)[0]
        record.refuse(Message(_MANY_PLACES, {"name": called}), column=run.header(column), value=called)
        return None


def _is_beside(place: Place, point: Any) -> bool:
    shapes = [place.geometry, *(road.geometry for road in place.roads.all())]
    known = [to_shapely(shape) for shape in shapes if shape is not None]
    return any(metres <= _BESIDE_M for metres in distances_m(to_shapely(point), known))


def _is_near(place: Place, division: Division | None, depth: int) -> bool:
    """Say whether a place lies in a division (0), or in what that belongs to (1)."""
    if division is None or place.division is None:
        return False
    path = division.path if depth == 0 else division.path.rstrip("/").rpartition("/")[0] + "/"
    return place.division.path.startswith(path)


def export_signs(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield the signs that go out, by their asset number."""
    rows = scope.narrow(Sign.objects.all(), "site__division").select_related(
        "site__place", "site__division", "batch"
    )
    for sign in rows.defer("site__division__boundary").order_by("asset_number"):
        site = sign.site
        values = {column: getattr(site, attribute) for column, (attribute, _blank) in _OF_SITE.items()}
        values |= {column: getattr(sign, attribute) for column, (attribute, _blank) in _OF_SIGN.items()}
        values |= {
            "asset_number": sign.asset_number, "text": sign.text, "place": None, "place_id": site.place.short_id,
            "status": sign.status, "status_on": sign.status_on, "lon": site.point.x, "lat": site.point.y,
            "division_code": site.division.code if site.division is not None else None,
            "batch": sign.batch.number if sign.batch is not None else None, "source_ref": sign.source_ref,
        }  # fmt: skip
        yield ExportRow({name: value for name, value in values.items() if value is not None and value != ""})


def register() -> None:
    """Make the kind of file known."""
    register_kind(
        Kind(
            declaration=SIGNS,
            label=_("signs"),
            importer=SignImporter,
            action=Action.EDIT_NAMES,
            at_once=Action.HANDLE_NAMES,
            approval=Action.HANDLE_NAMES,
            words=_WORDS,
            example={
                "asset_number": "LP-0001", "text": "兴业路", "spelling": "Xīngyè Lù", "sort": "路名牌", "status": "已安装",
                "status_on": "2026-03-01", "reason": "路口", "division_code": "{home}101201", "lon": 106.3401, "lat": 38.1032,
                "side": "右侧", "bearing_deg": 90, "numbers_back": "1–35", "numbers_on": "37–99", "pole_number": "DG-12",
                "pole_owner": "供电公司", "width_mm": 1200, "height_mm": 400, "colour": "蓝", "faces": 2,
            },
            export=export_signs,
        )
    )  # fmt: skip
