"""Names as such: their parts, their characters, their spelling in Latin letters. Knows neither Django nor a database."""

from .characters import CharacterFindings, examine_characters, level_of, standard_characters
from .generic import Lexicon, NameParts, split_name, with_committee, without_committee
from .romanise import romanise
from .scripts import language_of
from .spelled import Basis, Doubt, DoubtCode, Romanisation, SplitMode, Syllable, Word

__all__ = [
    "Basis",
    "CharacterFindings",
    "Doubt",
    "DoubtCode",
    "Lexicon",
    "NameParts",
    "Romanisation",
    "SplitMode",
    "Syllable",
    "Word",
    "examine_characters",
    "language_of",
    "level_of",
    "romanise",
    "split_name",
    "standard_characters",
    "with_committee",
    "without_committee",
]
