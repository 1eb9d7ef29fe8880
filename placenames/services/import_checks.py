"""The checks on names that a file brings: the same as on a proposed name, beside each row of the preview and of the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Final

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue
from geo_registry.geodata.records import Severity as IssueSeverity
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.territory.models import Division, Road

from ..models import Name, Place, PlaceKind
from ..naming.checks import Act, Finding, Result, Severity
from .checking import Checker, Subject
from .checking.words import OWN_QUEUE, finding_message, to_be_looked_at

MOST_CHECKED: Final = 20_000
"""More than so many new names of one file are not looked at: more than a county has, and half a minute's work."""
_IN_FORCE: Final = frozenset({Name.Status.STANDARD, Name.Status.RECORDED})

_NOT_MADE = gettext_noop("Of {rows} names of the file, check {number}, {title}, could not be made: {reason}")
_TOO_MANY = gettext_noop(
    "The checks were made for the first {most} new names only; {left} more were not checked. Bring large files in parts."
)


class FileFindings:
    """What the checks find of the names of a file: open ones beside their rows, checks that could not be made once.

    Parameters
    ----------
    run : ImportRun
    """

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        self._not_made: Counter[tuple[int, str, str]] = Counter()
        self._reasons: dict[tuple[int, str, str], Message] = {}

    def add(self, finding: Finding, say: Callable[[Message], None]) -> None:
        """Take a finding in; one that somebody should look at is said at once."""
        if finding.rule.number in OWN_QUEUE:
            return
        if finding.result is Result.NOT_CHECKED and finding.reason is not None:
            key = (finding.rule.number, finding.rule.title or finding.rule.code, finding.reason.template)
            self._not_made[key] += 1
            self._reasons.setdefault(key, finding.reason)
        elif to_be_looked_at(finding):
            say(finding_message(finding))

    def finish(self, *, left: int) -> None:
        """Say of the file as a whole which checks were not made: nobody should take silence for all clear.

        Parameters
        ----------
        left
            How many names were not looked at at all.
        """
        for key, rows in sorted(self._not_made.items()):
            number, title, _template = key
            params = {"rows": rows, "number": number, "title": title, "reason": self._reasons[key]}
            self._run.issues.append(RowIssue(None, None, IssueSeverity.NOTE, Message(_NOT_MADE, params)))
        if left:
            message = Message(_TOO_MANY, {"most": MOST_CHECKED, "left": left})
            self._run.issues.append(RowIssue(None, None, IssueSeverity.WARNING, message))


class ImportChecks:
    """Checks the names that an import run writes.

    Parameters
    ----------
    run : ImportRun
    """

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._checked = 0
        self._left = 0
        self._findings = FileFindings(run)

    @cached_property
    def _checker(self) -> Checker:
        # What is only worth knowing would stand beside nearly every row, and nobody would read what matters.
        return Checker(today=self.run.today, least=Severity.WARN)

    @cached_property
    def _kinds(self) -> dict[int, PlaceKind]:
        return {kind.pk: kind for kind in PlaceKind.objects.select_related("procedure")}

    def look(
        self, changes: Sequence[Change], written: Sequence[Name], roads: Sequence[Sequence[int]]
    ) -> None:
        """Look at the names in force that a chunk of rows brought or changed, and write what is found beside the rows.

        Parameters
        ----------
        changes
            One for each place.
        written
            The names that were written, of whatever status.
        roads
            The stretches of road of each place.
        """
        names = {n.place_id: n for n in written if n.status in _IN_FORCE and n.valid_to is None}
        room = max(MOST_CHECKED - self._checked, 0)
        if not room:
            self._left += len(names)
            return
        every = [
            (change, names[change.instance.pk], ids)
            for change, ids in zip(changes, roads, strict=True)
            if change.instance.pk in names
        ]
        rows, self._left = every[:room], self._left + len(every[room:])
        self._checked += len(rows)
        if not rows:
            return
        checked = self._checker.check(list(self._subjects(rows)))
        for (change, _name, _ids), found in zip(rows, checked, strict=True):
            for finding in found.findings:
                self._findings.add(finding, partial(change.record.warn, column=self.run.header("name")))

    def _subjects(self, rows: Sequence[tuple[Change, Name, Sequence[int]]]) -> Iterator[Subject]:
        lines = Road.objects.in_bulk({pk for _change, _name, ids in rows for pk in ids})
        divisions = Division.objects.defer("boundary").in_bulk(
            {pk for change, _name, _ids in rows for pk in _divisions_of(change)}
        )
        for change, name, ids in rows:
            yield self._subject(change, name, divisions, [lines[pk] for pk in ids if pk in lines])

    def _subject(
        self, change: Change, name: Name, divisions: Mapping[int, Division], roads: Sequence[Road]
    ) -> Subject:
        place = change.instance
        assert isinstance(place, Place)  # noqa: S101 - for the type checker: only places are written
        old = str(change.before.get("name", ""))
        division = next((divisions[pk] for pk in _divisions_of(change) if pk in divisions), None)
        geometry = place.geometry
        if geometry is None and place.named_division_id is not None:
            geometry = divisions[place.named_division_id].point
        return Subject(
            text=name.text, kind=self._kinds[place.kind_id], division=division,
            act=Act.RENAMING if old else Act.NAMING, place=place, old_text=old, geometry=geometry, roads=roads,
        )  # fmt: skip

    def finish(self) -> None:
        """Say of the file as a whole which checks were not made."""
        self._findings.finish(left=self._left)


def _divisions_of(change: Change) -> list[int]:
    """Return the division that a place is, then the one that it lies in."""
    place = change.instance
    assert isinstance(place, Place)  # noqa: S101 - for the type checker: only places are written
    return [pk for pk in (place.named_division_id, place.division_id) if pk is not None]
