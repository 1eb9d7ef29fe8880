"""The methods behind the figures of a planner's pages, in a few sentences each. ``docs/methods`` has them in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class MethodPage:
    """One method: the question, how it is answered, and what the answer cannot tell."""

    title: Text
    question: Text
    formula: Text
    how: tuple[Text, ...]
    limits: tuple[Text, ...]
    source: str


METHODS: Mapping[str, MethodPage] = {
    "own-and-neighbour": MethodPage(
        title=_("Its own, or a neighbour's"),
        question=_(
            "Coverage is said in two ways: a village has a facility of its own; or its people reach one, wherever it stands."
        ),
        formula=_("own ÷ units;  Σ people·[no own]·[t ≤ T]"),
        how=(
            _(
                "Counted are the divisions of the facilities' tier: villages and communities for the village tier, "
                "townships for the township tier, without those that are set not to count."
            ),
            _(
                "A division has its own if an open facility stands in it or below it. Its people are within the "
                "limit of one, or beyond it."
            ),
            _(
                "Where there is none, people within the limit of another's facility are served by a neighbour; the "
                "others by neither."
            ),
            _("The five groups, with those unknown, add up to all people counted."),
        ),
        limits=(
            _(
                "Tiers are not inclusive: a county home does not count for the village tier, unless it "
                "declares a function there."
            ),
        ),
        source="",
    ),
    "capacity": MethodPage(
        title=_("Places that fill up"),
        question=_("How many people reach a facility that still has room for them?"),
        formula=_("served + full + out of reach + unknown = people"),
        how=(
            _(
                "Whoever is nearer to a facility goes first; people whose nearest one is full go on to the "
                "next within the limit."
            ),
            _(
                "Of places equally near to the last room each gets its share, in whole people by the largest remainder."
            ),
            _(
                "A facility whose capacity is not known takes nobody; who finds no room elsewhere and reaches one is "
                "unknown, not full."
            ),
        ),
        limits=(
            _(
                "All people of the group look for a place at once: how many really want one is not known. Read it as "
                "an upper bound of the demand."
            ),
        ),
        source="",
    ),
    "accessibility": MethodPage(
        title=_("Accessibility"),
        question=_("How much of what facilities offer falls to each person, the way there considered?"),
        formula="Rⱼ = Sⱼ ÷ Σᵢ Pᵢ·w(t);  Aᵢ = Σⱼ Rⱼ·w(t)",
        how=(
            _(
                "First each facility's beds or meals are shared out among the people who reach it; then each person "
                "adds up the shares of the facilities in reach."
            ),
            _(
                "Weights fall with time as the run's parameters say, and are nothing beyond the longest limit."
            ),
            _("What is shared out, added over all people, is what the facilities offer."),
            _("A facility whose supply is not known is left out and counted beside the figure."),
        ),
        limits=(
            _(
                "The figure depends on the limit and the weights: compare only figures of the same parameters."
            ),
        ),
        source="Luo & Wang 2003; Luo & Qi 2009; Wan, Zou & Sternberg 2012; Hansen 1959",
    ),
    "equity": MethodPage(
        title=_("How evenly it is shared out"),
        question=_("Who has how much of it, and who has least?"),
        formula="Gini = Σᵢⱼ pᵢpⱼ|xᵢ−xⱼ| ÷ (2x̄(Σp)²)",
        how=(
            _("The Gini coefficient is 0 if all have the same, and comes near to 1 if one has all."),
            _("“Nine in ten” is the value that nine in ten of the known people have, or better."),
            _("The worst division is the one with the worst mean of those directly below."),
            _("People unknown and people beyond any way are counted beside the figures, never as a number."),
        ),
        limits=(_("A low Gini can mean that all have it equally bad: read it beside the mean."),),
        source="Gini 1912; Lorenz 1905",
    ),
    "where-people-are": MethodPage(
        title=_("Where people are"),
        question=_("A village is not a point: in a quarter of an hour an older person walks 720 metres."),
        formula="",
        how=(
            _(
                "People counted at hamlets, housing blocks or grid cells stand there. A total for a whole village is "
                "spread over its hamlets without a count of their own; without such, over its built-up areas; "
                "without such, over the frontage of its roads."
            ),
            _(
                "Weights are households, square metres and metres of road. Shares are whole people that add up to the total."
            ),
            _(
                "Beside every figure stands the one that would come out if each village's people were all at one "
                "point: its point on record, or the place nearest to their centre. The two show how much the figure "
                "depends on it."
            ),
        ),
        limits=(_("Who lives in which house is not known, and is not asked."),),
        source="",
    ),
    "network": MethodPage(
        title=_("The network by tier"),
        question=_("Which divisions have a facility of their own, tier by tier, on a day?"),
        formula=_("[≥ 1 open facility in the division] ÷ divisions that count"),
        how=(
            _(
                "Counted are the divisions of the tier's level that existed on the day, without those that "
                "are set not to count."
            ),
            _(
                "A facility counts if its dated status on the day is “in operation”, at the tier of the "
                "kind it had then and at "
                "each tier at which it declares a function that held then."
            ),
            _(
                "Years' ends are computed from the same dated rows, not from copies: a correction of the "
                "past changes them too."
            ),
        ),
        limits=(
            _("Whether people are within reach of it is another question: “within reach” stands beside it."),
        ),
        source="",
    ),
    "commitments": MethodPage(
        title=_("Targets and commitments"),
        question=_("How far is what the office is held to?"),
        formula=_("found ≥ wanted"),
        how=(
            _(
                "Each commitment names a question to the register with its parameters: facilities in "
                "operation of some kinds, "
                "divisions with one of their own, checks and drills done, assets signed for, posts filled, beds."
            ),
            _(
                "It is judged on the day it is due, from the register's dated history; before that day, as "
                "things stand today."
            ),
            _(
                "What the register cannot know (homes adapted, clients) the office enters as a number with day and document."
            ),
        ),
        limits=(_("Nothing on record is not the same as not done: the page says which of the two it is."),),
        source="",
    ),
    "gaps": MethodPage(
        title=_("The gap list"),
        question=_("Which villages are not served, and why?"),
        formula="",
        how=(
            _(
                "Each village's people out of reach are those of the saved run; the column adds up to the run's own figure."
            ),
            _(
                "The nearest facility is that of the place where most people are out of reach; the minutes "
                "are the shortest and longest of such places."
            ),
            _(
                "Too far: there is a way, but it takes longer than the limit. No way by road: none leads "
                "there. Data missing: nobody knows."
            ),
            _("Full: within reach, but others came first (only where places that fill up were asked for)."),
            _(
                "Not in operation: a facility of the network stands in the village itself, with the status "
                "and day that the register gives."
            ),
        ),
        limits=(_("Several reasons may hold at once; each is named."),),
        source="",
    ),
    "siting": MethodPage(
        title=_("Next sites, and sites that can close"),
        question=_("Where do the next sites help most, and which can close with the least loss?"),
        formula="max Σ pᵢ·1[t(i) ≤ T];  min Σ pᵢ·t(i);  min Σ cⱼ;  min max t(i)",
        how=(
            _(
                "Four aims: most people within the limit; the shortest way for all together; the fewest or cheapest sites that "
                "cover everybody; the shortest longest way."
            ),
            _(
                "Today's facilities stay unless they are named as closable. Candidates are villages, idle buildings, "
                "crossings or points on the map."
            ),
            _(
                "A least share for every township, room, costs and a budget can be set; what no choice can meet is refused, "
                "with the reason."
            ),
            _(
                "Every answer says how far from the best it can be at most. Small questions are solved to a proof; large ones "
                "by search, with a bound."
            ),
            _("Of two choices equally good the one with the lower numbers is given, every time."),
            _(
                "“The townships that have least” is a rule, not an optimum: townships in the order of their share in reach, the "
                "least first; of each the village whose largest place gains most people, those chosen before counted as open. "
                "So it has no bound and no gap."
            ),
            _(
                "“Brought to the person” answers the same question with the service travelling to the people, by the first way "
                "to travel that rides."
            ),
        ),
        limits=(
            _(
                "Most people covered is most often the town centre: look at the least shares and at the overlap, too."
            ),
            _("Whether a house can be had, and at what price, is not in it unless costs are given."),
        ),
        source="Hakimi 1964; Toregas and others 1971; Church & ReVelle 1974",
    ),
    "scenarios": MethodPage(
        title=_("Scenarios"),
        question=_("What does it come to if facilities open, close, move, grow or are merged?"),
        formula="",
        how=(
            _(
                "Roads, people and today's facilities are read once; each scenario is then computed as a full run with the "
                "register changed that way."
            ),
            _("A merger closes one facility and gives its room to another."),
            _("Each scenario is of today's register, not of the one before it."),
        ),
        limits=(
            _(
                "Where people will live and what they will want later is not foreseen: the people are today's."
            ),
        ),
        source="",
    ),
    "isochrones": MethodPage(
        title=_("Areas on the map"),
        question=_("From which ground is a facility reached within a limit of time?"),
        formula="{ x : ∃ s, t(s) ≤ T, |x − s| ≤ 40 m }",
        how=(
            _(
                "Roads are cut into short steps, each with its own time; inside is what lies within 40 metres of a step in time."
            ),
            _(
                "Blocks, fields and lakes that nobody reaches stay holes. A shorter limit's area lies within the longer one's."
            ),
        ),
        limits=(
            _(
                "These areas are for the eye: people are counted from the times of the places where they live, never from them."
            ),
        ),
        source="Maurer, Qi & Raghavan 2003",
    ),
    "cost-matrix": MethodPage(
        title=_("Ways and times"),
        question=_("How long does it take from each place to each facility?"),
        formula="t = t₁ + Σ ℓ ÷ v + t₂",
        how=(
            _(
                "From the place straight to the nearest point of a road, along the roads at the profile's speed for their "
                "class, and from the road to the facility. Both ends off the road are always charged."
            ),
            _("Times are whole milliseconds: who lives exactly on the limit is within it."),
            _(
                "Where the service travels to the person and has a delivery radius, the shortest way must not have more metres "
                "than that."
            ),
        ),
        limits=(
            _(
                "Traffic, slopes, weather and waiting are not in it; the speeds are rows that can be changed, with their source."
            ),
        ),
        source="Dijkstra 1959; Dial 1969",
    ),
    "quality": MethodPage(
        title=_("Data quality"),
        question=_("How far can the figures be trusted, and what is to be mended first?"),
        formula=_("100 · Σ wᵢ·(1 − wrongᵢ ÷ looked atᵢ) ÷ Σ wᵢ"),
        how=(
            _(
                "Each check looks at rows of the register as they are today and finds those that are missing, stale "
                "or contradictory."
            ),
            _("Weights are reference values of the office; what takes most away from the score comes first."),
            _("Each row leads to the page it is mended on."),
        ),
        limits=(_("What nobody has entered and no rule expects is not found."),),
        source="",
    ),
}
