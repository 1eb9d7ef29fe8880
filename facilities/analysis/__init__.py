"""Questions to the care network, answered from arrays and frames. No Django."""

from .coverage import COVERAGE_COLUMNS, coverage_by_division
from .errors import AnalysisError
from .publication import public_coverage

__all__ = ["COVERAGE_COLUMNS", "AnalysisError", "coverage_by_division", "public_coverage"]
