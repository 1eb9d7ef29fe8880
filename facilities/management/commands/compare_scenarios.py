"""``compare_scenarios``: what openings, closings, moves, sizes and mergers come to, beside today."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.analysis.scenarios import Action
from facilities.models import Measure, PlanningAnswer
from facilities.services.coverage import CoverageRequest
from facilities.services.scenarios import NamedChange, compare_scenarios
from geo_registry import commands

from ._asking import ToStream, add_question, as_json, ends_in_a_sentence, point, question, write_json


class Command(commands.Command):
    """Compare scenarios with today."""

    help = gettext_noop(
        "Compute coverage today and after changes (facilities opened, closed, moved, resized, merged), side by side "
        "by division. The changes given by options are one scenario; more come from files. The answer is saved."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_question(parser, minutes="5,10,15", minutes_help=_("limits in minutes, separated by commas"))
        parser.add_argument(
            "--set", default="any", help=_("any, tier-5, or the code of a kind (default: any)")
        )
        parser.add_argument(
            "--capacity",
            choices=Measure.values,
            metavar="MEASURE",
            help=_("people find room by this measure"),
        )
        parser.add_argument(
            "--open",
            action="append",
            default=[],
            metavar="LON,LAT[,ROOM]",
            help=_("a facility that opens, with its room; may be repeated"),
        )
        parser.add_argument(
            "--close",
            action="append",
            default=[],
            metavar="NUMBER",
            help=_("a facility that closes; may be repeated"),
        )
        parser.add_argument(
            "--move",
            action="append",
            default=[],
            metavar="NUMBER=LON,LAT",
            help=_("a facility that moves; may be repeated"),
        )
        parser.add_argument(
            "--resize",
            action="append",
            default=[],
            metavar="NUMBER=ROOM",
            help=_("a facility that has other room; may be repeated"),
        )
        parser.add_argument(
            "--merge", action="append", default=[], metavar="NUMBER=NUMBER",
            help=_("the first closes, and its room goes to the second"),
        )  # fmt: skip
        parser.add_argument(
            "--scenario", action="append", default=[], metavar="FILE",
            help=_('JSON: {"name": "…", "changes": [{"action": "close", "number": "…"}, …]}; may be repeated'),
        )  # fmt: skip
        parser.add_argument(
            "--json", metavar="OUT", help=_("write the answer as JSON, - for standard output")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute, save, print."""
        request = CoverageRequest(
            **question(options), capacity=Measure(options["capacity"]) if options["capacity"] else None
        )
        with ends_in_a_sentence():
            answer = compare_scenarios(
                request=request,
                set_key=options["set"],
                scenarios=_scenarios(options),
                progress=ToStream(self),
            )
        if options["json"]:
            write_json(
                self, options["json"], as_json(answer), saved=_("The answer %(key)s") % {"key": answer.pk}
            )
        if options["json"] != "-":
            self.stdout.write(_as_text(answer))


def _scenarios(options: dict[str, Any]) -> dict[str, list[NamedChange]]:
    given = [
        *(_opening(text) for text in options["open"]),
        *(NamedChange(action=Action.CLOSE, number=number) for number in options["close"]),
        *(_with_number(Action.MOVE, text) for text in options["move"]),
        *(_with_number(Action.RESIZE, text) for text in options["resize"]),
        *(_with_number(Action.MERGE, text) for text in options["merge"]),
    ]
    found = {"scenario": given} if given else {}
    for path in options["scenario"]:
        name, changes = _from_file(Path(path))
        if name in found:
            raise CommandError(_("Two scenarios are called “%(name)s”.") % {"name": name})
        found[name] = changes
    return found


def _opening(text: str) -> NamedChange:
    parts = text.split(",")
    if len(parts) not in (2, 3):
        raise CommandError(_("--open wants LON,LAT or LON,LAT,ROOM, not “%(text)s”.") % {"text": text})
    room = _room(parts[2], text) if len(parts) == 3 else None
    return NamedChange(action=Action.OPEN, lonlat=point(",".join(parts[:2])), capacity=room)


def _room(text: str, whole: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise CommandError(_("“%(text)s”: the room must be a number.") % {"text": whole}) from error


def _with_number(action: Action, text: str) -> NamedChange:
    number, equals, value = text.partition("=")
    if not equals:
        raise CommandError(
            _("--%(option)s wants NUMBER=…, not “%(text)s”.") % {"option": action.value, "text": text}
        )
    if action is Action.MERGE:
        return NamedChange(action=action, number=number, into=value)
    if action is Action.MOVE:
        return NamedChange(action=action, number=number, lonlat=point(value))
    return NamedChange(action=action, number=number, capacity=_room(value, text))


def _from_file(path: Path) -> tuple[str, list[NamedChange]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        changes = [
            NamedChange(
                action=Action(change["action"]),
                number=str(change.get("number") or ""),
                lonlat=point(",".join(map(str, change["lonlat"]))) if change.get("lonlat") else None,
                capacity=None if change.get("capacity") is None else float(change["capacity"]),
                into=str(change.get("into") or ""),
            )
            for change in data["changes"]
        ]
        return str(data.get("name") or path.stem), changes
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            _(
                "%(file)s is no scenario (%(why)s). It wants a name and changes, each with action and number or lonlat."
            )
            % {"file": path, "why": error}
        ) from error


def _as_text(answer: PlanningAnswer) -> str:
    names = list(answer.parameters["scenarios"])
    lines = [f"{answer.network} · {answer.profile} · {answer.day}  ({answer.pk}, {answer.duration_s} s)"]
    whole = answer.division.code if answer.division else None
    for row in answer.answer["rows"]:
        if row["division"] != whole and all(value == row["today"] for value in row["scenarios"].values()):
            continue
        cells = [
            f"{name}: {row['scenarios'][name]} ({row['scenarios'][name] - row['today']:+d})" for name in names
        ]
        lines.append(
            "  "
            + _("%(division)s, within %(minutes)g min, of %(people)d people: today %(today)d")
            % {
                "division": row["name"] or "—",
                "minutes": row["threshold_s"] / 60,
                "people": row["people"],
                "today": row["today"],
            }
            + "; "
            + "; ".join(cells)
        )
    today = _("today")
    for name, room in (answer.answer["capacity"] or {}).items():
        lines.append(
            f"  {today if name == 'today' else name}: "
            + _(
                "served %(served)d, full %(full)d, out of reach %(out_of_reach)d, unknown %(unknown)d, room %(room)d"
            )
            % room
        )
    return "\n".join(lines)
