"""Figures and dates as offices here write them: 294,156; 2024年3月25日. Django's own groups Chinese numbers by four."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DECIMAL_SEPARATOR = "."
