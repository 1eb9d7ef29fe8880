"""A form's field for files that asks a telephone for its camera, shows what was chosen, and loses nothing.

With scripts each file is sent as soon as it is chosen, and a mistake elsewhere in the form does not lose it; without, the files go
with the form, and `UploadFormMixin` keeps them when the form comes back. Either way the field's value is a list of
`Attachment` (sent ahead) and uploaded files, which ``services.attach_all`` gives to the record.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from . import services
from .detect import ACCEPTED, FileKind
from .models import Attachment

PICTURES = (FileKind.IMAGE,)
PAPERS = (FileKind.IMAGE, FileKind.DOCUMENT)


class UploadWidget(forms.Widget):
    """Two buttons (camera, files), what was chosen, and the keys of what is there already."""

    template_name = "attachments/upload.html"
    needs_multipart_form = True

    class Media:
        css = {"all": ["attachments/upload.css"]}
        js = [forms.Script("attachments/upload.js", type="module")]

    def __init__(
        self, *, kinds: Collection[FileKind], multiple: bool, attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
        self.kinds = kinds
        self.multiple = multiple
        self.waiting: list[Attachment] = []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what is taken, how large it may be, and what waits already."""
        context = super().get_context(name, value, attrs)
        extensions = [f".{x}" for row in ACCEPTED.values() if row.kind in self.kinds for x in row.extensions]
        types = [row.media_type for row in ACCEPTED.values() if row.kind in self.kinds]
        context["upload"] = {
            # A telephone that keeps HEIC turns it into JPEG where only media types of pictures are named.
            "accept": ",".join(types if set(self.kinds) == {FileKind.IMAGE} else [*types, *extensions]),
            "camera": FileKind.IMAGE in self.kinds,
            "multiple": self.multiple,
            "kinds": [kind.value for kind in self.kinds],
            "words": services.kinds_in_words(self.kinds),
            "limits": {kind.value: services.size_limit_bytes(kind) for kind in self.kinds},
            "largest_mb": max(services.size_limit_bytes(kind) for kind in self.kinds) // 1_000_000,
            "waiting": self.waiting,
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[Any]]:
        """Return the files that came, and the keys of those that were sent ahead."""
        getlist = getattr(data, "getlist", None)
        return {
            "files": list(files.getlist(name)) if hasattr(files, "getlist") else [],
            "keys": getlist(f"{name}-waiting") if getlist else [],
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say whether neither came."""
        return name not in files and f"{name}-waiting" not in data

    def use_required_attribute(self, initial: Any) -> bool:  # noqa: ARG002
        """Leave it to the server: a browser does not know of files sent ahead."""
        return False

    def id_for_label(self, id_: str, index: str | None = None) -> str:  # noqa: ARG002
        """The label belongs to the button that takes any file."""
        return f"{id_}_files" if id_ else id_


class UploadField(forms.Field):
    """Files of the kinds given. Its form is an `UploadFormMixin`, which knows the person."""

    widget: Any = UploadWidget
    default_error_messages = {
        "required": _("Add at least one file."),
        "too_many": ngettext_lazy(
            "At most %(count)d file can be added here.", "At most %(count)d files can be added here.", "count"
        ),
    }

    def __init__(
        self,
        *,
        kinds: Collection[FileKind] = tuple(FileKind),
        multiple: bool = True,
        max_files: int = 20,
        **kwargs: Any,
    ) -> None:
        self.kinds = kinds
        self.max_files = max_files if multiple else 1
        self.person: AbstractBaseUser | None = None
        super().__init__(widget=UploadWidget(kinds=kinds, multiple=multiple), **kwargs)

    def clean(self, value: Any) -> list[File[Any] | Attachment]:
        """Return the files, each checked as far as it can be without keeping it."""
        waiting = _waiting(value["keys"], self.person)
        files: list[File[Any]] = value["files"]
        self.widget.waiting = waiting
        if len(files) + len(waiting) > self.max_files:
            raise ValidationError(
                self.error_messages["too_many"] % {"count": self.max_files}, code="too_many"
            )
        if self.required and not files and not waiting:
            raise ValidationError(self.error_messages["required"], code="required")
        return [*waiting, *files]


def _waiting(keys: list[str], person: AbstractBaseUser | None) -> list[Attachment]:
    found = []
    for key in keys:
        with contextlib.suppress(ValueError):
            found.append(uuid.UUID(key))
    if person is None or not found:
        return []
    return list(
        Attachment.objects.waiting()
        .filter(pk__in=found, uploaded_by=person)  # type: ignore[misc] # the site's accounts, whatever they are
        .select_related("content")
    )


class UploadFormMixin(forms.Form):
    """A form with `UploadField`: ``MyForm(request.POST, request.FILES, person=request.user)``.

    Files that came with the form are kept as sent ahead before anything else is looked at: a refused one is said beside its
    field, and those that are good are not lost when the form comes back because of something else.
    """

    def __init__(self, *args: Any, person: AbstractBaseUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def _clean_fields(self) -> None:
        # Here, and not where the form is made: many forms add their fields after that, one for each item.
        for field in self.fields.values():
            if isinstance(field, UploadField):
                field.person = self.person
        super()._clean_fields()  # type: ignore[misc] # not in the stubs
        for name, field in self.fields.items():
            if isinstance(field, UploadField) and name in self.cleaned_data:
                kept = self._keep(name, field, self.cleaned_data[name])
                if name not in self.errors:
                    self.cleaned_data[name] = kept

    def _keep(self, name: str, field: UploadField, files: list[Any]) -> list[Attachment]:
        kept: list[Attachment] = []
        for file in files:
            if isinstance(file, Attachment):
                kept.append(file)
                continue
            try:
                kept.append(services.send_ahead(file=file, by=self.person, kinds=field.kinds))
            except ValidationError as error:
                self.add_error(name, error)
        field.widget.waiting = kept
        return kept
