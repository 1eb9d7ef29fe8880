"""Every command of the project tells its help, and what was typed wrongly, in the language of the office."""

from __future__ import annotations

import re
import sys

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.utils import translation

from geo_registry import commands

PACKAGES = ("geo_registry", "facilities", "placenames", "maps")
OURS = sorted(name for name, app in get_commands().items() if str(app).startswith(PACKAGES))


def parser_of(name: str):
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_options_are_told_in_the_language_of_the_office(name, language):
    with translation.override(language):
        parser = parser_of(name)
        texts = [parser.description, *(action.help for action in parser._actions)]
        titles = [group.title for group in parser._action_groups if group._group_actions]
    assert all(texts), [action.option_strings for action in parser._actions if not action.help]
    # A list of codes is the same in both languages.
    told = [text for text in texts if not re.match(r"[a-z0-9]+(, |、)[a-z0-9]+(, |、)", text)]
    chinese = language == "zh-hans"
    # An English text may name a Chinese example, as 类型=小区.
    wrong = [text for text in told + titles if is_chinese(text) != chinese and (chinese or "=" not in text)]
    assert wrong == []


def test_the_texts_that_are_translated_for_django_and_argparse_are_still_theirs():
    parser = BaseCommand().create_parser("manage.py", "x")
    theirs = {action.help for action in parser._actions}
    with translation.override("en"):
        assert {action.help for action in parser._actions} <= {*commands.OF_DJANGO, *theirs}
    assert set(commands.OF_DJANGO) - {"show this help message and exit"} <= theirs
    source = sys.modules["argparse"].__loader__.get_source("argparse")
    missing = [text for text in commands.OF_ARGPARSE if repr(text)[1:-1] not in source]
    assert missing == []


def test_what_was_typed_wrongly_is_told_in_chinese(capsys):
    with translation.override("zh-hans"):
        parser = parser_of("isochrones")
        parser.called_from_command_line = True
        with pytest.raises(SystemExit):
            parser.parse_args(["out.geojson", "--nonsense"])
    said = capsys.readouterr().err
    assert "缺少必填的参数：--network" in said
    assert "用法：" in said
