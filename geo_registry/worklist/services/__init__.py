"""Telling people things, and listing what waits for them."""

from .notifying import mark_all_read, mark_read, mark_unread, notify, prune, unread_count

__all__ = ["mark_all_read", "mark_read", "mark_unread", "notify", "prune", "unread_count"]
