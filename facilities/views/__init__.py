"""The office's pages of facilities."""
