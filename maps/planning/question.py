"""The planner's question: every word of the sentence, read from an address and written into one.

“养老服务，步行，15分钟以内，60岁以上，任一设施，2024年12月31日，运营中”: each word is a control, and all rooms carry it along.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from facilities.models import CoverageRun, Function, Kind, Measure, Network
from facilities.services.coverage import CoverageRequest
from geo_registry.reference.models import TravelProfile
from geo_registry.reference.services import ReferenceMissing, coverage_limits_min, default_profile
from geo_registry.territory.models import AgeGroup

from ..services.coverage_page import Choice, day_words, decimals

MINUTES, METRES = "min", "m"
# So many limits a run has at most: an eye tells no more colours apart.
MOST_LIMITS = 4
LONGEST_S = 24 * 3600
_LOOKED_THROUGH = 50

# Words that a question may add, each a switch in the address.
SWITCHES: Final[Mapping[str, str | Promise]] = {
    "winter": gettext_lazy("in winter"),
    "delivery": gettext_lazy("the service travels to the person"),
    "failing": gettext_lazy("without those that did not pass"),
}


class NothingToAsk(ObjectDoesNotExist):
    """There is no network or no way to travel yet; the message says what to load first."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. ``within`` counts minutes, or metres along the road where ``by`` says so."""

    network: Network
    profile: TravelProfile
    within: float
    by: str
    group: AgeGroup
    day: datetime.date
    set_key: str = "any"
    winter: bool = False
    delivery: bool = False
    failing: bool = False
    capacity: str = ""

    @property
    def limit_s(self) -> int:
        """The limit in whole seconds."""
        if self.by == METRES:
            return max(1, round(self.within / metres_a_second(self.profile, winter=self.winter)))
        return max(1, round(self.within * 60))

    def parameters(self, **changes: object) -> dict[str, str]:
        """Return the address's parameters, with changes; ``None`` takes one away."""
        values: dict[str, object | None] = {
            "network": self.network.code,
            "profile": self.profile.code,
            "within": f"{self.within:g}",
            "by": self.by if self.by != MINUTES else None,
            "group": self.group.value,
            "set": self.set_key,
            "day": self.day.isoformat(),
            "capacity": self.capacity or None,
            **{name: "1" if getattr(self, name) else None for name in SWITCHES},
        }
        return {key: str(value) for key, value in (values | changes).items() if value is not None}

    def query(self, **changes: object) -> str:
        """Return what stands behind the question mark."""
        query = QueryDict(mutable=True)
        query.update(self.parameters(**changes))
        return query.urlencode()

    def request(self, *, of_group: bool = False) -> CoverageRequest:
        """Return the computation that answers it: with the limits that are always shown, and its own.

        A run counts every group, and whom the network serves for its places; ``of_group`` counts the question's group instead.
        """
        return CoverageRequest(
            network=self.network,
            profile=self.profile,
            thresholds_s=self.thresholds_s(),
            day=self.day,
            kinds=tuple(Kind.objects.filter(code=self.set_key)) if self._is_kind else (),
            functions=tuple(Function.objects.filter(code=self.set_key.removeprefix("function-")))
            if self.set_key.startswith("function-")
            else (),
            winter=self.winter,
            delivery=self.delivery,
            leave_out_failing=self.failing,
            capacity=Measure(self.capacity) if self.capacity else None,
            group=self.group if of_group else None,
        )

    @property
    def _is_kind(self) -> bool:
        return self.set_key != "any" and not self.set_key.startswith(("tier-", "function-"))

    def thresholds_s(self) -> tuple[int, ...]:
        """Return the limits of its run: the usual ones and its own, which takes the place of the nearest if there are too many."""
        own = self.limit_s
        try:
            usual = [60 * minutes for minutes in coverage_limits_min(self.day)]
        except ReferenceMissing:
            usual = []
        kept = sorted({*usual, own})
        while len(kept) > MOST_LIMITS:
            kept.remove(min((limit for limit in kept if limit != own), key=lambda limit: abs(limit - own)))
        return tuple(kept)

    def choice_parameters(self) -> dict[str, str]:
        """Return what a run's page is asked for."""
        return {"set": self.set_key, "limit": str(self.limit_s), "group": self.group.value}

    def with_set(self, key: str) -> Question:
        """Return the same question of another set."""
        return replace(self, set_key=key)

    @property
    def limit_words(self) -> str:
        """The limit as people say it."""
        if self.by == METRES:
            return _("%(metres)s m along the road") % {"metres": decimals(self.within, 0)}
        places = 0 if self.within == int(self.within) else 1
        return _("%(minutes)s minutes") % {"minutes": decimals(self.within, places)}

    @property
    def sentence(self) -> str:
        """All of it, to be read aloud."""
        words = [
            self.network.name,
            str(self.profile),
            self.limit_words,
            str(self.group.label),
            self.set_label,
            _("in operation on %(day)s") % {"day": day_words(self.day)},
            *(str(word) for name, word in SWITCHES.items() if getattr(self, name)),
        ]
        if self.capacity:
            words.append(_("places that fill up: %(measure)s") % {"measure": Measure(self.capacity).label})
        return _("、").join(words)

    @property
    def set_label(self) -> str:
        """What the set is called."""
        return dict(sets_of_network(self.network)).get(self.set_key, self.set_key)


def metres_a_second(profile: TravelProfile, *, winter: bool = False) -> float:
    """Return how many metres a second people of a profile make; in winter slower."""
    return float(profile.speed_m_s) * (float(profile.winter_factor) if winter else 1.0)


def _said_in(by: str, within: float, profile: TravelProfile, *, winter: bool) -> float:
    """Return the same limit in the other unit: whoever says metres instead of minutes has not changed how far."""
    speed = metres_a_second(profile, winter=winter)
    return float(round(within * 60 * speed)) if by == METRES else round(within / speed / 60, 1)


def may_say_metres(profile: TravelProfile) -> bool:
    """Whether metres along the road and time say the same: one speed on every road and beside it."""
    return profile.speed_m_s == profile.off_road_speed_m_s and not profile.road_speeds.exists()


def sets_of_network(network: Network) -> list[tuple[str, str]]:
    """Return what can be reached: all of the network, a tier, a kind, a function; key and words."""
    tiers = [(f"tier-{tier.level}", tier.name) for tier in network.tiers.order_by("level")]
    kinds = list(
        Kind.objects.filter(tier__network=network).order_by("tier__level", "position").select_related("tier")
    )
    functions = Function.objects.filter(kinds__in=kinds).distinct().order_by("position")
    return [
        ("any", _("any facility of the network")),
        *tiers,
        *((kind.code, kind.name) for kind in kinds),
        *((f"function-{one.code}", _("function: %(name)s") % {"name": one.name}) for one in functions),
    ]


def read_question(params: Mapping[str, str], *, today: datetime.date | None = None) -> Question:
    """Read a question from an address; whatever is missing or unknown there gets its most useful value.

    Raises
    ------
    NothingToAsk
        If the registry has no network or no travel profile.
    """
    network = network_of(params.get("network", "")) or _first_network() or Network.objects.first()
    if network is None:
        raise NothingToAsk(_("There is no network of facilities yet. Run “manage.py load_reference”."))
    # Who chooses another network in the sentence has not chosen its people and how they travel yet.
    switched = params.get("of", network.code) != network.code
    profile = (
        None if switched else TravelProfile.objects.filter(code=_code(params.get("profile", ""))).first()
    )
    day, within = _day(params.get("day", "")), _number(params.get("within", ""))
    # While something is dragged over the map a question is read at every step: one that says all of it looks nothing up.
    run = None if profile and day and within is not None else _usual_run(network)
    try:
        profile = profile or (run.profile if run else None) or default_profile(network.serves)
    except ReferenceMissing as error:
        raise NothingToAsk(str(error)) from error
    by = METRES if params.get("by") == METRES and may_say_metres(profile) else MINUTES
    winter = bool(params.get("winter"))
    if within is not None and params.get("by") == METRES and by != METRES:
        # So many metres are no minutes: who rides now instead of walking begins with the usual limit.
        within = None
    elif within is not None and params.get("was", by) != by:
        within = _said_in(by, within, profile, winter=winter)
    if within is None:
        within = 1000.0 if by == METRES else _usual_limit(run or _usual_run(network))
    group = "" if switched else params.get("group", "")
    set_key = params.get("set", "any")
    capacity = params.get("capacity", "")
    return Question(
        network=network,
        profile=profile,
        within=_bounded(within, by),
        by=by,
        group=AgeGroup(group) if group in AgeGroup.values else AgeGroup(network.serves),
        day=day or (run.day if run else None) or today or timezone.localdate(),
        set_key=set_key if set_key != "any" and set_key in dict(sets_of_network(network)) else "any",
        winter=winter,
        delivery=bool(params.get("delivery")),
        failing=bool(params.get("failing")),
        capacity=capacity if capacity in Measure.values else "",
    )


def _code(text: str) -> str:
    """Return what may be a code; PostgreSQL takes no NUL."""
    return text.replace("\x00", "")[:60]


def network_of(code: str) -> Network | None:
    """Return the network of a code, or ``None``."""
    return Network.objects.filter(code=_code(code)).first()


def _runs() -> Any:
    return CoverageRun.objects.finished().at_home()


def _first_network() -> Network | None:
    """Return the first network that anything has been computed of."""
    return Network.objects.filter(pk__in=_runs().order_by().values("network")).first()


def plain_run(network: Network) -> CoverageRun | None:
    """Return the run that everybody begins with, ``None`` where there is none without further conditions.

    It is the one of the latest day by the first way to travel and the longest limit agreed on; where there is none such, the
    latest without conditions, by whatever way to travel. Runs of days to come are left out. What a colleague asks meanwhile with
    conditions changes neither anybody's first page nor what the public is told.
    """
    rows = _runs().filter(network=network).select_related("network", "profile", "division")
    rows = rows.filter(day__lte=timezone.localdate()).defer("division__boundary")
    try:
        usual = rows.filter(
            profile=default_profile(network.serves),
            thresholds_s__contains=[round(60 * coverage_limits_min()[-1])],
        ).order_by("-day", "-created_at")
    except ReferenceMissing:
        usual = rows.none()
    plain = (run for some in (usual, rows) for run in some[:_LOOKED_THROUGH] if _is_plain(run))
    return next(plain, None)


def _is_plain(run: CoverageRun) -> bool:
    """Whether a run counts everything, for whom the network is there, without further conditions."""
    said = run.parameters
    conditions = ("winter", "delivery", "leave_out_failing", "capacity", "kinds")
    is_for_all = said.get("group", run.network.serves) == run.network.serves
    return is_for_all and not any(said.get(one) for one in conditions)


def _usual_run(network: Network) -> CoverageRun | None:
    """Return the run that a question begins with: that of everybody, or the latest."""
    found: CoverageRun | None = plain_run(network) or _runs().filter(network=network).first()
    return found


def _usual_limit(run: CoverageRun | None) -> float:
    """Return the limit in minutes that a question begins with: the longest agreed on, if the run has it; else the run's longest."""
    try:
        agreed = float(coverage_limits_min()[-1])
    except ReferenceMissing:
        agreed = 15.0
    if run is None or not run.thresholds_s or round(60 * agreed) in run.thresholds_s:
        return agreed
    return float(max(run.thresholds_s) / 60)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _bounded(within: float, by: str) -> float:
    most = 100_000.0 if by == METRES else LONGEST_S / 60
    return min(max(within, 1.0 if by == METRES else 0.1), most)


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None


CAPACITIES: Final = (
    ("", pgettext_lazy("capacity", "not counted")),
    *((one.value, one.label) for one in (Measure.BEDS, Measure.DAYCARE_PLACES, Measure.MEALS_CAPACITY)),
)


def question_of_run(choice: Choice) -> Question:
    """Return the question that a saved run answers, as it is looked at."""
    run, said = choice.run, choice.run.parameters
    return Question(
        network=run.network,
        profile=run.profile,
        within=choice.limit_s / 60,
        by=MINUTES,
        group=choice.group,
        day=run.day,
        set_key=choice.set.key,
        winter=bool(said.get("winter")),
        delivery=bool(said.get("delivery")),
        failing=bool(said.get("leave_out_failing")),
        capacity=said.get("capacity") or "",
    )
