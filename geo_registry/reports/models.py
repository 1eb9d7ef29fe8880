"""Reports, what became of them step by step, and what keeps their number within bounds."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.reference.models import Source
from geo_registry.territory.models import Division
from geo_registry.territory.models.divisions import SRID

from .registry import Topic


class State(models.TextChoices):
    """How a report stands."""

    OPEN = "open", pgettext_lazy("report", "open")
    DOING = "doing", pgettext_lazy("report", "being looked at")
    DONE = "done", pgettext_lazy("report", "done")
    REFUSED = "refused", pgettext_lazy("report", "not followed")

    @property
    def is_over(self) -> bool:
        """Whether it has its answer."""
        return self in {State.DONE, State.REFUSED}


WAITING = (State.OPEN, State.DOING)


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by how they stand."""

    def waiting(self) -> Self:
        """Those without an answer."""
        return self.filter(state__in=WAITING)

    def overdue(self, day: datetime.date) -> Self:
        """Those that should have had an answer before ``day``."""
        return self.waiting().filter(due__lt=day)


@pghistory.track(
    pghistory.InsertEvent(),
    # Rows are compared whole. Column by column, which pghistory does where one is left out, the condition names an operator of
    # PostGIS for the point, and a dump of the database could not be restored: that is read without PostGIS in its search path.
    pghistory.UpdateEvent(condition=pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*")),
    pghistory.DeleteEvent(),
    exclude=["code_digest"],
)
class Report(models.Model):
    """What somebody told the office of a public record. It names nobody: who wants to be asked back leaves a `Contact`."""

    kind = models.SlugField(_("kind of record"), max_length=30)
    key = models.CharField(_("record"), max_length=60)
    subject = models.CharField(_("record, as it was called"), max_length=200)
    topic = models.CharField(_("what is wrong"), max_length=10, choices=Topic.choices)
    text = models.TextField(_("what was written"), max_length=1000)
    point = models.PointField(_("where, as reported"), srid=SRID, null=True, blank=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lies in")
    )
    handler = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by the office of"),
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    due = models.DateField(_("answer due"))
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source of the record"),
    )
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    ended_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    # The code itself is known to the reporter alone.
    code_digest = models.CharField(max_length=64, unique=True, editable=False)

    objects: ClassVar[ReportQuerySet] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report from the public")
        verbose_name_plural = _("reports from the public")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "due"], name="reports_by_due"),
            models.Index(fields=["kind", "key"], name="reports_of_a_record"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WAITING, ended_at__isnull=True)
                | (~Q(state__in=WAITING) & Q(ended_at__isnull=False) & ~Q(answer="")),
                name="reports_ended_with_an_answer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.get_topic_display()}"

    @property
    def is_demo(self) -> bool:
        """Whether it is about an openly invented record."""
        return self.source is not None and self.source.is_demo

    @property
    def is_over(self) -> bool:
        """Whether it has its answer."""
        return State(self.state).is_over


class Contact(models.Model):
    """How the reporter may be asked back, if they said so. No history is kept of it, and it is deleted in time."""

    report = models.OneToOneField(
        Report, on_delete=models.CASCADE, related_name="contact", verbose_name=_("report from the public")
    )
    text = models.CharField(_("telephone or other contact"), max_length=100)

    class Meta:
        verbose_name = _("contact of a reporter")
        verbose_name_plural = _("contacts of reporters")

    def __str__(self) -> str:
        return str(self.report_id)


class What(models.TextChoices):
    """What was done with a report."""

    RECEIVED = "received", pgettext_lazy("step of a report", "received")
    TAKEN = "taken", pgettext_lazy("step of a report", "taken up")
    PASSED_UP = "passed_up", pgettext_lazy("step of a report", "passed to the county")
    CLIMBED = "climbed", pgettext_lazy("step of a report", "went to the county, as its day had passed")
    DONE = "done", pgettext_lazy("step of a report", "done")
    REFUSED = "refused", pgettext_lazy("step of a report", "not followed")
    REOPENED = "reopened", pgettext_lazy("step of a report", "taken up again")


@pghistory.track()
class Step(models.Model):
    """One thing that was done with a report; never changed after."""

    report = models.ForeignKey(
        Report, on_delete=models.CASCADE, related_name="steps", verbose_name=_("report from the public")
    )
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    handler = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("then handled by the office of"),
    )
    note = models.TextField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("step of a report")
        verbose_name_plural = _("steps of reports")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_what_display()


class DayKey(models.Model):
    """A random key for one day: with it a visitor's address becomes a mark that nobody can read back once the key is gone."""

    day = models.DateField(primary_key=True)
    key = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("key of a day")
        verbose_name_plural = _("keys of days")

    def __str__(self) -> str:
        return str(self.day)


class Arrival(models.Model):
    """That a report came from a visitor's mark on a day: what the limits count. Deleted with the day's key."""

    day = models.DateField(_("day"))
    mark = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("arrival of a report")
        verbose_name_plural = _("arrivals of reports")
        indexes = [models.Index(fields=["day", "mark"], name="reports_arrivals")]

    def __str__(self) -> str:
        return str(self.day)
