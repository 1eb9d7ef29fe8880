"""The layers of the ground itself."""

from .ground import register

__all__ = ["register"]
