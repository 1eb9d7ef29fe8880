"""Where the next sites go, and which can close: max-cover, p-median, set cover, p-center.

Arrays in, an answer with its bound and gap out. No Django. The usual way through::

    reach = Reach.from_pairs(site=…, place=…, time_ms=…, sites=…, places=…)
    problem = SitingProblem(people=elders, reach=reach, roles=roles, open_at_most=3)
    answer = max_cover(problem, limit_ms=900_000)

Which k of the open sites can close with the least loss is max-cover with ``close_exactly=k`` and nothing to open.
"""

from .answer import Objective, Proof, SitingAnswer
from .cover import Effort, max_cover, most_served
from .median import p_median
from .problem import Reach, SiteRole, SitingError, SitingProblem, StoppedError
from .required import p_center, set_cover

__all__ = [
    "Effort",
    "Objective",
    "Proof",
    "Reach",
    "SiteRole",
    "SitingAnswer",
    "SitingError",
    "SitingProblem",
    "StoppedError",
    "max_cover",
    "most_served",
    "p_center",
    "p_median",
    "set_cover",
]
