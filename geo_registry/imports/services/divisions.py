"""The division that each row lies in: as it says, by code or by name, or as its point says; and whether the two agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.search.geocoding import Asked, locate
from geo_registry.territory.models import Division, Level
from geo_registry.territory.services import Called, DivisionNames, ancestors_by_code, divisions_at, outside_of

from .run import ImportRun

_NO_SUCH = gettext_noop("No division has the code {code}. Check the code, or import the division first.")
_OUTSIDE = gettext_noop(
    "The point lies {metres} m outside of {division}. Check the co-ordinates, or the division."
)
_CALLED = gettext_noop("The row gives no code; “{name}” was read as {division} ({code}).")
_NOT_CALLED = gettext_noop(
    "No division is called “{name}”, or several are. Give the code, or write the name as the registry has it."
)
_NOT_IN_TOWN = gettext_noop(
    "“{name}” is no village or community of {division} here; the row was taken as lying in {division}."
)
_TOO_MANY = gettext_noop(
    "This registry has more divisions than names could tell apart: rows that give no code were not looked up by their township or "
    "village."
)
_BY_TEXT = gettext_noop("The row names no division; by “{text}” it lies in {division}.")
_BY_PLACE = gettext_noop(
    "The row names no division; by its address it lies at {name}, which is in {division}."
)
_FOUND = gettext_noop("The row names no division; by its point it lies in {division}.")


# Divisions that are remembered at a time, each some two thousand bytes.
_MOST_KEPT = 8_000


@dataclass
class DivisionFinder:
    """Finds divisions by code or by point, some thousand rows at a time; remembers those it has met.

    Parameters
    ----------
    run : ImportRun
    """

    run: ImportRun
    # Files go from one to the next: those of long ago are forgotten.
    _by_code: dict[str, Division | None] = field(default_factory=dict)
    _by_pk: dict[int, Division] = field(default_factory=dict)
    _told: bool = False

    def find(
        self, records: Sequence[Record], *, locate: Sequence[bool] | None = None
    ) -> list[Division | None]:
        """Return the division of each record, and warn where a point lies outside of the one it names.

        At most four statements. A record that names an unknown division is refused.

        Parameters
        ----------
        records : sequence of Record
            Their ``division_code`` and point are looked at.
        locate : sequence of bool, optional
            Which records without a code are to be found by their point; all of them by default.

        Returns
        -------
        list of Division or None
            Without boundaries.
        """
        self._load({r.values["division_code"] for r in records if "division_code" in r.values})
        found: list[Division | None] = []
        for record in records:
            code = record.values.get("division_code")
            division = self._by_code.get(code) if code else None
            if code and division is None:
                record.refuse(
                    Message(_NO_SUCH, {"code": code}), column=self.run.header("division_code"), value=code
                )
            found.append(division)
        named = self._find_by_name(records, found)
        self._find_by_point(records, found, locate)
        self._compare(records, found, named)
        return found

    def find_by_text(
        self,
        records: Sequence[Record],
        found: list[Division | None],
        texts: Sequence[Sequence[tuple[str, str]]],
    ) -> None:
        """Find the divisions of rows that have neither code nor point by what their texts say, and warn of it; in place.

        A township or village that is named counts; else what else is registered by name, if it lies in one.

        Parameters
        ----------
        records : sequence of Record
        found : list of Division or None
            As `find` returned it.
        texts : sequence of sequence of (field, text)
            Of each row what may name where it lies, an address first.
        """
        open_ = [
            index
            for index, record in enumerate(records)
            if found[index] is None and not record.refused and record.point is None and texts[index]
        ]
        if not open_ or (names := self._names) is None:
            return
        called: dict[int, tuple[Called, str, str]] = {}
        for index in open_:
            for name, text in texts[index]:
                if (hit := names.within_text(text)) is not None:
                    called[index] = (hit, name, text)
                    break
        self._remember({hit.pk for hit, _name, _text in called.values()})
        for index, (hit, name, text) in called.items():
            found[index] = division = self._by_pk[hit.pk]
            params = {"text": text, "division": division.name}
            records[index].warn(Message(_BY_TEXT, params), column=self.run.header(name), value=text)
        left = [index for index in open_ if index not in called and texts[index][0][0] == "address"]
        self._find_by_address(records, found, texts, left)

    def _find_by_address(
        self,
        records: Sequence[Record],
        found: list[Division | None],
        texts: Sequence[Sequence[tuple[str, str]]],
        open_: Sequence[int],
    ) -> None:
        """Find the divisions that registered places lie in which addresses name."""
        within = self.run.home.path if self.run.home is not None else ""
        asked = [Asked(text=texts[index][0][1], path=within) for index in open_]
        located = list(zip(open_, locate(asked) if asked else [], strict=True))
        placed = [(index, place) for index, place in located if place is not None]
        keys = divisions_at([(place.point.x, place.point.y) for _index, place in placed])
        self._remember({key for key in keys if key is not None})
        for (index, place), key in zip(placed, keys, strict=True):
            if key is None:
                continue
            found[index] = division = self._by_pk[key]
            params = {"name": place.name, "division": division.name}
            records[index].warn(Message(_BY_PLACE, params), column=self.run.header(texts[index][0][0]))

    @cached_property
    def _names(self) -> DivisionNames | None:
        """The divisions of the registry by their names; none before it has a home."""
        return DivisionNames(self.run.home.path) if self.run.home is not None else None

    def _find_by_name(self, records: Sequence[Record], found: list[Division | None]) -> set[int]:
        """Find the divisions that rows without a code name in words; return which rows those are."""
        asked = [
            index
            for index, record in enumerate(records)
            if "division_code" not in record.values
            and (record.values.get("township") or record.values.get("village"))
        ]
        # Most files name nobody in words, and need not have the names of all divisions read.
        if not asked or (names := self._names) is None:
            return set()
        if names.too_many:
            self._tell_too_many()
            return set()
        called: dict[int, tuple[Called, str, str]] = {}
        for index in asked:
            record = records[index]
            township, village = record.values.get("township", ""), record.values.get("village", "")
            hit = names.find(township=township, village=village)
            column = self.run.header("village" if village else "township")
            if hit is None:
                record.warn(Message(_NOT_CALLED, {"name": f"{township}{village}"}), column=column)
            else:
                called[index] = (hit, f"{township}{village}", village)
        self._remember({hit.pk for hit, _name, _village in called.values()})
        for index, (hit, name, village) in called.items():
            found[index] = division = self._by_pk[hit.pk]
            column = self.run.header("village" if village else "township")
            if village and hit.level < Level.VILLAGE:
                params = {"name": village, "division": division.name}
                records[index].warn(Message(_NOT_IN_TOWN, params), column=column, value=village)
            else:
                params = {"name": name, "division": division.name, "code": division.code}
                records[index].note(Message(_CALLED, params), column=column)
        return set(called)

    def _tell_too_many(self) -> None:
        """Say once of the file that its rows are not looked up by name."""
        if not self._told:
            self._told = True
            self.run.issues.append(RowIssue(None, None, Severity.WARNING, Message(_TOO_MANY)))

    def _remember(self, keys: set[int]) -> None:
        if len(self._by_pk) > _MOST_KEPT:
            self._by_pk = {}
        if missing := keys - self._by_pk.keys():
            self._by_pk |= Division.objects.defer("boundary").in_bulk(missing)

    def _load(self, codes: set[str]) -> None:
        if len(self._by_code) > _MOST_KEPT:
            self._by_code = {}
        missing = codes - self._by_code.keys()
        if missing:
            self._by_code |= dict.fromkeys(missing) | ancestors_by_code(missing)

    def _find_by_point(
        self, records: Sequence[Record], found: list[Division | None], locate: Sequence[bool] | None
    ) -> None:
        # A township by name leaves open which of its villages it is: there the point knows more.
        towns = {
            index: division
            for index, division in enumerate(found)
            if division is not None and division.level < Level.VILLAGE
        }
        indices = [
            index
            for index, record in enumerate(records)
            if record.point is not None
            and (found[index] is None or index in towns)
            and "division_code" not in record.values
            and (locate is None or locate[index])
        ]
        keys = divisions_at([(records[index].point.x, records[index].point.y) for index in indices])
        self._remember({key for key in keys if key is not None})
        for index, key in zip(indices, keys, strict=True):
            if key is not None and (
                index not in towns or self._by_pk[key].path.startswith(towns[index].path)
            ):
                found[index] = self._by_pk[key]
                records[index].note(
                    Message(_FOUND, {"division": self._by_pk[key].name}),
                    column=self.run.header("division_code"),
                )

    def _compare(self, records: Sequence[Record], found: Sequence[Division | None], named: set[int]) -> None:
        told = [
            (record, division, (record.point.x, record.point.y))
            for index, (record, division) in enumerate(zip(records, found, strict=True))
            if division is not None
            and record.point is not None
            and ("division_code" in record.values or index in named)
        ]
        warn_of_outside(self.run, told)


def at_least_as_near(record: Record, found: Division | None, held: Division | None) -> Division | None:
    """Return where a row puts a record that is there: one that names no more than its township leaves it in its village.

    Parameters
    ----------
    record : Record
    found : Division or None
        As the finder returned it.
    held : Division or None
        Where the record lies now.
    """
    if found is None or held is None or "division_code" in record.values:
        return found
    return held if held.path.startswith(found.path) else found


def warn_of_outside(run: ImportRun, placed: Sequence[tuple[Record, Division, tuple[float, float]]]) -> None:
    """Warn of rows whose points lie outside of the divisions they name.

    Parameters
    ----------
    run : ImportRun
    placed : sequence of (Record, Division, (lon, lat))
        In degrees of EPSG:4490.
    """
    points = [point for _record, _division, point in placed]
    for outside in outside_of(points, [division.pk for _record, division, _point in placed]):
        params = {"metres": f"{outside.distance_m:,.0f}", "division": outside.division_name}
        placed[outside.index][0].warn(Message(_OUTSIDE, params), column=run.header("division_code"))
