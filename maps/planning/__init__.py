"""The planner's workspace: overview, coverage, gaps, what if, next sites, data quality. Services here, pages in ``views``."""
