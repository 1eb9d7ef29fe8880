"""Checks on a proposed name with what the register knows: rules, lists, neighbours and the ground collected, findings out."""

from .running import Checked, Checker, check_name, dismiss
from .subject import Subject

__all__ = ["Checked", "Checker", "Subject", "check_name", "dismiss"]
