"""Each setting that is read is documented, and each that is documented is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
DOCUMENTED = {name for line in PAGE.splitlines() for name in re.findall(r"^\| `([A-Z][A-Z0-9_]*)`", line)}


def read_by_python() -> set[str]:
    found = set()
    for path in [*(ROOT / "geo_registry" / "settings").glob("*.py"), ROOT / "geo_registry" / "gunicorn.py"]:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']""", text))
        found |= set(re.findall(r"""environ\.(?:get|setdefault)\(\s*["']([A-Z][A-Z0-9_]*)["']""", text))
    return found


def read_by_scripts() -> set[str]:
    """Names that a script takes from outside: used with a default, and documented in its head or set by nobody."""
    found = set()
    for path in [
        ROOT / "script" / "server",
        ROOT / "script" / "test",
        *(ROOT / "script" / "lib").glob("*.sh"),
    ]:
        found |= set(re.findall(r"\$\{([A-Z][A-Z0-9_]*):?-", path.read_text(encoding="utf-8")))
    return found - {
        "EUID",
        "BASH_SOURCE",
        "MISSING",
        "TMPDIR",
        "DB_STARTED",
        "DB_OID",
        "LOCK_FD",
        "PRETTY_NAME",
    }


def test_the_search_finds_settings():
    assert {"DATABASE_URL", "SECRET_KEY", "PORT", "GEO_REGISTRY_VAR"} <= read_by_python()
    assert {"PORT", "BIND", "DEMO", "PYTHON"} <= read_by_scripts()


@pytest.mark.parametrize("name", sorted(read_by_python() | read_by_scripts()))
def test_a_setting_that_is_read_is_documented(name):
    assert name in DOCUMENTED, f"{name} is missing from docs/settings.md"


@pytest.mark.parametrize("name", sorted(DOCUMENTED - {"DJANGO_SETTINGS_MODULE"}))
def test_a_setting_that_is_documented_is_read(name):
    assert name in read_by_python() | read_by_scripts(), (
        f"docs/settings.md documents {name}, which nothing reads"
    )


def test_every_module_reads_settings_in_one_way_only():
    """What is read elsewhere than in the settings would escape the page."""
    offenders = []
    for package in ("geo_registry", "facilities", "placenames", "maps"):
        for path in (ROOT / package).rglob("*.py"):
            if "settings" in path.parts or path.name == "gunicorn.py":
                continue
            if re.search(r"os\.environ(?!\.setdefault)|os\.getenv", path.read_text(encoding="utf-8")):
                offenders.append(str(path.relative_to(ROOT)))
    assert not offenders
