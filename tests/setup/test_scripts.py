"""The scripts' own promises that can be kept without installing anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    [*(ROOT / "script").glob("[a-z]*"), *(ROOT / "script" / "lib").glob("*.sh"), ROOT / ".ci" / "run"]
)
SCRIPTS = [path for path in SCRIPTS if path.is_file()]


# What the scripts put into the environment of those that they call: here each script is called as by a person.
OURS = ("GEO_REGISTRY_VAR", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "NUMBA_CACHE_DIR")


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    env = {name: value for name, value in os.environ.items() if name not in OURS} | environment
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


def in_lib(code: str, *, root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run shell code with the scripts' parts loaded, in a checkout of its own."""
    parts = "common packages python browser database setup processes"
    prelude = (
        f"set -euo pipefail; for part in {parts}; do . '{root}/script/lib/'$part.sh; done; need_own_files;"
    )
    return run("bash", "-c", f"{prelude} {code}", cwd=root, **environment)


@pytest.fixture
def checkout(tmp_path):
    """The scripts in a folder of their own, so that nothing of this checkout is touched."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "script", root / "script")
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json", "package.json"):
        shutil.copy(ROOT / name, root / name)
    (root / "geo_registry" / "static").mkdir(parents=True)
    return root


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(path):
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    checked = run("shellcheck", "-x", str(path))
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["server", "test", "manage", "bundle"])
def test_each_script_explains_itself(name):
    helped = run(str(ROOT / "script" / name), "--help")
    assert helped.returncode == 0
    assert f"script/{name}" in helped.stdout


def test_an_argument_that_is_not_known_is_refused():
    assert run(str(ROOT / "script" / "server"), "--unheard-of").returncode == 2


def test_tests_that_are_not_there_are_named():
    refused = run(str(ROOT / "script" / "test"), "tests/nowhere/test_nothing.py::test_this")
    assert refused.returncode != 0
    assert "There is no tests/nowhere/test_nothing.py." in refused.stderr


def test_the_lock_file_names_no_download_address():
    assert "http" not in re.sub(
        r'"(?:url|homepage|funding)".*', "", (ROOT / "package-lock.json").read_text(encoding="utf-8")
    )
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8")


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,-]+\])?==[A-Za-z0-9.]+", line), line


class TestEachFailureIsOneSentence:
    def sentence(self, ended):
        assert ended.returncode == 1, ended.stdout + ended.stderr
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        assert 1 <= len(lines) <= 2, ended.stderr
        return lines[0]

    def test_a_busy_port(self, checkout):
        import socket

        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            code = 'mkdir bin; ln -s "$(command -v python3)" bin/python; VENV=$ROOT; need_free_port'
            ended = in_lib(code, root=checkout, PORT=str(port), BIND="127.0.0.1")
        assert f"Port {port} is busy" in self.sentence(ended)

    @pytest.mark.parametrize("port", ["0", "70000", "http", "-1", ""])
    def test_a_port_that_is_none(self, checkout, port):
        assert "no port number" in self.sentence(
            in_lib("need_free_port", root=checkout, PORT=port, BIND="127.0.0.1")
        )

    def test_a_full_disk_before_anything_is_written(self, checkout):
        ended = in_lib("free_mb() { printf 12; }; need_space / 500 'the database'", root=checkout)
        assert (
            self.sentence(ended)
            == "The disk is too full: the database needs 500 MB in /, and 12 MB are free."
        )

    def test_a_disk_that_fills_up_on_the_way(self, checkout):
        ended = in_lib("free_mb() { printf 3; }; run_logged 'Trying' false", root=checkout)
        assert self.sentence(ended).startswith("The disk is full: 3 MB are free in")

    def test_a_step_that_fails_leaves_its_output_in_the_log(self, checkout):
        in_lib("run_logged 'Trying' sh -c 'echo the reason; false' || true", root=checkout)
        assert "the reason" in (checkout / "var" / "log" / "setup.log").read_text(encoding="utf-8")

    def test_packages_missing_and_no_sudo(self, checkout):
        if not os.geteuid():
            pytest.skip("root needs no sudo")
        code = (
            'MISSING=(postgresql); command() { [[ $2 != sudo ]] && builtin command "$@"; }; install_packages'
        )
        assert "apt-get install postgresql" in self.sentence(in_lib(code, root=checkout))

    def test_another_system(self, checkout):
        code = (
            'MISSING=(postgresql); command() { [[ $2 != apt-get ]] && builtin command "$@"; }; '
            "os_name() { printf 'Plan 9'; }; install_packages"
        )
        sentence = self.sentence(in_lib(code, root=checkout))
        assert "Plan 9" in sentence
        assert "postgresql" in sentence

    def test_another_kernel(self, checkout):
        assert "Linux only" in self.sentence(in_lib("uname() { printf Darwin; }; need_linux", root=checkout))

    def test_no_python_that_fits(self, checkout):
        code = "find_python() { return 1; }; need_python"
        assert "Python 3.11, 3.12 or 3.13" in self.sentence(in_lib(code, root=checkout))

    def test_a_second_start(self, checkout):
        code = (
            "take_lock server 'It runs already.' 'x'; "
            "bash -c \". script/lib/common.sh; take_lock server 'It runs already.' '已在运行。'\""
        )
        assert self.sentence(in_lib(code, root=checkout)) == "It runs already."

    def test_files_of_somebody_else(self, checkout):
        if not os.geteuid():
            pytest.skip("root may write everywhere")
        (checkout / "var").mkdir()
        (checkout / "var").chmod(0o555)
        try:
            assert "may not write to" in self.sentence(in_lib("true", root=checkout))
        finally:
            (checkout / "var").chmod(0o755)

    def test_data_of_a_postgresql_that_is_gone(self, checkout):
        code = (
            "DB_KIND=server; DB_HOME=$VAR/db-server; DB_SOCKET=$DB_HOME/s; DB_DATA=$DB_HOME/data; mkdir -p $DB_DATA; "
            "printf 9.1 >$DB_DATA/PG_VERSION; make_directory_of_db_user() { :; }; make_cluster"
        )
        assert "PostgreSQL 9.1, which is no longer installed" in self.sentence(in_lib(code, root=checkout))


class TestTheEnvironmentStamp:
    def test_it_changes_with_the_requirements(self, checkout):
        def stamp():
            return in_lib("need_python; environment_stamp requirements.txt", root=checkout).stdout.strip()

        before = stamp()
        assert before == stamp()
        (checkout / "requirements.txt").write_text("Django==5.2.19\n", encoding="utf-8")
        assert before != stamp()

    def test_a_half_made_environment_is_made_anew(self, checkout):
        (checkout / ".venv" / "bin").mkdir(parents=True)
        (checkout / ".venv" / "left-behind").touch()
        code = (
            'run_logged() { shift; [[ $1 != "$PYTHON" ]] || mkdir -p "$VENV/bin"; }; '
            "free_mb() { printf 9999; }; prepare_python server"
        )
        ended = in_lib(code, root=checkout)
        assert ended.returncode == 0, ended.stderr
        assert not (checkout / ".venv" / "left-behind").exists()
        assert (checkout / ".venv" / "stamp-runtime").exists()

    def test_one_whose_stamp_fits_is_left_alone(self, checkout):
        code = (
            'mkdir -p "$VENV/bin"; ln -s /bin/true "$VENV/bin/python"; '
            'environment_stamp requirements.txt >"$VENV/stamp-runtime"; '
            "run_logged() { printf 'did %s' \"$1\"; }; prepare_python server"
        )
        assert in_lib(code, root=checkout).stdout == ""


class TestTheSocket:
    def test_it_is_short_and_plain_wherever_the_checkout_lies(self, tmp_path):
        root = tmp_path / ("很长的目录 " * 12)
        shutil.copytree(ROOT / "script", root / "script")
        ended = in_lib("set_database_paths server; printf '%s' \"$DB_SOCKET\"", root=root)
        assert len((ended.stdout + "/.s.PGSQL.5432").encode()) < 100
        assert re.fullmatch(r"[A-Za-z0-9/._-]+", ended.stdout)

    def test_two_checkouts_have_two_databases(self, tmp_path):
        sockets = set()
        for name in ("one", "two"):
            shutil.copytree(ROOT / "script", tmp_path / name / "script")
            sockets.add(
                in_lib("set_database_paths server; printf '%s' \"$DB_SOCKET\"", root=tmp_path / name).stdout
            )
            sockets.add(
                in_lib("set_database_paths test; printf '%s' \"$DB_SOCKET\"", root=tmp_path / name).stdout
            )
        assert len(sockets) == 4


def blocks_of(page: str) -> list[str]:
    return re.findall(
        r"^```sh[^\n]*\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def test_the_shell_in_the_documents_parses():
    blocks = blocks_of("docs/deploy.md")
    assert len(blocks) > 8
    for block in blocks:
        checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, block + checked.stderr


def test_the_settings_of_the_installed_site_are_documented_ones():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for line in (ROOT / "docs" / "deploy" / "geo-registry.env").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            assert f"| `{name}` |" in page
            assert not re.search(r"[\s\"']", value), "systemd and sh must read it alike"
