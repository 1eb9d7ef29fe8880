"""Background work as work for a person: what has failed waits to be looked at, what runs is waited for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.jobs.endings import on_end
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.recurring import register_recurring

from ..models import Notification
from ..registry import Asked, Countable, Item, Pile, register_text
from ..registry import register as register_provider
from .notifying import notify, prune

DONE: Final = "job-done"
FAILED: Final = "job-failed"


def tell_whoever_asked(job: Job) -> None:
    """Tell the person who asked for a job that it has ended, and how."""
    person = User.objects.filter(pk=job.created_by_id).first() if job.created_by_id else None
    if person is None:
        return
    page = reverse("jobs:detail", args=[job.pk])
    if job.state == JobState.SUCCEEDED:
        found = job.result_url if job.result_url.startswith("/") and len(job.result_url) <= 300 else page
        notify(code=DONE, params={"title": job.title, "said": job.message}, link=found, person=person)
    else:
        notify(code=FAILED, params={"title": job.title, "error": job.error}, link=page, person=person)


def _done(params: Mapping[str, Any]) -> str:
    return _("%(title)s: done.") % {"title": params["title"]}


def _failed(params: Mapping[str, Any]) -> str:
    return _("%(title)s: did not succeed. %(error)s") % {"title": params["title"], "error": params["error"]}


class BackgroundWork:
    """One's own failed work until one has looked at it, and what is still running. One query for each question."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Background work")

    def counts(self, asked: Asked) -> Countable:
        """Count what failed unseen (all of it has come back), or what runs."""
        if asked.pile is Pile.OTHERS:
            return Countable(rows=self._running(asked.user))
        return Countable(rows=self._failed(asked.user), back=True)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return failed work, newest first, or running work, oldest first."""
        if asked.pile is Pile.OTHERS:
            return [
                Item(
                    title=job.title,
                    url=reverse("jobs:detail", args=[job.pk]),
                    state=job.get_state_display(),
                    waits_for=_("the background worker"),
                )
                for job in self._running(asked.user)[first : first + size]
            ]
        return [
            Item(
                title=notification.params.get("title", ""),
                url=reverse("worklist:open", args=[notification.pk]),
                state=_("did not succeed"),
                returned=True,
                reason=notification.params.get("error", ""),
            )
            for notification in self._failed(asked.user)[first : first + size]
        ]

    def _running(self, user: User) -> QuerySet[Job]:
        return Job.objects.unfinished().filter(created_by=user).order_by("created_at")

    def _failed(self, user: User) -> QuerySet[Notification]:
        return Notification.objects.unread_by(user).filter(person=user, code=FAILED)


def register() -> None:
    """Make it known."""
    register_provider("jobs", BackgroundWork())
    register_text(DONE, _done)
    register_text(FAILED, _failed)
    on_end(tell_whoever_asked)
    register_recurring(
        "old-notifications",
        title=gettext_lazy("Remove old notifications"),
        every=datetime.timedelta(days=1),
        body=prune,
    )
