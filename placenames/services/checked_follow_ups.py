"""The checks on names that come with files of divisions and of roads, once all that the file names is there.

The file is not refused for what they find, and nothing is held back: the findings stand beside its rows, as those of a file of
names do. A road of many stretches is said at the first of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue
from geo_registry.geodata.records import Severity as IssueSeverity
from geo_registry.imports.registry import Touched
from geo_registry.imports.services.late import LateRemark
from geo_registry.imports.services.run import ImportRun
from geo_registry.territory.models import Division, Road

from ..models import Name
from ..naming.checks import Act, Severity
from .checking import Checker, RoadLine, Subject, road_lines
from .import_checks import MOST_CHECKED, FileFindings
from .reviewing import subject_of_name, with_what_checks_need

# Each of them brings the lines of all roads beside it.
_AT_A_TIME: Final = 200
_TOO_MANY = gettext_noop(
    "The file brings {count} new names, and more than {most} are not checked. Bring large files in parts."
)


class NewNames:
    """Collects the names that a run has made or changed, and checks them.

    Parameters
    ----------
    touched : Touched
        What the run has done. Without a run (drawn by hand) nothing is checked: there are no rows to stand beside.
    """

    def __init__(self, touched: Touched) -> None:
        self._touched = touched
        self._pks = array("q")
        self._left = 0

    def add(self, pks: Iterable[int]) -> None:
        """Take names in; of more than are looked at only the number is kept."""
        for pk in pks if self._touched.run is not None else ():
            if len(self._pks) < MOST_CHECKED:
                self._pks.append(pk)
            else:
                self._left += 1

    def check(self) -> None:
        """Check them, and have what is found stand beside the rows."""
        run = self._touched.run
        if run is None or not self._pks:
            return
        if self._left:
            # Not some of them: a national file is no office's, and whoever brings it waits for nothing that says nothing.
            params = {"count": len(self._pks) + self._left, "most": MOST_CHECKED}
            run.issues.append(RowIssue(None, None, IssueSeverity.WARNING, Message(_TOO_MANY, params)))
            return
        findings = FileFindings(run)
        checker = Checker(today=run.today, least=Severity.WARN)
        for start in range(0, len(self._pks), _AT_A_TIME):
            some = Name.objects.filter(pk__in=self._pks[start : start + _AT_A_TIME].tolist())
            names = list(with_what_checks_need(some, roads=False).order_by("pk"))
            roads = road_lines({name.place_id for name in names})
            remarks: list[LateRemark] = []
            for name, found in zip(names, checker.check(list(_subjects(names, roads, run))), strict=True):
                say = _Saying(name, roads.get(name.place_id, ()), run.header("name"), remarks)
                for finding in found.findings:
                    findings.add(finding, say)
            self._touched.remark(remarks)
            self._touched.tell(start + len(names), len(self._pks))
        findings.finish(left=0)


class _Saying:
    """Says something of a name beside what bears it: its division, or the stretches of its road."""

    def __init__(self, name: Name, roads: Sequence[RoadLine], column: str, remarks: list[LateRemark]) -> None:
        self._column, self._remarks = column, remarks
        place = name.place
        self._model: type[Division | Road] = Road if place.named_division_id is None else Division
        self._pks = (
            [road.pk for road in roads] if place.named_division_id is None else [place.named_division_id]
        )

    def __call__(self, message: Message) -> None:
        self._remarks.append(LateRemark(self._model, self._pks, message, self._column))


def _subjects(
    names: Sequence[Name], roads: Mapping[int, Sequence[RoadLine]], run: ImportRun
) -> Iterator[Subject]:
    """Yield what is checked: a name that the file has changed is a renaming."""
    former = Name.objects.filter(
        place__in=[name.place_id for name in names], status=Name.Status.FORMER, valid_to=run.today
    )
    before = dict(former.order_by("pk").values_list("place_id", "text"))
    for name in names:
        old = before.get(name.place_id, "")
        subject = subject_of_name(name, roads=roads.get(name.place_id, ()))
        yield replace(subject, act=Act.RENAMING if old else Act.NAMING, old_text=old)
