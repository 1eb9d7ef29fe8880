"""Everything that people read is there in Chinese, and one English text means one thing."""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.utils import translation
from django.utils.translation import trans_real
from pghistory.models import Event

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geo_registry", "facilities", "placenames", "maps")
LOCALE = "zh_Hans"
CATALOGUE = Path("locale", LOCALE, "LC_MESSAGES", "django.po")

pytestmark = pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")


def catalogues() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob(str(CATALOGUE)))


def entries(po: Path, folder: Path) -> dict[Any, str]:
    """What a catalogue says, by msgid (with its context before a ``\\x04``; by msgid and number for plurals)."""
    mo = folder / f"{po.parts[-5]}.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(mo), str(po)], check=True, capture_output=True)
    with mo.open("rb") as file:
        return {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compiled catalogues that are not older than their sources: a page reads those."""
    for po in catalogues():
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            subprocess.run(["msgfmt", "-o", str(mo), str(po)], check=True)
    # Both Django and Python keep what they have read once.
    gettext._translations.clear()
    trans_real._translations.clear()
    trans_real._default = None


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The catalogues as ``makemessages`` makes them from the sources of today, in a copy."""
    copy = tmp_path_factory.mktemp("sources")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            copy / package,
            ignore=shutil.ignore_patterns(
                "static", "vendor", "__pycache__", "*.mo", "migrations", "node_modules"
            ),
        )
    command = [sys.executable, "-m", "django", "makemessages", "-l", LOCALE, "--no-wrap", "--no-location"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = sorted(copy.rglob(str(CATALOGUE)))
    return {str(path.relative_to(copy).parent.parent.parent.parent): path for path in found}


def chosen(po: Path, *filters: str) -> list[str]:
    """The msgids of a catalogue that ``msgattrib`` picks out."""
    picked = subprocess.run(
        ["msgattrib", "--no-obsolete", "--no-wrap", *filters, str(po)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [text for text in re.findall(r'^msgid "(.*)"$', picked, re.MULTILINE) if text]


def test_no_text_hides_in_an_f_string():
    """Within an f-string ``xgettext`` sees nothing: such a text has no Chinese, and no test notices that it is missing."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "gettext", "ngettext", "pgettext", "npgettext"}
    ]
    assert hidden == []


def test_no_text_hides_behind_another_name_of_gettext():
    """``xgettext`` looks for the functions by their names, and ``_``: what is called otherwise it does not see."""
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if "gettext" in name.name and name.asname not in {None, "_"}
    ]
    assert hidden == []


def test_no_text_is_without_its_chinese(fresh):
    missing = {app: texts for app, po in fresh.items() if (texts := chosen(po, "--untranslated"))}
    assert missing == {}


def test_no_chinese_is_only_guessed(fresh):
    guessed = {app: texts for app, po in fresh.items() if (texts := chosen(po, "--only-fuzzy"))}
    assert guessed == {}


def test_placeholders_survive_translation():
    for po in catalogues():
        done = subprocess.run(
            ["msgfmt", "--check", "-o", "/dev/null", str(po)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_braces_survive_translation(tmp_path):
    wrong = [
        f"{po.parts[-5]}: {key}"
        for po in catalogues()
        for key, text in entries(po, tmp_path).items()
        if set(re.findall(r"\{\w+\}", key if isinstance(key, str) else key[0]))
        != set(re.findall(r"\{\w+\}", text))
    ]
    assert wrong == []


def test_what_a_catalogue_says_is_what_is_shown(tmp_path):
    """Catalogues of all apps, and Django's own, are merged: the same English text with two meanings needs a context."""
    wrong = []
    with translation.override("zh-hans"):
        for po in catalogues():
            for key, text in entries(po, tmp_path).items():
                if isinstance(key, tuple):
                    context, _sep, msgid = key[0].rpartition("\x04")
                    shown = (
                        translation.npgettext(context, msgid, msgid, 1)
                        if context
                        else translation.ngettext(msgid, msgid, 1)
                    )
                else:
                    context, _sep, msgid = key.rpartition("\x04")
                    shown = translation.pgettext(context, msgid) if context else translation.gettext(msgid)
                if shown != text:
                    wrong.append(f"{po.parts[-5]}: {msgid!r} should be {text!r}, is {shown!r}")
    assert wrong == []


def test_chinese_is_written_with_chinese_punctuation(tmp_path):
    """A comma, semicolon, question mark or bracket right beside a Chinese character is a full-width one."""
    beside = re.compile(
        "[\u4e00-\u9fff](?:[,;?]|!(?!=))|[\u4e00-\u9fff]:(?!//)|[\u4e00-\u9fff]\\((?!\\w+\\))"
    )
    wrong = [
        f"{po.parts[-5]}: {text}"
        for po in catalogues()
        for text in entries(po, tmp_path).values()
        if beside.search(re.sub(r"%\(\w+\)[a-z]", "", text))
    ]
    assert wrong == []


def own_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in PACKAGES
        and not issubclass(model, Event)
        and not model._meta.proxy
    ]


def is_chinese(text: object) -> bool:
    return re.search("[\u3400-\u9fff]", str(text)) is not None


# Proper names, which are the same in Chinese.
LATIN = {"OpenStreetMap", "ID"}


def test_every_model_and_field_has_a_chinese_name():
    bare = []
    with translation.override("zh-hans"):
        for model in own_models():
            meta = model._meta
            names: list[tuple[str, object]] = [
                ("model", meta.verbose_name),
                ("models", meta.verbose_name_plural),
            ]
            for field in meta.get_fields():
                if field.auto_created or not field.concrete or getattr(field, "primary_key", False):
                    continue
                # What no form and no page shows needs no name: links of computed rows, technical columns.
                if not field.editable or model.__name__ in UNSEEN:
                    continue
                names.append((field.name, field.verbose_name))
                names += [(f"{field.name}: help", field.help_text)] if field.help_text else []
                names += [
                    (f"{field.name}: {value}", label) for value, label in (field.flatchoices or []) if value
                ]
            bare += [
                f"{meta.label}.{where}: {text}"
                for where, text in names
                if not is_chinese(text) and text not in LATIN
            ]
    assert bare == []


# Rows that only programs read.
UNSEEN = {
    "Reading",
    "ConfirmationHold",
    "CoverageReach",
    "CoverageShare",
    "CoverageSet",
    "CoveragePlace",
    "BatchRow",
} | {
    "Likeness",
    "Merge",
}


def test_every_app_has_a_chinese_name():
    with translation.override("zh-hans"):
        bare = [
            app.name
            for app in apps.get_app_configs()
            if app.name.split(".")[0] in PACKAGES and not is_chinese(app.verbose_name)
        ]
    assert bare == []


def test_every_heading_and_action_of_the_administration_is_chinese():
    bare = []
    with translation.override("zh-hans"):
        for model, page in admin.site._registry.items():
            texts: list[object] = [title for title, _options in (page.fieldsets or []) if title]
            for name in [*page.list_display, *(page.readonly_fields or ()), *(page.actions or ())]:
                shown = getattr(page, name, None) if isinstance(name, str) else name
                texts += [shown.short_description] if hasattr(shown, "short_description") else []
            bare += [f"{model._meta.label}: {text}" for text in texts if not is_chinese(text)]
    assert bare == []
