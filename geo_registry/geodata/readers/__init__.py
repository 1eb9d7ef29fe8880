"""Open any supported file: `open_source` looks at the content, chooses the reader, and returns a `Source`."""

from .base import DEFAULT_CHUNK, DEFAULT_LIMITS, LayerInfo, Limits, Row, Source, Value
from .opening import FORMATS, list_layers, open_source

__all__ = [
    "DEFAULT_CHUNK",
    "DEFAULT_LIMITS",
    "FORMATS",
    "LayerInfo",
    "Limits",
    "Row",
    "Source",
    "Value",
    "list_layers",
    "open_source",
]
