"""What is on record of a place beyond its names: facts of the survey's form, relations to other places, files, secrecy."""

from .facts import keep_facts, set_secrecy
from .files import KINDS_OF_ROLE, NewFile, add_file, describe_file, publish_file, remove_file
from .relations import Related, find_places, relate, relations_of, unrelate

__all__ = [
    "KINDS_OF_ROLE", "NewFile", "Related", "add_file", "describe_file", "find_places", "keep_facts", "publish_file", "relate",
    "relations_of", "remove_file", "set_secrecy", "unrelate",
]  # fmt: skip
