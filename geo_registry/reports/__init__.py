"""What the public reports: sent without an account, routed village to township to county, answered under a code."""
