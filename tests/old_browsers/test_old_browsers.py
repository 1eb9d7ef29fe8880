"""Scripts and styles are held against the browsers that the documentation names; what those lack is found."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ESLINT = ROOT / "node_modules" / "eslint" / "bin" / "eslint.js"
STYLELINT = ROOT / "node_modules" / "stylelint" / "bin" / "stylelint.mjs"
NODE = shutil.which("node") or shutil.which("nodejs") or ""


def test_the_browsers_that_are_checked_are_those_that_are_named() -> None:
    """The oldest of each engine in the table; those above it have what it has."""
    table = (ROOT / "docs" / "public-page.md").read_text(encoding="utf-8").partition("## Browsers")[2]
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table.partition("\n## ")[0], flags=re.MULTILINE))
    number = {name: int(re.search(r"\d+", said)[0]) for name, said in rows.items() if re.search(r"\d", said)}
    chromium = [version for name, version in number.items() if not re.search("Firefox|Safari", name)]
    checked = {
        name: min(float(v) for v in re.findall(r"[\d.]+", " ".join(one.split()[1:])))
        for one in json.loads((ROOT / "package.json").read_text())["browserslist"]
        for name in one.split()[:1]
    }
    assert len(chromium) >= 3
    assert checked["chrome"] == min(chromium)
    assert checked["firefox"] == number["Firefox"]
    safari = next(version for name, version in number.items() if "Safari" in name)
    assert checked["safari"] == checked["ios_saf"] == safari


@pytest.mark.skipif(
    not (NODE and ESLINT.exists()), reason="node or eslint is missing (script/test installs them)"
)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("export const a = [3, 1].toSorted();", "es-x"),
        ("export const a = Object.groupBy([1], (x) => x);", "es-x"),
        ('export const a = () => navigator.wakeLock.request("screen");', "compat"),
        ("export const a = /x/v;", "Parsing error"),
        ("export const a = [1].at(-1) ?? structuredClone({});", ""),
    ],
    ids=["method", "static method", "global", "syntax", "what all have"],
)
def test_a_script_that_an_old_browser_cannot_run_is_found(text: str, found: str) -> None:
    done = subprocess.run(
        [NODE, str(ESLINT), "--stdin", "--stdin-filename", "maps/static/maps/planted.js"],
        input=text, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    assert found in done.stdout


@pytest.mark.skipif(
    not (NODE and STYLELINT.exists()), reason="node or stylelint is missing (script/test installs them)"
)
@pytest.mark.parametrize(
    ("text", "feature"),
    [
        (".a:has(.b) {\n  color: red;\n}\n", "css-has"),
        (".a {\n  & .b {\n    color: red;\n  }\n}\n", "css-nesting"),
        (".a {\n  height: 100dvh;\n}\n", "viewport-unit-variants"),
        (".a {\n  display: grid;\n  inset-inline: 0;\n}\n", ""),
    ],
)
def test_a_style_that_an_old_browser_does_not_know_is_found(text: str, feature: str) -> None:
    done = subprocess.run(
        [NODE, str(STYLELINT), "--stdin", "--stdin-filename", "maps/static/maps/planted.css"],
        input=text, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == (2 if feature else 0), done.stdout + done.stderr
    assert feature in done.stdout + done.stderr
