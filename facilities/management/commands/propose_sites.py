"""``propose_sites``: where the next sites go and which can close, with bound and gap."""

from __future__ import annotations

import csv
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.analysis.siting import Objective
from facilities.models import Measure, PlanningAnswer
from facilities.services.coverage import CoverageRequest
from facilities.services.siting import SitingRequest, propose_sites
from geo_registry import commands

from ._asking import ToStream, add_question, as_json, ends_in_a_sentence, point, question, write_json


class Command(commands.Command):
    """Propose sites."""

    help = gettext_noop(
        "Choose the next sites of a network, or those that can close with the least loss, on the registry's data. "
        "Today's facilities stay unless they are named closable. The answer has a bound and a gap, and is saved; "
        "Ctrl-C stops without saving anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--objective", required=True, choices=[kind.value for kind in Objective], help=_("what is sought")
        )
        parser.add_argument("--sites", type=int, required=True, help=_("how many may open"))
        add_question(parser, minutes="15", minutes_help=_("the limit in minutes"))
        parser.add_argument(
            "--farthest",
            type=float,
            help=_("minutes looked at by p-median and p-center (default: four times the limit)"),
        )
        parser.add_argument(
            "--set", default="any", help=_("any, tier-5, or the code of a kind (default: any)")
        )
        parser.add_argument(
            "--candidates", default="villages", help=_("villages, assets, nodes, none; several with commas")
        )
        parser.add_argument(
            "--point", action="append", default=[], metavar="LON,LAT", help=_("a candidate more")
        )
        parser.add_argument(
            "--forced", action="append", default=[], metavar="LON,LAT", help=_("opens anyway")
        )
        parser.add_argument(
            "--fixed", action="append", default=[], metavar="NUMBER",
            help=_("facility that stays; all (default) or none"),
        )  # fmt: skip
        parser.add_argument(
            "--closable",
            action="append",
            default=[],
            metavar="NUMBER",
            help=_("facility that may close; or all"),
        )
        parser.add_argument("--close", type=int, default=0, help=_("how many of them close"))
        parser.add_argument("--floor", type=float, help=_("least share of every township, 0 to 1"))
        parser.add_argument(
            "--share", type=float, default=1.0, help=_("share that set-cover covers (default: 1)")
        )
        parser.add_argument(
            "--capacity",
            choices=Measure.values,
            metavar="MEASURE",
            help=_("people find room by this measure"),
        )
        parser.add_argument("--new-capacity", type=float, help=_("room of each new site (default: endless)"))
        parser.add_argument("--cost", type=float, help=_("of each new site that has no cost of its own"))
        parser.add_argument(
            "--costs",
            metavar="FILE",
            help=_("CSV with the columns site and cost: a site by its code, its number, or as LON,LAT"),
        )
        parser.add_argument("--budget", type=float, help=_("what all that opens may cost"))
        parser.add_argument(
            "--effort", choices=["auto", "exact", "quick"], default="auto",
            help=_("prove the best (exact), search (quick), or as the size allows (auto, the default)"),
        )  # fmt: skip
        parser.add_argument(
            "--time-limit", type=float, default=60.0, help=_("seconds for the proof (default: 60)")
        )
        parser.add_argument(
            "--json", metavar="OUT", help=_("write the answer as JSON, - for standard output")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Choose, save, print."""
        request = _request(options)
        asked_to_stop = False

        def stop_soon(*_signal: object) -> None:
            nonlocal asked_to_stop
            if asked_to_stop:
                raise KeyboardInterrupt
            asked_to_stop = True
            self.stderr.write(_("Stopping at the next safe point …"))

        before = signal.signal(signal.SIGINT, stop_soon)
        try:
            with ends_in_a_sentence():
                answer = propose_sites(
                    request=request, progress=ToStream(self), stop=lambda: asked_to_stop, threads=None
                )
        finally:
            signal.signal(signal.SIGINT, before)
        if options["json"]:
            write_json(
                self, options["json"], as_json(answer), saved=_("The answer %(key)s") % {"key": answer.pk}
            )
        if options["json"] != "-":
            self.stdout.write(_as_text(answer))


def _request(options: dict[str, Any]) -> SitingRequest:
    asked = CoverageRequest(**question(options))
    if len(asked.thresholds_s) != 1:
        raise CommandError(_("--minutes wants one limit here."))
    return SitingRequest(
        coverage=asked,
        objective=Objective(options["objective"]),
        sites=options["sites"],
        set_key=options["set"],
        candidates=tuple(part for part in options["candidates"].split(",") if part and part != "none"),
        points=tuple(point(text) for text in options["point"]),
        forced=tuple(point(text) for text in options["forced"]),
        fixed=() if options["fixed"] == ["none"] else tuple(options["fixed"] or ["all"]),
        closable=tuple(options["closable"]),
        close=options["close"],
        floor=options["floor"],
        share=options["share"],
        capacity=Measure(options["capacity"]) if options["capacity"] else None,
        new_capacity=options["new_capacity"],
        cost=options["cost"],
        costs=_costs(options["costs"]),
        budget=options["budget"],
        farthest_s=None if options["farthest"] is None else 60 * options["farthest"],
        effort=options["effort"],
        time_limit_s=options["time_limit"],
    )


def _costs(path: str | None) -> dict[str, float]:
    """Read what each site costs.

    Raises
    ------
    CommandError
        Naming the file and the line.
    """
    if path is None:
        return {}
    found: dict[str, float] = {}
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                found[row["site"].strip()] = float(row["cost"])
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CommandError(
            _(
                "%(file)s, after %(count)d sites: it wants the columns site and cost, and a number in each cost."
            )
            % {"file": path, "count": len(found)}
        ) from error
    return found


def _as_text(answer: PlanningAnswer) -> str:
    found = answer.answer
    unknown = _("unknown")
    bound = unknown if found["bound"] is None else f"{found['bound']:g}"
    gap = unknown if found["gap"] is None else f"{100 * found['gap']:.3g} %"
    proof = _("proved best") if found["proof"] == "optimal" else _("not proved")
    lines = [
        f"{answer.network} · {answer.profile} · {answer.day}  ({answer.pk}, {answer.duration_s} s)",
        _("%(objective)s: %(value)g, bound %(bound)s, gap %(gap)s (%(proof)s)")
        % {
            "objective": found["objective"],
            "value": found["value"],
            "bound": bound,
            "gap": gap,
            "proof": proof,
        },
        _("within the limit: %(before)d → %(after)d of %(people)d people")
        % {
            "before": found["covered_before"],
            "after": found["covered_after"],
            "people": found["people"],
        },
        _("unknown: %(unknown)d; out of every site's reach: %(out)d")
        % {"unknown": found["people_unknown"], "out": found["people_out_of_reach"]},
    ]
    if found.get("sites_of_unknown_room"):
        lines.append(
            _("room not known, counted as endless: %(count)d of today's facilities")
            % {"count": found["sites_of_unknown_room"]}
        )
    if found.get("cost") is not None:
        lines.append(_("cost of all that opens: %(cost)g") % {"cost": found["cost"]})
    for word, rows in ((_("open"), found["opened"]), (_("close"), found["closed"])):
        lines += [f"  {word} {_site(row, found['worth_in'])}" for row in rows]
    lines += [
        f"    {row['name']}: {row['covered_before']} → {row['covered_after']} / {row['people']}"
        for row in found["townships"]
        if row["covered_before"] != row["covered_after"]
    ]
    return "\n".join(lines)


def _site(row: dict[str, Any], worth_in: str) -> str:
    worth = (
        _("%(worth)g people") % {"worth": row["worth"]}
        if worth_in == "people"
        else _("%(worth)g person-minutes") % {"worth": row["worth"] / 60_000}
    )
    words = _(
        "%(name)s [%(site)s] at %(lon)s, %(lat)s: %(worth)s; %(within)d within the limit, %(today)d of them today"
    )
    return words % {
        "name": row["name"],
        "site": row["site"],
        "lon": row["lonlat"][0],
        "lat": row["lonlat"][1],
        "worth": worth,
        "within": row["people_within_limit"],
        "today": row["of_them_covered_today"],
    }
