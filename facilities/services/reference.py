"""Networks, tiers, kinds and functions from reference files (``load_reference``)."""

from __future__ import annotations

from typing import Any

from facilities.models import (
    Commitment,
    FactRule,
    Function,
    Kind,
    Network,
    Post,
    RoundQuestion,
    Status,
    StatusRule,
    Tier,
)
from geo_registry.reference.loading import Entry, Loading, day, mark, register_section, take
from geo_registry.reference.models import Source


def load_function(run: Loading, entry: Entry) -> None:
    """``[[function]]``: something done for people."""
    fields = take(entry, "code", "name_zh", name_en="", position=100, public=True)
    run.row(Function, key={"code": fields.pop("code")}, values=fields)


def load_network(run: Loading, entry: Entry) -> None:
    """``[[network]]`` with its ``[[network.tier]]``, each with its ``[[network.tier.kind]]``."""
    fields = take(
        entry, "code", "name_zh", name_en="", position=100, public=True, serves="residents", tier=[]
    )
    tiers: list[Entry] = fields.pop("tier")
    network = run.row(Network, key={"code": fields.pop("code")}, values=fields)
    if network is None:
        return
    for tier_entry in tiers:
        _load_tier(run, network, tier_entry)


def _load_tier(run: Loading, network: Network, entry: Entry) -> None:
    fields = take(entry, "level", "name_zh", name_en="", kind=[])
    kinds: list[Entry] = fields.pop("kind")
    tier = run.row(Tier, key={"network": network, "level": fields.pop("level")}, values=fields)
    if tier is None:
        return
    for kind_entry in kinds:
        _load_kind(run, tier, kind_entry)


def _load_kind(run: Loading, tier: Tier, entry: Entry) -> None:
    fields: dict[str, Any] = take(
        entry, "code", "name_zh", "shape", "glyph",
        name_en="", position=100, functions=[], synonyms=[], osm_tags={}, protective=False,
    )  # fmt: skip
    functions = [_function(code) for code in fields.pop("functions")]
    key = {"code": fields.pop("code")}
    run.row(Kind, key=key, values={"tier": tier, **fields}, many={"functions": functions})


def _function(code: str) -> Function:
    found = Function.objects.filter(code=code).first()
    if found is None:
        raise KeyError(f"functions: {code}")
    return found


def load_commitment(run: Loading, entry: Entry) -> None:
    """``[[commitment]]``: a target of a network's tier, or a commitment of a year's plan."""
    fields = take(
        entry, "code", "name_zh", "title_zh", "query", "mark",
        name_en="", title_en="", network="", level=None, year=None, parameters={}, value=None, reference="", unit="",
        due=None, article="", source="", note="", position=100,
    )  # fmt: skip
    network, source = fields.pop("network"), fields.pop("source")
    fields["network"] = Network.objects.get(code=network) if network else None
    fields["source"] = Source.objects.get(code=source) if source else None
    fields["mark"], fields["due"] = mark(fields["mark"]), day(fields["due"])
    run.row(Commitment, key={"code": fields.pop("code")}, values=fields)


def load_round_question(run: Loading, entry: Entry) -> None:
    """``[[round_question]]``: what a confirmation round asks, and of which facilities."""
    fields = take(entry, "code", functions=[], kinds=[], position=100)
    run.row(RoundQuestion, key={"code": fields.pop("code")}, values=fields)


def load_post(run: Loading, entry: Entry) -> None:
    """``[[post]]``: something that somebody must fill, in each division of a level or in facilities."""
    fields = take(entry, "code", "name_zh", name_en="", position=100, level=None, network="", expected=True)
    network = fields.pop("network")
    fields["network"] = Network.objects.get(code=network) if network else None
    run.row(Post, key={"code": fields.pop("code")}, values=fields)


def load_fact(run: Loading, entry: Entry) -> None:
    """``[[fact]]``: who has a fact of the card, and whether a clerk's change of it needs approval."""
    fields = take(entry, "code", "approval", functions=[])
    wanted = [_function(code).code for code in fields["functions"]]
    run.row(
        FactRule,
        key={"code": fields["code"]},
        values={"needs_approval": fields["approval"], "functions": wanted},
    )


def load_status_rule(run: Loading, entry: Entry) -> None:
    """``[[status_rule]]``: which statuses may follow one, all on the same terms."""
    fields = take(entry, "before", "after", "approval", document=False)
    for after in fields["after"]:
        run.row(
            StatusRule,
            key={"before": fields["before"] and Status(fields["before"]).value, "after": Status(after).value},
            values={"needs_approval": fields["approval"], "needs_document": fields["document"]},
        )


def register() -> None:
    """Make this app responsible for its sections of reference files."""
    register_section("function", load_function)
    register_section("network", load_network)
    register_section("commitment", load_commitment)
    register_section("round_question", load_round_question)
    register_section("post", load_post)
    register_section("fact", load_fact)
    register_section("status_rule", load_status_rule)
