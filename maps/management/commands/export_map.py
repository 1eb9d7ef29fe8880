"""``export_map``: a map as a file that needs nothing else."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from facilities.models import CoverageRun
from maps.services import coverage_page as page
from maps.services.coverage_export import ExportError, coverage_html, file_name


class Command(BaseCommand):
    """Write a coverage run as one self-contained file."""

    help = "Write a map as one self-contained HTML file that opens without a network. So far: a coverage run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", choices=["coverage"], help="what to draw")
        parser.add_argument(
            "--format", choices=["html"], default="html", help="form of the file (default: html)"
        )
        parser.add_argument("--run", help="id of the run (default: the latest finished one)")
        parser.add_argument("--network", help="code of the network whose latest run is meant")
        parser.add_argument(
            "--set", default="", help="any, tier-3, tier-4, tier-5, or the code of a kind (default: any)"
        )
        parser.add_argument(
            "--minutes", type=float, help="limit of the table's order (default: the largest of the run)"
        )
        parser.add_argument(
            "--group", default="", help="residents, age60, age65, age80, children, households, special_elders"
        )
        parser.add_argument(
            "--language", choices=["zh-hans", "en"], default="zh-hans", help="language of the file"
        )
        parser.add_argument(
            "--public",
            action="store_true",
            help="hide small counts and what would give them away; needs a map review number",
        )
        parser.add_argument(
            "--output", help="file to write (default: named after the run, in the current folder)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the file and say where it is."""
        run = self._run(options["run"], options["network"])
        params = {"set": options["set"], "group": options["group"]}
        if options["minutes"] is not None:
            params["limit"] = str(round(options["minutes"] * 60))
        with translation.override(options["language"]):
            choice = page.choose(run, params)
            self._check(options, choice)
            try:
                text = coverage_html(choice, public=options["public"])
            except ExportError as error:
                raise CommandError(str(error)) from error
            target = Path(options["output"] or file_name(choice))
        try:
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{target} ({len(text.encode()) // 1024} KiB)")

    def _run(self, run_id: str | None, network: str | None) -> CoverageRun:
        runs = CoverageRun.objects.finished().select_related("network", "profile", "division")
        if network:
            runs = runs.filter(network__code=network)
        try:
            run = runs.filter(pk=run_id).first() if run_id else runs.at_home().first()
        except ValidationError as error:
            raise CommandError(f"“{run_id}” is no id of a run.") from error
        if run is None:
            raise CommandError("There is no such finished run. Make one with compute_coverage.")
        return run

    def _check(self, options: dict[str, Any], choice: page.Choice) -> None:
        """Refuse what the run does not hold, rather than drawing something else in silence."""
        sets = [page.set_key(one) for one in page.sets_of(choice.run)]
        if options["set"] and options["set"] not in sets:
            raise CommandError(f"The run has no set “{options['set']}”. It has: {', '.join(sets)}.")
        groups = [group.value for group in page.groups_of(choice.run)]
        if options["group"] and options["group"] not in groups:
            raise CommandError(f"The run counted no “{options['group']}”. It counted: {', '.join(groups)}.")
        limits = choice.run.thresholds_s
        if options["minutes"] is not None and round(options["minutes"] * 60) not in limits:
            raise CommandError(
                f"The run has no such limit. It has, in minutes: {', '.join(f'{s / 60:g}' for s in limits)}."
            )
