"""The coverage that a composed map shows: only what may be published, whoever looks at it.

Counts come from `coverage_public.public_records` alone. Finding out what to hide takes most of a minute, so it is done in the
background once for a run; until then the layer is not there, and says so.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from facilities.models import CoverageRun, ReachState
from geo_registry.disclosure import DisclosureError
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.territory.models import Division

from ..exports.palette import step_of
from ..services import coverage_page as page
from ..services.coverage_public import NotForThePublic, is_found_out, public_records
from ..services.public_coverage import has_secret_part, job_title, public_coverage_job
from .composition import CoveragePart

# Shares from which on a step begins, best first; the steps are those of the one palette.
SHARE_STEPS: Final = (0.9, 0.75, 0.5, 0.25)
HIDDEN: Final = "hidden"


class NotShown(Exception):  # noqa: N818 - says what is wrong
    """The coverage cannot be shown, and why; the code is ``waits``, ``secret`` or ``parts``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def choice_of(run: CoverageRun, part: CoveragePart) -> page.Choice:
    """Return what of a run is shown."""
    return page.choose(run, part.parameters())


def coverage_content(run: CoverageRun, part: CoveragePart) -> dict[str, Any]:
    """Return the figures and the villages of a run as they may be published.

    Raises
    ------
    NotShown
        If what must be hidden is not known yet, a secret place has a part in the run, or its parts do not make up the whole.
    """
    choice = choice_of(run, part)
    if has_secret_part(choice):
        raise NotShown("secret")
    if not is_found_out(choice):
        raise NotShown("waits")
    try:
        records = public_records(choice)
    except (DisclosureError, NotForThePublic) as error:
        raise NotShown("parts") from error
    rows = []
    for row in page.table(choice):
        record = records[row.division.pk if row.division else 0, choice.group.value, choice.limit_s]
        share = record.share if record.covered is not None else None
        rows.append(
            {
                "code": row.division.code if row.division else "",
                "name": row.division.name if row.division else "",
                "whole": row.division == choice.parent,
                "people": record.people,
                "covered": record.covered if share is not None else None,
                "share": share,
                "step": share_step(share, counted=row.share.people > 0),
            }
        )
    return {"rows": rows, "villages": _villages(choice) if part.with_villages else []}


def share_step(share: float | None, *, counted: bool = True) -> int | str:
    """Return the step of a share: 0 is best; ``"hidden"`` where it is not published or nobody was counted."""
    if share is None or not counted:
        return HIDDEN
    return next((step for step, least in enumerate(SHARE_STEPS) if share >= least), len(SHARE_STEPS))


def _villages(choice: page.Choice) -> list[dict[str, Any]]:
    """Return where people live with the step of their time, and never how many they are.

    A place of a division that is no longer there, or not the public's to see, is left out.
    """
    public = set(Division.objects.public().values_list("pk", flat=True))
    return [
        {
            "name": reach.place.name or (reach.place.division.name if reach.place.division else ""),
            "lon": round(reach.place.point.x, 5),
            "lat": round(reach.place.point.y, 5),
            "step": step_of(
                reach.time_ms,
                thresholds_s=choice.run.thresholds_s,
                reached=reach.state == ReachState.REACHED,
                known=reach.state != ReachState.UNKNOWN,
            ),
        }
        for reach in page.reaches(choice)
        if reach.place.division_id is None or reach.place.division_id in public
    ]


def ask_for(run: CoverageRun) -> None:
    """Have what must be hidden of a run found out in the background, unless somebody has asked already."""
    waiting = Job.objects.unfinished().filter(kind=public_coverage_job.path, arguments__run=str(run.pk))
    if not waiting.exists():
        enqueue(
            task=public_coverage_job,
            title=partial(job_title, run),
            created_by=None,
            kwargs={"run": str(run.pk)},
        )
