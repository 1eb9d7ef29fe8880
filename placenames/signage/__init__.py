"""Where signs must stand, computed from the ground: lines and outlines in, sites out. Knows no Django.

``plan_signs`` gives each named road the sites that its shape asks for; ``village_entries`` gives a village those of its
plates; ``compare`` takes away what stands there; ``bill`` says what the rest costs. The rules are those of
``docs/methods/signs.md``; every distance is a parameter.
"""

from .bill import Bill, BillLine, Price, bill
from .faces import Face, FaceSpec, Measures, draw_face, measure_face
from .glyphs import NoFont, NoGlyph
from .plan import Plan, RoadPlan, plan_signs
from .plates import village_entries
from .rules import Colour, Rules, Site, SiteKind
from .standing import Comparison, Standing, compare

__all__ = [
    "Bill",
    "BillLine",
    "Colour",
    "Comparison",
    "Face",
    "FaceSpec",
    "Measures",
    "NoFont",
    "NoGlyph",
    "Plan",
    "Price",
    "RoadPlan",
    "Rules",
    "Site",
    "SiteKind",
    "Standing",
    "bill",
    "compare",
    "draw_face",
    "measure_face",
    "plan_signs",
    "village_entries",
]
