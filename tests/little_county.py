"""A county small enough to know by heart, with one of everything: for tests that open pages.

Two townships side by side, four villages, a grid of streets, nine facilities of which five are open and public, one run of
coverage, named places, and a person of each role.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.utils import timezone

from facilities.models import (
    Assessment,
    Asset,
    Confirmation,
    CoveragePlace,
    CoverageRun,
    Facility,
    Finding,
    Measure,
    Proposal,
    ReachState,
    Round,
    RoundQuestion,
    ScoreSheet,
    Status,
    StockTake,
)
from facilities.services.assets.stock_take import open_stock_take
from facilities.services.inspections import plan
from facilities.services.rounds.opening import period_start
from geo_registry.accounts.models import Office, Role, User
from geo_registry.drawing.models import EditSet
from geo_registry.imports.models import Batch
from geo_registry.jobs.models import Job, JobState
from geo_registry.reference.models import Source
from geo_registry.territory.models import AgeGroup, Division, RoadClass
from placenames.models import Place
from tests import factories

LON, LAT = 106.0, 38.0
AS_OF = datetime.date(2024, 12, 31)


@dataclass
class LittleCounty:
    """What was made."""

    home: Division
    villages: list[Division]
    facilities: list[Facility]
    run: CoverageRun
    place: Place
    job: Job
    round: Round
    source: Source
    proposal: Proposal
    finding: Finding
    assessment: Assessment
    stock_take: StockTake
    edit_set: EditSet
    batch: Batch
    people: dict[Role, User] = field(default_factory=dict)


def make() -> LittleCounty:
    """Make the county. All rows are invented, and marked so."""
    source = factories.DemoSourceFactory()
    home = factories.CountyFactory(
        code="990101", name="甲县", boundary=factories.square(LON, LAT, half_deg=0.1), source=source
    )
    factories.InstallationFactory(home_division=home)
    villages = _divisions(home, source)
    _roads(source)
    facilities = _facilities(villages, source)
    people = _people(home)
    return LittleCounty(
        home=home,
        villages=villages,
        facilities=facilities,
        run=_coverage(home, villages, facilities),
        place=_place(villages[0], source),
        job=Job.objects.create(kind="coverage", title="计算覆盖", state=JobState.SUCCEEDED, done=1, total=1),
        round=_round(facilities, people),
        source=source,
        proposal=_proposal(facilities[0], people[Role.CLERK]),
        finding=_finding(facilities[0], people[Role.CLERK]),
        assessment=_assessment(facilities[0], people[Role.CLERK]),
        stock_take=_stock_take(facilities[0], people[Role.PLANNER]),
        edit_set=_edit_set(villages[0], people[Role.CLERK]),
        batch=_batch(source, people),
        people=people,
    )


def _divisions(home: Division, source: Source) -> list[Division]:
    villages = []
    for t, (name, lon) in enumerate((("东镇", LON + 0.05), ("西镇", LON - 0.05))):
        town = factories.TownshipFactory(
            code=f"99010110{t}", name=name, parent=home, source=source,
            boundary=factories.square(lon, LAT, half_deg=0.05), point=factories.point(lon, LAT),
        )  # fmt: skip
        for v, village in enumerate(("一村", "湖社区")):
            villages.append(
                factories.DivisionFactory(
                    code=f"99010110{t}20{v}",
                    name=f"{name[0]}{village}",
                    parent=town,
                    source=source,
                    point=factories.point(lon, LAT + 0.02 - 0.04 * v),
                )
            )
    return villages


def _roads(source: Source) -> None:
    for i in range(-4, 5):
        offset = i * 0.01
        across = factories.line((LON - 0.06, LAT + offset), (LON + 0.06, LAT + offset))
        along = factories.line((LON + offset, LAT - 0.06), (LON + offset, LAT + 0.06))
        factories.RoadFactory(name=f"第{i + 5}路", geometry=across, source=source)
        factories.RoadFactory(
            name=f"第{i + 5}街", geometry=along, source=source,
            road_class=RoadClass.TRUNK if i == 0 else RoadClass.RESIDENTIAL, ref="G1" if i == 0 else "",
        )  # fmt: skip


def _facilities(villages: list[Division], source: Source) -> list[Facility]:
    meals = factories.FunctionFactory(code="meals", name_zh="老年助餐", name_en="Meals", position=1)
    care = factories.FunctionFactory(code="day-care", name_zh="日间照料", name_en="Day care", position=2)
    network = factories.NetworkFactory(code="elderly-care")
    tier = factories.TierFactory(network=network)
    canteen = factories.KindFactory(code="canteen", tier=tier, functions=[meals], position=1)
    centre = factories.KindFactory(
        code="centre", tier=tier, functions=[meals, care], name_zh="日间照料中心", name_en="Day-care centre", shape="square",
        glyph="日", position=2,
    )  # fmt: skip
    facilities = []
    for i, village in enumerate([*villages, villages[0]]):
        point = factories.point(village.point.x + 0.002 * i, village.point.y + 0.001)
        facility = factories.FacilityFactory(
            number=f"OPEN-{i}", name=f"{village.name}{'助餐点' if i % 2 else '日间照料中心'}{'（二）' * (i == 4)}",
            kind=canteen if i % 2 else centre, division=village, location=point, source=source,
            opening_hours="Mo-Fr 08:30-11:30,14:00-17:30; PH off" if i % 2 else "24/7", private_phone="13900000000",
        )  # fmt: skip
        factories.CapacityReadingFactory(
            facility=facility, measure=Measure.DAYCARE_PLACES, total=20, vacant=i, as_of=AS_OF
        )
        facilities.append(facility)
    for number, changes in {
        "PAUSED": {"status": Status.PAUSED},
        "CLOSED": {"status": Status.CLOSED},
        "SECRET": {"secret": True},
        "DRAFT": {"published": False},
    }.items():
        values = {
            "kind": canteen,
            "division": villages[1],
            "source": source,
            "name": f"{number}助餐点",
            **changes,
        }
        facilities.append(factories.FacilityFactory(number=number, **values))
    return facilities


def _coverage(home: Division, villages: list[Division], facilities: list[Facility]) -> CoverageRun:
    kind = facilities[0].kind
    run = factories.CoverageRunFactory(network=kind.tier.network, division=home, has_demo_data=True)
    whole = factories.CoverageSetFactory(run=run, facility_count=5)
    for i, village in enumerate(villages):
        place = factories.PopulatedPlaceFactory(
            division=village, point=village.point, name=f"{village.name}庄"
        )
        factories.PopulationCountFactory(place=place, people=100)
        factories.PopulationCountFactory(place=place, group=AgeGroup.AGE60, people=20)
        CoveragePlace.objects.create(
            run=run, place=place, people={"residents": 100, "age60": 20}, access_m=20.0
        )
        state = ReachState.UNKNOWN if i == 3 else ReachState.REACHED
        time_ms = None if i == 3 else (i + 1) * 300_000
        factories.CoverageReachFactory(
            set=whole, place=place, state=state, time_ms=time_ms, facility=None if i == 3 else facilities[i]
        )
    for division in (home, *{village.parent for village in villages}):
        people = 400 if division == home else 200
        for group in (AgeGroup.RESIDENTS, AgeGroup.AGE60):
            for limit_s, covered in ((300, 100), (600, 150), (900, 180)):
                factories.CoverageShareFactory(
                    set=whole, division=division, group=group, threshold_s=limit_s, people=people, covered=covered,
                    uncovered=people - covered - 10, unknown=10,
                )  # fmt: skip
    return run


def _place(village: Division, source: Source) -> Place:
    place = factories.PlaceFactory(
        division=village.parent, named_division=village, geometry=village.point, source=source
    )
    name = factories.NameFactory(place=place, text=village.name)
    factories.SpellingFactory(name=name, text="Dōngyīcūn", confirmed_at=timezone.now())
    hamlet = factories.PlaceFactory(
        division=village, geometry=factories.point(LON + 0.03, LAT), source=source
    )
    waiting = factories.NameFactory(place=hamlet, text="丁家庄")
    factories.SpellingFactory(name=waiting, text="Dīngjiāzhuāng", status="proposed")
    return place


# What an office agrees on for its rounds.
ROUND_SETTINGS = {
    "confirmation-interval-months": 1, "confirmation-due-days": 27, "confirmation-reminder-days": 3,
    "confirmation-hold-minutes": 10, "confirmation-stale-months": 3,
    "confirmation-vacancy-jump-percent": 40, "confirmation-vacancy-jump-least": 5,
    "confirmation-capacity-change-percent": 10, "confirmation-capacity-change-least": 3,
    "confirmation-count-change-percent": 50, "confirmation-count-change-least": 10,
    "confirmation-phone-approval": 1, "confirmation-emptied-approval": 1,
}  # fmt: skip


def _round(facilities: list[Facility], people: dict[Role, User]) -> Round:
    """The present round: one answer that waits for approval, the rest still to be given."""
    for key, value in ROUND_SETTINGS.items():
        factories.ReferenceValueFactory(key=key, value=value)
    for position, code in enumerate(("opening_hours", "public_phone", "daycare_places", "staff")):
        RoundQuestion.objects.create(code=code, position=position)
    opens_on = period_start(timezone.localdate(), 1)
    made = Round.objects.create(opens_on=opens_on, due_on=opens_on + datetime.timedelta(days=27))
    for facility in facilities:
        if facility.number.startswith("OPEN"):
            Confirmation.objects.create(round=made, facility=facility)
    Confirmation.objects.filter(facility__number="OPEN-1").update(
        state=Confirmation.State.APPROVING,
        before={"public_phone": "0000-0000001", "daycare_places": [20, 1]},
        answers={"public_phone": "0000-0000009", "daycare_places": [20, 3]},
        unusual={"public_phone": "phone_changed"},
        as_of=opens_on,
        method="telephone",
        confirmed_by=people[Role.CLERK],
        confirmed_at=timezone.now(),
    )
    return made


def _proposal(facility: Facility, author: User) -> Proposal:
    return Proposal.objects.create(
        subject=Proposal.Subject.FACTS, state=Proposal.State.SUBMITTED, facility=facility, division=facility.division,
        title=facility.name, author=author, submitted_at=timezone.now(), base={"name": facility.name},
        facts={"name": "改过的名字"},
    )  # fmt: skip


# What an office agrees on for its inspections and stock-takes.
FIELD_SETTINGS = {
    "inspection-interval-months": 3, "finding-days-minor": 30, "finding-days-serious": 15, "finding-days-major": 3,
    "lease-warning-days": 180,
}  # fmt: skip


def _finding(facility: Facility, clerk: User) -> Finding:
    """A check that was done and found something; another and a drill that are planned."""
    for key, value in FIELD_SETTINGS.items():
        factories.ReferenceValueFactory(key=key, value=value)
    made = factories.CheckListFactory(code="little", name_zh="安全检查表")
    item = factories.CheckItemFactory(check_list=made, position=1, text_zh="疏散通道畅通", severity="major")
    factories.CheckItemFactory(
        check_list=made, position=2, text_zh="留样冰箱温度", hazard="food", measured_in="°C"
    )
    today = timezone.localdate()
    before, now = plan.previous_period(plan.period_of(today)), plan.period_of(today)
    done = factories.InspectionFactory(
        facility=facility, check_list=made, period_from=before.first, due=before.last, state="done", done_on=before.first,
        done_by=clerk,
    )  # fmt: skip
    for kind in ("check", "drill"):
        factories.InspectionFactory(
            facility=facility, kind=kind, check_list=made if kind == "check" else None, period_from=now.first, due=now.last
        )  # fmt: skip
    done.results.create(item=item, outcome="bad")
    return factories.FindingFactory(
        inspection=done, item=item, text="安全出口堆放杂物", severity="major", deadline=before.first + datetime.timedelta(days=3)
    )  # fmt: skip


def _assessment(facility: Facility, clerk: User) -> Assessment:
    """One that waits to be confirmed."""
    sheet = ScoreSheet.objects.create(code="little", name_zh="日间照料中心考核表", state="in_use")
    sheet.kinds.add(facility.kind)
    made = Assessment.objects.create(
        facility=facility, sheet=sheet, day=AS_OF, state="submitted", scored_by=clerk, score=85, passed=True
    )
    for position, (text, weight) in enumerate((("活动正常开展", 60), ("台账完整", 40))):
        item = sheet.items.create(
            position=position, text_zh=text, weight=weight, evidence_required=position == 0
        )
        made.entries.create(item=item, points=8.5)
    return made


def _stock_take(facility: Facility, planner: User) -> StockTake:
    """One of the county's, of a building with a room; nobody has signed for either."""
    values = {"division": facility.division, "facility": facility, "source": facility.source}
    building = Asset.objects.create(
        number="ZC-1",
        kind="building",
        name="旧村小学校舍",
        area_m2=320,
        use="part_idle",
        idle_area_m2=120,
        **values,
    )
    Asset.objects.create(number="ZC-2", kind="room", name="康复训练室", parent=building, area_m2=40, **values)
    home = facility.division.parent.parent
    due = timezone.localdate() + datetime.timedelta(days=20)
    return open_stock_take(title="年终资产盘点", division=home, due=due, by=planner)


def _edit_set(village: Division, clerk: User) -> EditSet:
    """A hamlet that a clerk wants to have."""
    made = EditSet.objects.create(author=clerk, division=village, why="实地核对", state="proposed")
    place = {"type": "Point", "coordinates": [village.point.x, village.point.y]}
    made.changes.create(
        position=0,
        layer="hamlet",
        action="create",
        title="丁家庄",
        after={"name": "丁家庄", "geometry": place},
    )
    return made


def _batch(source: Source, people: dict[Role, User]) -> Batch:
    """A clerk's file that the county approved and that was taken in, but for one row."""
    now = timezone.now()
    made = Batch.objects.create(
        kind="facilities", file_name="设施台账.xlsx", state="committed", source=source, count_new=1, count_refused=1,
        created_by=people[Role.CLERK], submitted_by=people[Role.CLERK], submitted_at=now,
        decided_by=people[Role.REVIEWER], decided_at=now, committed_at=now,
    )  # fmt: skip
    made.rows.create(row=3, action="refused", cells=[["设施编号", "X1"], ["类型", "飞机"]], issues=[])
    return made


def _people(home: Division) -> dict[Role, User]:
    office = Office.objects.create(name="甲县民政局", division=home)
    town = Office.objects.create(name="东镇民政办", division=home.children.first(), parent=office)
    return {
        role: factories.UserFactory(
            username=role.value, role=role, office=town if role == Role.CLERK else office
        )
        for role in Role
    }
