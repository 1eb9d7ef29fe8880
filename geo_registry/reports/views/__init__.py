"""Pages of reports: those for everybody, and the office's."""
