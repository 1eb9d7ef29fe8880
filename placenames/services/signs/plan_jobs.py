"""The plan of much at once, in the background: computed with progress, kept for some days, put into the inventory from there."""

from __future__ import annotations

import datetime
import gzip
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pghistory
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.jobs.kept_files import KeptFiles
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, Urgency, job_task
from geo_registry.territory.models import Division
from placenames.models import SiteReason

from . import inventory
from .planning import Required, Scope, SignPlan, plan
from .words import item_label, yuan

FILES: Final = KeptFiles(folder="sign-plans", days=14)
_ENDING: Final = ".json.gz"
LISTS: Final = {
    "missing": gettext_lazy("Missing"),
    "wrong_name": gettext_lazy("Another name"),
    "surplus": gettext_lazy("Needed nowhere"),
    "odd": gettext_lazy("To be looked at"),
}


@dataclass(frozen=True, kw_only=True)
class KeptPlan:
    """A plan as it was computed: when, of what, its figures, its bill, and the lists of `LISTS`."""

    file: uuid.UUID
    made_at: datetime.datetime
    title: str
    division_code: str
    figures: dict[str, int]
    bill: Sequence[dict[str, Any]]
    total: str
    lists: dict[str, list[dict[str, Any]]]
    is_demo: bool


def under_way(*, user: User, division: Division | None) -> Job | None:
    """Return the work that is computing this plan for the person already."""
    code = division.code if division is not None else ""
    jobs = Job.objects.unfinished().filter(kind=plan_job.path, created_by=user, arguments__code=code)
    return jobs.filter(cancel_requested=False).order_by("created_at").first()


def ask(*, user: User, division: Division | None) -> Job:
    """Ask for the plan of a division, or of everything in the person's area; what is under way is not begun twice."""
    return under_way(user=user, division=division) or enqueue(
        task=plan_job, title=lambda: _("Where signs must stand: %(where)s") % {"where": _named(division)}, created_by=user,
        kwargs={"code": division.code if division is not None else "", "user_id": user.pk, "file": uuid.uuid4().hex},
    )  # fmt: skip


def ask_to_keep(*, user: User, kept: KeptPlan) -> Job:
    """Ask that what is missing becomes planned signs: it is looked at anew, and done wholly or not at all."""
    return enqueue(
        task=keep_job, title=lambda: _("Planning signs: %(where)s") % {"where": kept.title}, created_by=user,
        kwargs={"code": kept.division_code, "user_id": user.pk},
    )  # fmt: skip


def _named(division: Division | None) -> str:
    return division.name if division is not None else _("everything")


def _scope(code: str) -> Scope:
    return Scope(division=Division.objects.get(code=code, valid_to__isnull=True) if code else None)


@job_task(restartable=True)
def plan_job(progress: Progress, *, code: str, user_id: int, file: str) -> JobOutcome:
    """Compute a plan and keep it. The person's area is asked again: it holds on the day of the plan."""
    user, scope = User.objects.get(pk=user_id), _scope(code)
    progress.step(0, None, _("Reading roads"))
    found = plan(scope=scope, user=user, tick=lambda done: progress.step(done, None, _("Roads")))
    body = json.dumps(_plain(found, _named(scope.division), code), ensure_ascii=False).encode()
    with FILES.writing(file, _ENDING) as path:
        path.write_bytes(gzip.compress(body, compresslevel=5))
    progress.step(found.roads, found.roads, _("Roads"))
    return JobOutcome(
        url=reverse("signs:plan_made", args=[uuid.UUID(file)]),
        message=lambda: (
            _("%(missing)d signs are missing. The plan is kept for %(days)d days.")
            % {"missing": len(found.missing), "days": FILES.days}
        ),
        result={"file": file},
    )


@job_task(restartable=True, urgency=Urgency.AWAITED)
def keep_job(progress: Progress, *, code: str, user_id: int) -> JobOutcome:
    """Write what is missing into the inventory."""
    user, scope = User.objects.get(pk=user_id), _scope(code)
    progress.step(0, None, _("Reading roads"))
    with pghistory.context(user=user.pk, url=reverse("signs:plan")):
        signs = inventory.keep_missing(
            scope=scope, by=user, reading=lambda done: progress.step(done, None, _("Roads")),
            tick=lambda done, count: progress.step(done, count, _("Planned signs")),
        )  # fmt: skip
    url = reverse("signs:list") + "?" + urlencode({"status": "planned"})
    return JobOutcome(url=url, message=lambda: _("%(count)d signs are planned now.") % {"count": len(signs)})


def kept_plan(file: uuid.UUID, *, user: User) -> KeptPlan | None:
    """Return a plan that a person asked for, while it is kept; nobody else's."""
    found = FILES.asked_for(file, _ENDING, task=plan_job, user=user)
    if found is None:
        return None
    path, _job = found
    held = json.loads(gzip.decompress(path.read_bytes()))
    return KeptPlan(file=file, **held | {"made_at": datetime.datetime.fromisoformat(held["made_at"])})


def newest(user: User) -> KeptPlan | None:
    """Return the plan that a person asked for last, if it is kept still."""
    for job in Job.objects.filter(kind=plan_job.path, created_by=user, state="succeeded").order_by("-pk")[:3]:
        if (found := kept_plan(uuid.UUID(job.arguments["file"]), user=user)) is not None:
            return found
    return None


def _plain(found: SignPlan, title: str, code: str) -> dict[str, Any]:
    return {
        "made_at": timezone.now().isoformat(),
        "title": title,
        "division_code": code,
        "is_demo": any(row.place.is_demo for row in found.required),
        "figures": {
            "roads": found.roads, "villages": found.villages, "required": found.signs_required, "served": len(found.served),
            "under_way": len(found.under_way), "missing": len(found.missing), "wrong": len(found.wrong_name),
            "surplus": len(found.surplus),
        },
        "bill": [
            {"item": item_label(line.item), "count": line.count, "price": yuan(line.price), "cost": yuan(line.cost),
             "verified": line.verified}
            for line in found.bill.lines
        ],
        "total": yuan(found.bill.total),
        "lists": {
            "missing": [_row(row) for row in found.missing],
            "wrong_name": [_row(row) for row in found.wrong_name],
            "surplus": [
                {"name": sign.text, "sign": sign.pk, "number": sign.asset_number, "where": _where(sign.site.division),
                 "lon": round(sign.site.point.x, 6), "lat": round(sign.site.point.y, 6)}
                for sign in found.surplus
            ],
            "odd": [{"name": str(place), "place": place.short_id, "why": why} for place, why in found.odd],
        },
    }  # fmt: skip


def _row(row: Required) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": row.name.text, "why": str(SiteReason(str(row.site.kind)).label), "faces": row.faces,
        "measure_m": round(row.site.measure_m) if row.sort == "road" else None, "part": row.site.part,
        "where": _where(row.division), "lon": round(row.site.lon, 6), "lat": round(row.site.lat, 6),
    }  # fmt: skip
    if row.sign is not None:
        plain |= {"sign": row.sign.pk, "number": row.sign.asset_number, "shows": row.sign.text}
    return plain


def _where(division: Division | None) -> str:
    return division.name if division is not None else ""
