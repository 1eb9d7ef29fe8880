"""The network at a glance: what each tier must have, what it has, what is missing, how it changed; and the year's plan."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from facilities.models import CoverageRun, CoverageShare, Network, Status, Tier
from facilities.services.commitments.network import TierStanding, tiers_on, year_ends
from facilities.services.commitments.standing import Standing, State, plan_of, targets_of, years
from geo_registry.territory.models import Division, Level

from ..services.coverage_page import percent
from .question import Question, read_question
from .runs import has_set, runs_for

# Bars of the small picture of the years, in its own units.
_BAR_WIDTH, _BAR_GAP, _BAR_HEIGHT = 9, 3, 20


@dataclass(frozen=True, kw_only=True)
class YearEnd:
    """One tier at the end of a year, and its bar in the small picture."""

    day: datetime.date
    with_own: int
    units: int
    x: int
    y: float
    height: float
    url: str


@dataclass(frozen=True, kw_only=True)
class TierRow:
    """One tier: its standing on the day, how it got there, its targets, and who is in reach."""

    standing: TierStanding
    trend: list[YearEnd]
    targets: list[Standing]
    share: CoverageShare | None
    share_percent: str
    detail_url: str
    list_url: str
    map_url: str

    @property
    def tier(self) -> Tier:
        """The tier."""
        return self.standing.tier

    @property
    def change(self) -> int:
        """How many more divisions have one of their own than at the first year's end shown."""
        return len(self.standing.with_own) - self.trend[0].with_own if self.trend else 0

    @property
    def trend_width(self) -> int:
        """Width of the small picture."""
        return max(1, len(self.trend)) * (_BAR_WIDTH + _BAR_GAP)


@dataclass(frozen=True, kw_only=True)
class TownshipCell:
    """What one township has of one tier: of how many divisions, how many have their own."""

    with_own: int
    units: int
    facilities: int
    url: str


@dataclass(frozen=True, kw_only=True)
class TownshipRow:
    """One township across the tiers."""

    division: Division
    cells: list[TownshipCell]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One network on one day."""

    network: Network
    day: datetime.date
    question: Question
    tiers: list[TierRow]
    townships: list[TownshipRow]
    run_as_of: datetime.date | None

    @property
    def missing(self) -> int:
        """Divisions without one of their own, over all tiers."""
        return sum(len(row.standing.without) for row in self.tiers)


def list_url(**parameters: object) -> str:
    """Return the address of the register's list, narrowed."""
    pairs = [(key, str(value)) for key, value in parameters.items() if value not in (None, "")]
    return f"{reverse('facilities:list')}?{urlencode(pairs)}"


def overview_of(network: Network, day: datetime.date, question: Question) -> Overview:
    """Put the network together as it stands on a day."""
    ends = year_ends(network, day)
    now = tiers_on(network, day)
    before = {end: {one.tier.pk: one for one in tiers_on(network, end)} for end in ends}
    targets = targets_of(network.commitments.of_networks().select_related("network", "source"), day)
    runs = runs_for(question)
    rows = []
    as_of: datetime.date | None = None
    for standing in now:
        asked = question.with_set(f"tier-{standing.tier.level}")
        share, population = _share(asked, runs)
        as_of = as_of or population
        past = [before[end][standing.tier.pk] for end in ends if standing.tier.pk in before[end]]
        rows.append(
            TierRow(
                standing=standing,
                trend=_trend([*past, standing], network),
                targets=[one for one in targets if one.commitment.level == standing.tier.level],
                share=share,
                share_percent=percent(share) if share else "",
                detail_url=tier_url(network, standing),
                list_url=list_url(
                    network=network.code,
                    level=standing.tier.level,
                    status=Status.OPEN.value,
                    day=day.isoformat(),
                ),
                map_url=f"{reverse('maps:planner_coverage')}?{asked.query()}",
            )
        )
    return Overview(
        network=network,
        day=day,
        question=question,
        tiers=rows,
        townships=_townships(now, network, day),
        run_as_of=as_of,
    )


def _share(
    question: Question, runs: Sequence[CoverageRun]
) -> tuple[CoverageShare | None, datetime.date | None]:
    run = next((one for one in runs if has_set(one, question.set_key)), None)
    if run is None:
        return None, None
    one = next(found for found in run.sets.all() if found.key == question.set_key)
    share = one.shares.filter(
        division=run.division, group=question.group, threshold_s=question.limit_s
    ).first()
    return share, run.population_as_of


def tier_url(network: Network, standing: TierStanding, **parameters: str) -> str:
    """Return the address of the divisions behind a tier's number."""
    query = urlencode({"day": standing.day.isoformat(), **parameters})
    return f"{reverse('maps:planner_tier', args=[network.code, standing.tier.level])}?{query}"


def _trend(standings: Sequence[TierStanding], network: Network) -> list[YearEnd]:
    found = []
    for position, one in enumerate(standings):
        share = len(one.with_own) / len(one.units) if one.units else 0.0
        height = round(_BAR_HEIGHT * share, 1)
        found.append(
            YearEnd(
                day=one.day,
                with_own=len(one.with_own),
                units=len(one.units),
                x=position * (_BAR_WIDTH + _BAR_GAP),
                y=round(_BAR_HEIGHT - height, 1),
                height=height,
                url=tier_url(network, one),
            )
        )
    return found


def _townships(standings: Sequence[TierStanding], network: Network, day: datetime.date) -> list[TownshipRow]:
    """Return every township with what it has of each tier at or below its level."""
    towns: dict[str, Division] = {}
    for standing in standings:
        for unit in standing.units:
            if unit.division.level == Level.TOWNSHIP:
                towns[unit.division.path] = unit.division
    if not towns:
        parents = {
            unit.division.parent_id
            for standing in standings
            for unit in standing.units
            if unit.division.level == Level.VILLAGE
        }
        for town in Division.objects.filter(pk__in=parents).defer("boundary").order_by("code"):
            towns[town.path] = town
    below = [one for one in standings if one.tier.level >= Level.TOWNSHIP]
    return [
        TownshipRow(division=town, cells=[_cell(one, network, day, town) for one in below])
        for town in sorted(towns.values(), key=lambda town: town.code)
    ]


def _cell(standing: TierStanding, network: Network, day: datetime.date, town: Division) -> TownshipCell:
    units = [unit for unit in standing.units if unit.division.path.startswith(town.path)]
    facilities = [one for one in standing.facilities if one.division.path.startswith(town.path)]
    return TownshipCell(
        with_own=sum(1 for unit in units if unit.facilities),
        units=len(units),
        facilities=len(facilities),
        # Of one division its facilities are counted, of several how many have any.
        url=list_url(
            network=network.code,
            level=standing.tier.level,
            status=Status.OPEN.value,
            day=day.isoformat(),
            **{"in": town.code},
        )
        if len(units) == 1
        else tier_url(network, standing, **{"in": town.code}),
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A year's plan as it stands."""

    year: int
    rows: list[Standing]
    others: list[int]

    def _count(self, state: State) -> int:
        return sum(1 for row in self.rows if row.state == state)

    @property
    def done(self) -> int:
        """How many are done."""
        return self._count(State.DONE)

    @property
    def unknown(self) -> int:
        """Of how many nothing is on record."""
        return self._count(State.UNKNOWN)


def plan_for(year: int | None) -> Plan | None:
    """Return a year's plan, or the latest one; ``None`` where there is none."""
    known = years()
    chosen = year if year in known else (known[0] if known else None)
    if chosen is None:
        return None
    return Plan(year=chosen, rows=plan_of(chosen), others=[one for one in known if one != chosen])


def overview_question(network: Network, day: datetime.date) -> Question:
    """Return the question that the overview's share in reach answers: the usual words of the network."""
    found = read_question({"network": network.code})
    return found if day >= found.day else read_question({"network": network.code, "day": day.isoformat()})


def overview_day(text: str) -> datetime.date:
    """Read the overview's day; today where none is given."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
