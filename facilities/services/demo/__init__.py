"""What the demo county's offices did in the field: inspections, drills, assessments, a stock-take, posts. Openly invented.

Only facilities and divisions of a demo source are touched, and everything goes with them when the demo is removed. The same
county on the same day gets the same rows.
"""

from .fieldwork import MARK, is_there, make_demo_fieldwork

__all__ = ["MARK", "is_there", "make_demo_fieldwork"]
