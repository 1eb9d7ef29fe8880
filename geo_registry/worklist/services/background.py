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
from geo_registry.jobs.endings import on_end, on_seen
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.recurring import register_recurring
from geo_registry.languages import in_readers_language

from ..models import Notification
from ..registry import Asked, Countable, Item, Pile, register_text
from ..registry import register as register_provider
from .notifying import mark_read, notify, prune

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
        params = {"title": job.said.get("title") or job.title, "said": job.said.get("message") or job.message}
        notify(code=DONE, params=params, link=found, person=person, key=_key(job))
    else:
        params = {"title": job.said.get("title") or job.title, "error": job.said.get("error") or job.error}
        notify(code=FAILED, params=params, link=page, person=person, key=_key(job))


def read_with_its_page(job: Job) -> None:
    """Note that the person has read of the end of a job that he or she has watched: nobody is told what is before the eyes."""
    notification = Notification.objects.filter(key=_key(job), person_id=job.created_by_id).first()
    if notification is not None and notification.person is not None:
        mark_read(notification=notification, user=notification.person)


def _key(job: Job) -> str:
    return f"job:{job.pk}"


def _done(params: Mapping[str, Any]) -> str:
    return _("%(title)s: done.") % {"title": in_readers_language(params["title"])}


def _failed(params: Mapping[str, Any]) -> str:
    said = {name: in_readers_language(params[name]) for name in ("title", "error")}
    return _("%(title)s: did not succeed. %(error)s") % said


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
                    title=job.told_title,
                    url=reverse("jobs:detail", args=[job.pk]),
                    state=job.get_state_display(),
                    waits_for=_("the background worker"),
                )
                for job in self._running(asked.user)[first : first + size]
            ]
        return [
            Item(
                title=in_readers_language(notification.params.get("title", "")),
                url=reverse("worklist:open", args=[notification.pk]),
                state=_("did not succeed"),
                returned=True,
                reason=in_readers_language(notification.params.get("error", "")),
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
    on_seen(read_with_its_page)
    register_recurring(
        "old-notifications",
        title=gettext_lazy("Remove old notifications"),
        every=datetime.timedelta(days=1),
        body=prune,
    )
