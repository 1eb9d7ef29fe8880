"""Chinese text without Django: normal forms, readings in Pinyin, keys to search by."""

from .likeness import likeness
from .normal import is_han, match_form, normal_form
from .numerals import cardinal, in_figures
from .pinyin import plain_letters, strip_tones, toned_letters
from .readings import Basis, Reading, options_of, read
from .search import exact_keys, search_keys, text_search_query

__all__ = [
    "Basis",
    "Reading",
    "cardinal",
    "exact_keys",
    "in_figures",
    "is_han",
    "likeness",
    "match_form",
    "normal_form",
    "options_of",
    "plain_letters",
    "read",
    "search_keys",
    "strip_tones",
    "text_search_query",
    "toned_letters",
]
