"""The checks on names of roads that are drawn by hand: beside the draft, and beside the set that waits or is in force.

Nothing is refused for what they find: a road is on the ground whatever it is called, and a name in force comes of a case. What
is checked is what would become of a name: a stretch that goes on from a road of its name brings no new name, stretches that
continue one another are one road, and a road all of which is called otherwise is renamed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.drawing.registry import Drawn, Remark, register_remarks
from geo_registry.territory.models import Division, Road
from geo_registry.text import normal_form
from placenames.naming.checks import Act, Finding, Result, Secret, Severity
from placenames.naming.continuity import common_path, continuous_groups

from ..models import Name, Place, PlaceKind
from .cases.pending import PendingCases
from .checking import Checker, Subject
from .checking.index import ProposalIndex
from .checking.secrecy import readable_by, secret_path
from .checking.words import OWN_QUEUE, finding_message, to_be_looked_at
from .reviewing import subject_of_name, with_what_checks_need
from .road_places import kind_of_road, widest_gap_m

_FIELD = "name"


@dataclass(kw_only=True)
class _Road:
    """Stretches of one name that are one road: those drawn, by their position, and those that are there, by primary key."""

    text: str
    path: str
    drawn: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Places that roads belong to: which roads, by what names in force, and which places a road belongs to."""

    roads: Mapping[int, set[int]]
    names: Mapping[int, Sequence[Name]]
    of_road: Mapping[int, Sequence[int]]


def remarks_on_roads(drawn: Sequence[Drawn], *, reader: User) -> Iterator[Remark]:
    """Yield what the checks find of new and changed names, the first stretch of a road for all of it.

    Parameters
    ----------
    drawn
        Roads as they were drawn, in force or not; the number of statements does not grow with them.
    reader
        Who is told; of a secret name that the person may not read, only that there is one.
    """
    texts = {number: text for number, each in enumerate(drawn) if (text := _new_name(each))}
    kinds = list(PlaceKind.objects.filter(ground=PlaceKind.Ground.ROAD).select_related("procedure"))
    if not texts or not kinds:
        return
    own = {drawn[number].row.pk for number in texts} - {None}
    for remark in _approved_otherwise(drawn, texts, _places(own), reader):
        texts.pop(remark.number, None)
        yield remark
    if not texts:
        return
    roads = _roads(drawn, texts)
    places = _places(own.union(*(road.others for road in roads)))
    kinds.sort(key=lambda kind: (kind.position, kind.code))
    divisions = _divisions({road.path for road in roads})
    subjects = {
        road.drawn[0]: subject
        for road in roads
        if (subject := _subject(road, drawn, own, places, kinds, divisions)) is not None
    }
    yield from _findings(subjects, reader)


def _new_name(each: Drawn) -> str:
    """Return the name that a row has and had not; empty where nothing is to be checked."""
    text = normal_form(each.row.name or "")
    if each.row.geometry is None or (each.before is not None and normal_form(each.before.name or "") == text):
        return ""
    return text


def _roads(drawn: Sequence[Drawn], texts: Mapping[int, str]) -> list[_Road]:
    """Return the roads that the stretches make up, with those of the same name that are there."""
    known = {drawn[number].row.pk for number in texts} - {None}
    rows = Road.objects.filter(name__in=set(texts.values())).exclude(pk__in=known).order_by("pk")
    there = list(rows.values_list("pk", "name", "division__path", AsWKB("geometry")))
    paths = dict(
        Division.objects.filter(pk__in={drawn[n].row.division_id for n in texts}).values_list("pk", "path")
    )
    names = [*texts.values(), *(normal_form(name) for _pk, name, _path, _wkb in there)]
    lines = [bytes(drawn[number].row.geometry.wkb) for number in texts]
    lines += [bytes(wkb) for _pk, _name, _path, wkb in there]
    every = [paths.get(drawn[number].row.division_id, "") for number in texts]
    every += [path or "" for _pk, _name, path, _wkb in there]
    labels = continuous_groups(names, [shapely.from_wkb(line) for line in lines], every, gap_m=widest_gap_m())
    members: defaultdict[int, list[int]] = defaultdict(list)
    for at, label in enumerate(labels.tolist()):
        members[label].append(at)
    numbers, count = list(texts), len(texts)
    return [
        _Road(
            text=names[group[0]], path=common_path([every[at] for at in group]),
            drawn=[numbers[at] for at in group if at < count], others=[there[at - count][0] for at in group if at >= count],
        )
        for group in members.values()
        if group[0] < count
    ]  # fmt: skip


def _places(road_pks: set[int]) -> _Places:
    links = Place.roads.through.objects
    pks = set(links.filter(road__in=road_pks).values_list("place_id", flat=True))
    roads: defaultdict[int, set[int]] = defaultdict(set)
    of_road: defaultdict[int, list[int]] = defaultdict(list)
    for place_pk, road_pk in links.filter(place__in=pks).order_by("pk").values_list("place_id", "road_id"):
        roads[place_pk].add(road_pk)
        of_road[road_pk].append(place_pk)
    names: defaultdict[int, list[Name]] = defaultdict(list)
    in_force = Name.objects.filter(
        place__in=pks, valid_to__isnull=True, status__in=[Name.Status.STANDARD, Name.Status.RECORDED]
    )
    for name in with_what_checks_need(in_force).order_by("pk"):
        names[name.place_id].append(name)
    return _Places(roads=roads, names=names, of_road=of_road)


def _approved_otherwise(
    drawn: Sequence[Drawn], texts: Mapping[int, str], places: _Places, reader: User
) -> Iterator[Remark]:
    """Say where a road has an approved name: that of the map alone does not change it."""
    may_read = readable_by(reader)
    for number, text in list(texts.items()):
        for place in places.of_road.get(drawn[number].row.pk, ()):
            for name in places.names.get(place, ()):
                if name.status == Name.Status.STANDARD and name.text != text:
                    path = secret_path(name.place)
                    if path is None or may_read(Secret(path=path)):
                        sentence = _(
                            "This road has the approved name “%(name)s”, and keeps it: a name is changed by a case of renaming."
                        ) % {"name": name.text}
                    else:
                        sentence = _(
                            "This road has an approved name that is not public, and keeps it: ask the county's place-name office."
                        )
                    yield Remark(number=number, text=sentence, field=_FIELD)


def _divisions(paths: set[str]) -> dict[str, Division]:
    rows = Division.objects.filter(path__in=paths - {""}).defer("boundary").order_by("pk")
    return {row.path: row for row in rows}


def _subject(
    road: _Road,
    drawn: Sequence[Drawn],
    own: set[int],
    places: _Places,
    kinds: Sequence[PlaceKind],
    divisions: Mapping[str, Division],
) -> Subject | None:
    """Return what is checked of a road: nothing if its name is there already and only goes on."""
    rows = [drawn[number].row for number in road.drawn]
    before = next(
        (each.before.name for each in (drawn[n] for n in road.drawn) if each.before is not None), ""
    )
    old_text = normal_form(before or "")
    held = dict.fromkeys(
        place for pk in (*(row.pk for row in rows), *road.others) for place in places.of_road.get(pk, ())
    )
    for place in held:
        called = next((name for name in places.names.get(place, ()) if name.text == road.text), None)
        if called is not None:
            if not places.roads[place] <= own:
                return None
            # In force: the place was made, or renamed, for just these stretches.
            act = Act.RENAMING if old_text else Act.NAMING
            return replace(subject_of_name(called), act=act, old_text=old_text)
    old = _whole_before(held, own, places)
    old_text = old.text if old is not None else old_text
    return Subject(
        text=road.text, kind=kind_of_road(road.text, kinds), division=divisions.get(road.path),
        act=Act.RENAMING if old_text else Act.NAMING, place=old.place if old is not None else None, old_text=old_text, roads=rows,
    )  # fmt: skip


def _whole_before(held: Mapping[int, None], own: set[int], places: _Places) -> Name | None:
    """Return the name of the place all of whose roads are called otherwise now: the road is renamed."""
    whole = (place for place in held if places.roads[place] <= own and places.names.get(place))
    place = next(whole, None)
    return places.names[place][0] if place is not None else None


def _findings(subjects: Mapping[int, Subject], reader: User) -> Iterator[Remark]:
    """Yield what somebody should look at; then, once for all of them, what could not be checked."""
    if not subjects:
        return
    checker = Checker(least=Severity.WARN)
    others = _Others(checker, list(subjects.values()))
    not_made: dict[int, str] = {}
    for number, checked in zip(
        subjects, checker.check(list(subjects.values()), other_cases=others), strict=True
    ):
        for finding in checked.told_to(reader).findings:
            if finding.result is Result.NOT_CHECKED and finding.rule.number not in OWN_QUEUE:
                not_made[finding.rule.number] = finding.rule.title or finding.rule.code
            elif to_be_looked_at(finding):
                text = finding_message(finding).render(_)
                yield Remark(number=number, text=text, field=_FIELD, place=_where(finding))
    if not_made:
        checks = "、".join(f"{at} {title}" for at, title in sorted(not_made.items()))
        sentence = _("Of what names are checked for, this could not be: %(checks)s.") % {"checks": checks}
        yield Remark(number=next(iter(subjects)), text=sentence, is_note=True)


def _where(finding: Finding) -> tuple[float, float] | None:
    worst = max(finding.open_evidence, key=lambda item: item.severity.weight)
    return (worst.lon, worst.lat) if worst.lon is not None and worst.lat is not None else None


class _Others:
    """What is proposed elsewhere: in cases, and by other roads of the same drawing.

    Parameters
    ----------
    checker
        Whose terms split names.
    subjects
        The roads of the drawing.
    """

    def __init__(self, checker: Checker, subjects: Sequence[Subject]) -> None:
        self._cases = PendingCases(checker.lexicon)
        self._subjects = subjects
        parts = [checker.parts(subject) for subject in subjects]
        self._specific = {id(s): p.specific or s.text for s, p in zip(subjects, parts, strict=True)}
        self._index = ProposalIndex([(self._specific[id(s)], s.readings) for s in subjects])

    def __call__(self, subject: Subject) -> Iterator[tuple[str, Subject]]:
        """Yield keys with their subjects."""
        yield from self._cases(subject)
        for number in sorted(self._index.near(self._specific[id(subject)])):
            other = self._subjects[number]
            if other is not subject and other.family == subject.family:
                yield f"drawn:{number}", other


def register() -> None:
    """Have names of roads looked at when roads are drawn."""
    register_remarks("road", remarks_on_roads)
