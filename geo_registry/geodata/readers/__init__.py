"""Open any supported file: `open_source` looks at the content, chooses the reader, and returns a `Source`."""

from .base import DEFAULT_CHUNK, DEFAULT_LIMITS, Limits, Row, Source, Value
from .opening import FORMATS, open_source

__all__ = ["DEFAULT_CHUNK", "DEFAULT_LIMITS", "FORMATS", "Limits", "Row", "Source", "Value", "open_source"]
