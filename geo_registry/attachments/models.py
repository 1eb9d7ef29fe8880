"""Contents, each kept once, and attachments: this content belongs to that record, under this name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SRID = 4490


class Kind(models.TextChoices):
    """What a file is, by its content."""

    IMAGE = "image", pgettext_lazy("kind of file", "picture")
    DOCUMENT = "document", pgettext_lazy("kind of file", "document")
    AUDIO = "audio", pgettext_lazy("kind of file", "sound")
    VIDEO = "video", pgettext_lazy("kind of file", "film")


class Content(models.Model):
    """A content on the disk, under its digest. Whatever is known from the content alone stands here."""

    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField(_("size, bytes"))
    kind = models.CharField(_("kind of file"), max_length=10, choices=Kind.choices)
    media_type = models.CharField(_("media type"), max_length=100)
    width = models.PositiveIntegerField(_("width, pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height, pixels"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at, as the camera says"), null=True, blank=True)
    position = models.PointField(_("taken where, as the camera says"), srid=SRID, null=True, blank=True)
    created_at = models.DateTimeField(_("first received at"), auto_now_add=True)

    class Meta:
        verbose_name = _("content of a file")
        verbose_name_plural = _("contents of files")

    def __str__(self) -> str:
        return self.sha256[:12]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Attachments by what they belong to."""

    def of(self, record: models.Model) -> Self:
        """Those of one record."""
        return self.filter(owner_type=_type_of(record), owner_id=str(record.pk))

    def of_all(self, records: Iterable[models.Model]) -> Self:
        """Those of several records of one table."""
        rows = list(records)
        if not rows:
            return self.none()
        return self.filter(owner_type=_type_of(rows[0]), owner_id__in=[str(row.pk) for row in rows])

    def waiting(self) -> Self:
        """Those that were sent ahead of the form that they belong to."""
        return self.filter(owner_type__isnull=True)


def _type_of(record: models.Model) -> ContentType:
    return ContentType.objects.get_for_model(record)


@pghistory.track()
class Attachment(models.Model):
    """A file of a record. Without an owner it was sent ahead, and waits for its form to be saved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, related_name="attachments", verbose_name=_("content of a file")
    )
    owner_type = models.ForeignKey(
        ContentType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kind of record"),
    )
    owner_id = models.CharField(_("record"), max_length=40, blank=True)
    purpose = models.SlugField(_("purpose"), max_length=40, blank=True)
    name = models.CharField(_("file name"), max_length=200)
    note = models.CharField(_("caption"), max_length=200, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    objects: ClassVar[AttachmentQuerySet] = AttachmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["uploaded_at", "pk"]
        indexes = [models.Index(fields=["owner_type", "owner_id"], name="attachments_of_a_record")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner_type__isnull=True, owner_id="")
                | (models.Q(owner_type__isnull=False) & ~models.Q(owner_id="")),
                name="attachments_owner_whole_or_none",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.content.kind == Kind.IMAGE

    @property
    def tells_more(self) -> bool:
        """Whether the original may say where, when and by whom it was taken, which its shown copy does not."""
        return self.content.kind != Kind.DOCUMENT

    @property
    def owner(self) -> models.Model | None:
        """The record that it belongs to, or ``None`` if that is gone or there was none yet."""
        model = self.owner_type.model_class() if self.owner_type is not None else None
        return model._base_manager.filter(pk=self.owner_id).first() if model is not None else None
