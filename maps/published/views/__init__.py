"""Pages of published maps: everybody's, and the office's where they are made."""
