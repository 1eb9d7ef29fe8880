"""Half-yearly scores: most facilities pass, a few do not, and some sheets are under way."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.utils import timezone

from geo_registry.accounts.models import Role

from ...models import Assessment, Facility, ScoreEntry, ScoreItem, ScoreSheet
from ..assessments.scoring import EVIDENCE, score_of
from .fieldwork import MARK, Setting, chance_of

State = Assessment.State
_BACK: Final = "就餐台账抽查的是哪三天？请写明日期后再报" + MARK
# What the demo clerk and the demo reviewer find under way.
_UNDER_WAY: Final = (State.RETURNED, State.DRAFT, State.SUBMITTED)
_OTHERS_SUBMITTED: Final = 3


@dataclass
class _Scored:
    """An assessment and its points, before they are saved."""

    row: Assessment
    entries: list[ScoreEntry] = field(default_factory=list)


def make(setting: Setting) -> dict[str, int]:
    """Make the assessments of the last two half-years, and some of today's."""
    sheets = _sheets()
    items = {sheet.pk: list(sheet.items.all()) for sheet in sheets.values()}
    made: list[_Scored] = []
    under_way, submitted = iter(_UNDER_WAY), 0
    for facility in setting.facilities:
        sheet = sheets.get(facility.kind_id)
        if sheet is None or not items[sheet.pk]:
            continue
        made.extend(
            _scored(setting, facility, sheet, items[sheet.pk], day, State.CONFIRMED)
            for day in half_years(setting.today)
            if chance_of("assessed", day, facility.number).random() < 0.85
        )
        state = None
        if setting.is_own(facility.division):
            state = next(under_way, None)
        elif submitted < _OTHERS_SUBMITTED and chance_of("now", facility.number).random() < 0.2:
            state, submitted = State.SUBMITTED, submitted + 1
        if state is not None:
            day = setting.today - datetime.timedelta(days=chance_of("day", facility.number).randint(2, 12))
            made.append(_scored(setting, facility, sheet, items[sheet.pk], day, state))
    Assessment.objects.bulk_create([each.row for each in made])
    ScoreEntry.objects.bulk_create([entry for each in made for entry in each.entries])
    for each in made:
        for entry in each.entries:
            if entry.item.evidence_required and each.row.state != State.DRAFT:
                setting.album.add("paper", owner=entry, purpose=EVIDENCE, by=each.row.scored_by)
    return {"assessments": len(made)}


def _sheets() -> dict[int, ScoreSheet]:
    rows = ScoreSheet.objects.in_use().prefetch_related("kinds", "items").order_by("-code")
    return {kind.pk: sheet for sheet in rows for kind in sheet.kinds.all()}


def half_years(today: datetime.date) -> list[datetime.date]:
    """Return the last days of the last two half-years that are over, the earlier first."""
    ends = [
        datetime.date(year, month, day)
        for year in (today.year - 1, today.year)
        for month, day in ((6, 30), (12, 31))
    ]
    return [end for end in ends if end < today][-2:]


def _scored(
    setting: Setting,
    facility: Facility,
    sheet: ScoreSheet,
    items: list[ScoreItem],
    day: datetime.date,
    state: State,
) -> _Scored:
    chance = chance_of("score", day, facility.number)
    # How good a facility is stays much the same from one half-year to the next.
    quality = chance_of("quality", facility.number)
    usual = quality.uniform(4.6, 6.0) if quality.random() < 0.12 else quality.uniform(7.2, 9.6)
    scorer = setting.keeper(facility.division)
    row = Assessment(facility=facility, sheet=sheet, day=day, state=state, scored_by=scorer, revision=1)
    row.comment = "示范数据（虚构）"
    given: dict[int, Decimal | None] = {}
    for position, item in enumerate(items):
        share = Decimal(str(min(1.0, max(0.0, (usual + chance.uniform(-1.2, 1.2)) / 10))))
        points = Decimal(round(share * item.scale * 2)) / 2
        given[item.pk] = None if state == State.DRAFT and position >= len(items) // 2 else points
    total = score_of(items, given)
    if total.complete:
        row.score, row.passed = total.value, total.value >= sheet.pass_mark
    if state == State.CONFIRMED:
        noon = datetime.datetime.combine(day + datetime.timedelta(days=6), datetime.time(10, 30))
        row.confirmed_by = setting.person(Role.REVIEWER)
        row.confirmed_at = min(timezone.make_aware(noon), timezone.now())
    elif state == State.RETURNED:
        row.returned_reason = _BACK
    return _Scored(row, [_entry(row, item, given[item.pk]) for item in items])


def _entry(row: Assessment, item: ScoreItem, points: Decimal | None) -> ScoreEntry:
    low = points is not None and points < Decimal(item.scale) * Decimal("0.6")
    note = ("按评分办法逐项扣分" + MARK) if low else ""
    return ScoreEntry(assessment=row, item=item, points=points, note=note)
