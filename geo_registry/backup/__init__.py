"""Backups: the database and the files that people handed in, as of one moment, restored into what is empty, and checked."""
