"""Dates in English as the pages write them, wherever a sentence names one: 25 March 2024. Django's own are American."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
