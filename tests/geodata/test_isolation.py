from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

import geo_registry
from geo_registry.geodata.errors import (
    GeodataError,
    LayerChoiceNeeded,
    LimitExceeded,
    Message,
    UnreadableFile,
)
from geo_registry.geodata.isolation import (
    DEFAULT_PROCESS_LIMITS,
    ProcessLimits,
    list_layers_isolated,
    look_isolated,
    open_isolated,
    parent,
)
from geo_registry.geodata.isolation.wire import BrokenFrame, dumps, loads, pack_rows, unpack_rows
from geo_registry.geodata.readers import LayerInfo, Row, list_layers, open_source
from geo_registry.geodata.readers.sheets import damage_as_error
from geo_registry.geodata.records import RowIssue, Severity

from .files import places, shapefile, workbook, xlsx

HEADER = ["名称", "床位", "日期"]
DATA = [["甲", 3, dt.datetime(2024, 3, 25, 8, 30)], ["乙", 4.5, None]]


def everything(source):
    with source:
        return (
            source.format, source.layer, source.columns, source.encoding, source.declared_crs, source.header_row,
            [(row.number, row.values, row.geometry and row.geometry.wkt) for row in source.rows()],
            [str(issue.message) for issue in source.issues],
        )  # fmt: skip


@pytest.fixture(params=["xlsx", "csv", "shp", "gpkg"])
def path(request, tmp_path):
    if request.param == "xlsx":
        return xlsx(tmp_path / "a.xlsx", [HEADER, *DATA])
    if request.param == "csv":
        file = tmp_path / "a.csv"
        file.write_bytes("名称,床位\n甲,3\n乙,4\n".encode("gbk"))
        return file
    if request.param == "shp":
        return shapefile(tmp_path, encoding="GBK", cpg="")
    places().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    return tmp_path / "a.gpkg"


def test_a_process_of_its_own_reads_what_this_one_would(path):
    assert everything(open_isolated(path)) == everything(open_source(path))


def test_rows_can_be_read_again_and_left_half_way(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["名称", "床位"], *([f"第{n}个", n] for n in range(2_000))])
    with open_isolated(path) as source:
        assert next(source.rows()).number == 2
        assert sum(1 for _ in source.rows()) == 2_000
        assert sum(len(batch) for batch in source.batches(300)) == 2_000
        assert source.sha256() == open_source(path).sha256()
        assert source.peak_memory_bytes is not None
        assert source.peak_memory_bytes > 0


def test_sheets_and_layers_are_listed_with_what_is_in_them(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"设施": [["名称", "床位"], ["甲", 3]], "空": []})
    expected = (LayerInfo("设施", rows=2, columns=2), LayerInfo("空", rows=0, columns=0))
    assert list_layers_isolated(path) == list_layers(path) == expected
    places().to_file(tmp_path / "b.gpkg", layer="一", engine="pyogrio")
    places()[:1].to_file(tmp_path / "b.gpkg", layer="二", engine="pyogrio")
    assert list_layers_isolated(tmp_path / "b.gpkg") == (
        LayerInfo("一", rows=3, columns=3, geometry_type="Point"),
        LayerInfo("二", rows=1, columns=3, geometry_type="Point"),
    )


def test_a_look_shows_rows_and_what_is_left_open(tmp_path):
    path = tmp_path / "点位.csv"
    path.write_bytes("名称,经度,纬度\n崇兴镇,106.30,38.02\n郝家桥镇,106.27,37.95\n".encode("gbk"))
    seen = look_isolated(path, expected=(105, 37, 107, 39), sample=1)
    assert [row.values["名称"] for row in seen.rows] == ["崇兴镇"]
    assert seen.encodings[0].name == "gb18030"
    assert "崇兴镇" in seen.encodings[0].sample[1]
    assert [candidate.key for candidate in seen.crs] == ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"]
    again = look_isolated(path, encoding="big5")
    assert again.encoding == "big5"
    assert again.rows[0].values != seen.rows[0].values


def test_an_error_arrives_whole(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, *DATA], "二": [HEADER, *DATA]})
    with pytest.raises(LayerChoiceNeeded, match="一, 二") as caught:
        open_isolated(path)
    assert (caught.value.layers, caught.value.file) == (("一", "二"), "a.xlsx")
    with pytest.raises(UnreadableFile, match="no file"):
        open_isolated(tmp_path / "nothing.csv")


# -- limits ------------------------------------------------------------------------------------------------


def wide_workbook(path: Path) -> Path:
    return xlsx(
        path, [[f"列{n}" for n in range(30)], *([f"{row}-{n}" for n in range(30)] for row in range(3_000))]
    )


def test_too_little_memory_ends_in_one_sentence(tmp_path):
    path = wide_workbook(tmp_path / "a.xlsx")
    with open_isolated(path) as source:
        assert sum(1 for _ in source.rows()) == 3_000
    needs = _address_space_of_the_libraries()
    with pytest.raises(LimitExceeded, match=r"takes more than \d+ MB of memory"):
        everything(open_isolated(path, process=replace(DEFAULT_PROCESS_LIMITS, memory_bytes=needs + 2**20)))


@pytest.mark.parametrize(
    "said",
    [
        OSError(12, "Cannot allocate memory"),
        ValueError("Cannot allocate memory (os error 12)"),
        ValueError("assertion `left == right` failed\n  left: MemError\n right: Ok"),
    ],
)
def test_a_workbook_is_not_called_damaged_where_the_memory_is_used_up(tmp_path, said):
    with pytest.raises(MemoryError), damage_as_error(tmp_path / "a.xlsx"):
        raise said


def _address_space_of_the_libraries() -> int:
    code = (
        "import geo_registry.geodata.isolation.child, geo_registry.geodata.readers.sheets\n"
        "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('VmSize')][0])"
    )
    root = Path(geo_registry.__file__).resolve().parents[1]
    environment = {"PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, check=True
    )
    return int(found.stdout) * 1024


def test_too_long_without_a_row_ends_in_one_sentence(tmp_path):
    with pytest.raises(LimitExceeded, match="longer than the 0 seconds"):
        open_isolated(xlsx(tmp_path / "a.xlsx", [HEADER, *DATA]), process=ProcessLimits(silence_s=0.01))


def test_too_much_processor_time_ends_in_one_sentence(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "a,1\n" * 3_000_000)
    with pytest.raises(LimitExceeded, match="longer than the 1 seconds"):
        everything(open_isolated(path, process=ProcessLimits(cpu_s=1)))


def test_a_reader_that_is_killed_ends_in_one_sentence_and_leaves_nothing(tmp_path, temporary_folder):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "a,1\n" * 300_000)
    with open_isolated(path) as source:
        rows = source.rows()
        next(rows)
        source._reading._child.kill()
        with pytest.raises(UnreadableFile, match="ended before it was done") as caught:
            list(rows)
        assert caught.value.file == "a.csv"
    assert list(temporary_folder.iterdir()) == []


@pytest.fixture
def temporary_folder(tmp_path, monkeypatch):
    import tempfile

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_a_killed_reader_had_unpacked_is_removed(tmp_path, temporary_folder):
    from .files import zipped

    shapefile(tmp_path / "shp")
    source = open_isolated(zipped(tmp_path / "a.zip", tmp_path / "shp"))
    assert any(temporary_folder.rglob("*.dbf"))
    source._reading._child.kill()
    source.close()
    assert list(temporary_folder.iterdir()) == []


def test_a_reader_does_not_outlive_whoever_started_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "a,1\n" * 300_000)
    code = (
        "import sys, time\nfrom geo_registry.geodata.isolation import open_isolated\n"
        "s = open_isolated(sys.argv[1]); next(s.rows()); print(s._reading._child.pid, flush=True); time.sleep(60)"
    )
    root = Path(geo_registry.__file__).resolve().parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as starter:
        reader = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    for _ in range(100):
        if not _runs(reader):
            return
        time.sleep(0.05)
    pytest.fail("the reading process still runs")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a filter of Linux")
@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import os; os.execv('/bin/true', ['true'])",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_the_reading_process_has_no_network_and_starts_no_programs(deed):
    code = (
        "import os\nfrom geo_registry.geodata.isolation import ProcessLimits, sandbox\n"
        f"assert sandbox.enter(ProcessLimits(), parent=os.getppid())\ntry:\n    exec({deed!r})\nexcept PermissionError:\n"
        "    print('refused')"
    )
    root = Path(geo_registry.__file__).resolve().parents[1]
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert found.stdout == b"refused\n"


def test_the_reading_process_knows_nothing_of_this_ones_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgis://secret")
    with open_isolated(xlsx(tmp_path / "a.xlsx", [HEADER, *DATA])) as source:
        environment = Path(f"/proc/{source._reading._child.pid}/environ")
        with contextlib.suppress(PermissionError):  # not even its parent may look
            assert b"secret" not in environment.read_bytes()


def test_a_file_too_large_is_refused_before_a_process_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(parent.Reading, "_spawn", lambda _self: pytest.fail("started"))
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        stream.truncate(2 * 1024**3)  # two gigabytes of nothing, which take no room on the disk
    with pytest.raises(LimitExceeded, match="has 2049 MB, more than the 512 MB"):
        open_isolated(path)


# -- the wire ----------------------------------------------------------------------------------------------


def test_values_and_geometry_survive_the_wire():
    columns = ("a", "b", "c", "d", "e")
    rows = [
        Row(
            2,
            dict(zip(columns, ["x\ud800", 10**30, 0.1, dt.date(2024, 3, 1), None], strict=True)),
            shapely.Point(1, 2),
        ),
        Row(3, dict(zip(columns, [True, -1, "", dt.datetime(2024, 3, 1, 8), "丁"], strict=True)), None),
    ]
    issue = RowIssue(2, "a", Severity.WARNING, Message("{x}", {"x": Message("y")}), 5)
    found, issues = unpack_rows(pack_rows(rows, columns, [issue]), columns)
    assert found == rows
    assert issues == (issue,)
    assert isinstance(issues[0].severity, Severity)


@pytest.mark.parametrize(
    "frame",
    [b"", b"{", b"\xff" * 20, b'{"@":"Message","v":[1,2,3,4,5]}', b'{"@":"os","v":[]}', b'{"@":"d","v":"x"}'],
)
def test_what_is_no_frame_is_called_so(frame):
    with pytest.raises(BrokenFrame):
        loads(frame)
    with pytest.raises(BrokenFrame):
        unpack_rows(frame, ("a",))


def test_every_kind_of_error_crosses_the_wire():
    from geo_registry.geodata.isolation.wire import pack_error, unpack_error

    for error in (GeodataError(Message("m")), LimitExceeded(Message("m"), file="f", row=3, column="c")):
        found = unpack_error(pack_error(error))
        assert type(found) is type(error)
        assert (found.message, found.file, found.row, found.column) == (
            error.message, error.file, error.row, error.column,
        )  # fmt: skip
    assert loads(dumps({"a": (1, 2)})) == {"a": (1, 2)}
