"""The examples of docs/api.md, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from maps.api.asking import ITEMS_PARAMETERS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
EXAMPLES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_works_as_printed(live_server, registry, tmp_path: Path, command: str) -> None:
    environment = os.environ | {"SITE": live_server.url, "NUMBER": "F-1"}
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    if " -o " in command and "http_code" not in command:
        (written,) = tmp_path.iterdir()
        assert written.stat().st_size > 0
        return
    said = json.loads(done.stdout)
    if "http_code" in command:
        assert said == 400
    elif "/changes" in command:
        assert "changes" in said
    else:
        assert said["type"] in {"FeatureCollection", "Feature"}


def test_each_parameter_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    assert [name for name in ITEMS_PARAMETERS if f"`{name}`" not in page and f"`{name}=" not in page] == []
