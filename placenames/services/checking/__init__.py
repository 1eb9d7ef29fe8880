"""Checks on a proposed name with what the register knows: rules, lists, neighbours and the ground collected, findings out."""

from .running import Checked, Checker, check_name, dismiss
from .subject import RoadLine, Subject, road_lines

__all__ = ["Checked", "Checker", "RoadLine", "Subject", "check_name", "dismiss", "road_lines"]
