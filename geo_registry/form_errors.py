"""What a service refused, shown in the form that asked for it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def put_errors(form: BaseForm, error: ValidationError) -> None:
    """Put errors beside their fields; those of no field, or of fields that the form has not, above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, found in error.error_dict.items():
        form.add_error(name if name in form.fields else None, found)
