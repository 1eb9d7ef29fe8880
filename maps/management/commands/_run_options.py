"""What ``export_map`` and ``export_report`` have in common: which run, what of it, for whom, where to."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from facilities.models import CoverageRun
from geo_registry.operations import leaving
from maps.services import coverage_page as page
from maps.services.coverage_export import ExportError
from maps.services.run_files import KINDS, Wanted, bytes_of, made, rows_of


def add_run_options(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--run", help=_("id of the run (default: the latest finished one)"))
    parser.add_argument("--network", help=_("code of the network whose latest run is meant"))
    parser.add_argument(
        "--set", default="", help=_("any, tier-3, tier-4, tier-5, or the code of a kind (default: any)")
    )
    parser.add_argument(
        "--minutes", type=float, help=_("limit that the answer is given for (default: the largest)")
    )
    parser.add_argument(
        "--group", default="", help=_("residents, age60, age65, age80, children, households, special_elders")
    )
    parser.add_argument(
        "--in", dest="within", default="", help=_("code of the division that is looked at (default: all)")
    )
    parser.add_argument(
        "--language", choices=["zh-hans", "en"], default="zh-hans", help=_("language of the file")
    )
    parser.add_argument(
        "--public",
        action="store_true",
        help=_("hide small counts and what would give them away; needs a map review number"),
    )
    parser.add_argument(
        "--output", help=_("file to write (default: named after the run, in the current folder)")
    )


def write_file(command: BaseCommand, kind: str, options: dict[str, Any]) -> None:
    """Write the file that is kept of the run, making it first if it is not there yet, and say where it is.

    Raises
    ------
    CommandError
        If there is no such run, the run does not hold what is asked for, or the file cannot be made or written.
    """
    run = _run(options["run"], options["network"])
    params = {"set": options["set"], "group": options["group"], "in": options["within"]}
    if options["minutes"] is not None:
        params["limit"] = str(round(options["minutes"] * 60))
    with translation.override(options["language"]):
        choice = page.choose(run, params)
        _check(options, choice)
        wanted = Wanted(choice=choice, kind=KINDS[kind], is_public=options["public"])
        try:
            content = bytes_of(made(wanted))
        except (ExportError, ValidationError) as error:
            raise CommandError(str(error)) from error
        target = Path(options["output"] or wanted.name)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be written: %(why)s.") % {"file": target, "why": error.strerror}
        ) from error
    if not options.get("public"):
        leaving.note(what=f"export of run {target.name}", rows=rows_of(wanted), size=len(content))
    command.stdout.write(f"{target} ({len(content) // 1024} KiB)")


def _run(run_id: str | None, network: str | None) -> CoverageRun:
    runs = CoverageRun.objects.finished().select_related("network", "profile", "division")
    if network:
        runs = runs.filter(network__code=network)
    try:
        run = runs.filter(pk=run_id).first() if run_id else runs.at_home().first()
    except ValidationError as error:
        raise CommandError(_("“%(run)s” is no id of a run.") % {"run": run_id}) from error
    if run is None:
        raise CommandError(_("There is no such finished run. Make one with compute_coverage."))
    return run


def _check(options: dict[str, Any], choice: page.Choice) -> None:
    """Refuse what the run does not hold, rather than drawing something else in silence."""
    sets = [page.set_key(one) for one in page.sets_of(choice.run)]
    if options["set"] and options["set"] not in sets:
        raise CommandError(
            _("The run has no set “%(set)s”. It has: %(sets)s.")
            % {"set": options["set"], "sets": ", ".join(sets)}
        )
    groups = [group.value for group in page.groups_of(choice.run)]
    if options["group"] and options["group"] not in groups:
        raise CommandError(
            _("The run counted no “%(group)s”. It counted: %(groups)s.")
            % {"group": options["group"], "groups": ", ".join(groups)}
        )
    limits = choice.run.thresholds_s
    if options["minutes"] is not None and round(options["minutes"] * 60) not in limits:
        raise CommandError(
            _("The run has no such limit. It has, in minutes: %(limits)s.")
            % {"limits": ", ".join(f"{s / 60:g}" for s in limits)}
        )
    if options["within"] and (choice.parent is None or choice.parent.code != options["within"]):
        raise CommandError(_("The run has no division “%(division)s”.") % {"division": options["within"]})
