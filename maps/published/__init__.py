"""Maps that the office composes, reviews and publishes; stories told on them."""
