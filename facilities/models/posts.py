"""Posts that somebody must fill (village child director, township supervisor, head of a facility), and who fills them when.

What is kept is the office: which post, where, the office's telephone, from when to when. No person's name, number or address; at
most how to ask for whoever is there (surname and title), which is for the office only and never public.
"""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.reference.models import Dated, DatedQuerySet
from geo_registry.territory.models import Division, Installation, Level

from .networks import Named, Network


@pghistory.track()
class Post(Named):
    """A kind of post: a division of one level has it, or a facility."""

    level = models.PositiveSmallIntegerField(
        _("in each division of this level"),
        choices=Level.choices,
        null=True,
        blank=True,
        help_text=_("Empty: a post of facilities."),
    )
    network = models.ForeignKey(
        Network,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("network"),
        help_text=_("A post of facilities: only those of this network have it. Empty: all."),
    )
    expected = models.BooleanField(
        _("must be filled everywhere"), default=True, help_text=_("Where nobody fills it, it is vacant.")
    )

    class Meta(Named.Meta):
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    @property
    def of_facilities(self) -> bool:
        """Whether facilities have it, and not divisions."""
        return self.level is None


class AppointmentQuerySet(DatedQuerySet):
    """Who fills which post, by day and by who may see it."""

    def at_home(self) -> Self:
        """Those of the installation's home."""
        home = Installation.home()
        return self.within(home.path) if home else self

    def within(self, path: str) -> Self:
        """Those of a division and all below it, and of facilities there."""
        return self.filter(Q(division__path__startswith=path) | Q(facility__division__path__startswith=path))

    def public(self) -> Self:
        """What the public may see: marked so, held today, and of a place that is itself public.

        It is the only place that decides; whoever shows such a row reads `PUBLIC_FIELDS` and nothing else.
        """
        from .facility import Facility

        return (
            self.at_home()
            .on(timezone.localdate())
            .filter(public=True)
            .filter(Q(facility__isnull=True) | Q(facility__in=Facility.objects.public()))
        )


@pghistory.track()
class Appointment(Dated):
    """A post at a place is filled from a day on. Ended, not deleted."""

    PUBLIC_FIELDS: ClassVar[tuple[str, ...]] = ("post", "division", "facility", "office_phone")

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("post")
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("division"),
    )
    facility = models.ForeignKey(
        "Facility",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("facility"),
    )
    ask_for = models.CharField(
        _("whom to ask for"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^[^0-9]*$", _("Only a surname and a title, without figures."))],
        help_text=_("Surname and title, as 王主任. For the office only, never public."),
    )
    office_phone = models.CharField(_("telephone of the office"), max_length=40, blank=True)
    public = models.BooleanField(
        pgettext_lazy("post", "public"),
        default=False,
        help_text=_("The post and the office's telephone, nothing else."),
    )
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    objects: ClassVar[AppointmentQuerySet] = AppointmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("filling of a post")
        verbose_name_plural = _("fillings of posts")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(division__isnull=True, facility__isnull=False)
                | Q(division__isnull=False, facility__isnull=True),
                name="facilities_post_of_one_place",
            ),
            models.UniqueConstraint(
                fields=["post", "division", "facility"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="facilities_post_filled_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.place_name}"

    @property
    def place_name(self) -> str:
        """Where the post is."""
        place = self.facility or self.division
        return place.name if place is not None else ""
