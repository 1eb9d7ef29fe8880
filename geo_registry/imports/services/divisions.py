"""The division that each row lies in: as it says, or as its point says; and whether the two agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.territory.models import Division
from geo_registry.territory.services import ancestors_by_code, divisions_at, outside_of

from .run import ImportRun

_NO_SUCH = gettext_noop("No division has the code {code}. Check the code, or import the division first.")
_OUTSIDE = gettext_noop(
    "The point lies {metres} m outside of {division}. Check the co-ordinates, or the division."
)
_FOUND = gettext_noop("The row names no division; by its point it lies in {division}.")


# Divisions that are remembered at a time, each some two thousand bytes.
_MOST_KEPT = 8_000


@dataclass(slots=True)
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
        self._find_by_point(records, found, locate)
        self._compare(records, found)
        return found

    def _load(self, codes: set[str]) -> None:
        if len(self._by_code) > _MOST_KEPT:
            self._by_code = {}
        missing = codes - self._by_code.keys()
        if missing:
            self._by_code |= dict.fromkeys(missing) | ancestors_by_code(missing)

    def _find_by_point(
        self, records: Sequence[Record], found: list[Division | None], locate: Sequence[bool] | None
    ) -> None:
        indices = [
            index
            for index, record in enumerate(records)
            if record.point is not None
            and "division_code" not in record.values
            and (locate is None or locate[index])
        ]
        keys = divisions_at([(records[index].point.x, records[index].point.y) for index in indices])
        if len(self._by_pk) > _MOST_KEPT:
            self._by_pk = {}
        missing = {key for key in keys if key is not None} - self._by_pk.keys()
        if missing:
            self._by_pk |= Division.objects.defer("boundary").in_bulk(missing)
        for index, key in zip(indices, keys, strict=True):
            if key is not None:
                found[index] = self._by_pk[key]
                records[index].note(
                    Message(_FOUND, {"division": self._by_pk[key].name}),
                    column=self.run.header("division_code"),
                )

    def _compare(self, records: Sequence[Record], found: Sequence[Division | None]) -> None:
        named = [
            (record, division, (record.point.x, record.point.y))
            for record, division in zip(records, found, strict=True)
            if division is not None and record.point is not None and "division_code" in record.values
        ]
        warn_of_outside(self.run, named)


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
