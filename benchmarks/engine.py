"""The coverage engine beside its peers: every row on one input, the answers compared, time and memory in a table.

    python benchmarks/engine.py                      all rows; peers are installed once under var/benchmarks
    python benchmarks/engine.py --pbf city.osm.pbf   with an OpenStreetMap extract for the row that reads one
    python benchmarks/engine.py --quick              small inputs, to see that everything works
    python benchmarks/engine.py --only nearest,pairs --without-peers

Run it with the product's Python. Each side of each row is a process of its own. A row whose answers differ says so, and the
command ends with an error; a peer that cannot be installed or an extract that is not there is told with its reason.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
WORK = ROOT / "var" / "benchmarks"
sys.path[:0] = [str(ROOT), str(HERE)]

import inputs  # noqa: E402 - beside this script

Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison: what it is called, against whom, how many times faster it should be, how the answers are compared."""

    title: str
    row: str
    peer: str
    target: float
    compare: Callable[[Mapping[str, Any], Mapping[str, Any], Figures, Figures], tuple[bool, str]]
    own_environment: bool = True
    memory_share: float | None = None


def same_times(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], _f: Figures, _g: Figures
) -> tuple[bool, str]:
    """Every node's milliseconds are equal; the facility may differ only where two are equally near."""
    equal = all(np.array_equal(ours[f"ms_{count}"], theirs[f"ms_{count}"]) for count in (10, 100, 1000))
    same = float((ours["facility_1000"] == theirs["facility_1000"])[ours["ms_1000"] >= 0].mean())
    return equal and same > 0.999, f"all milliseconds equal; same facility {same:.4%}"


def near_seconds(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], _f: Figures, _g: Figures
) -> tuple[bool, str]:
    """The peer keeps times in floats of its own; both must agree to a hundredth of a second."""
    ms, seconds = ours["ms_1000"], theirs["seconds"]
    reached = ms >= 0
    worst = float(np.abs(ms[reached] / 1000 - seconds[reached]).max())
    return worst <= 0.011 and bool((seconds[~reached] < 0).all()), f"largest difference {worst * 1000:.1f} ms"


def same_pairs(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], _f: Figures, _g: Figures
) -> tuple[bool, str]:
    """The same pairs with the same milliseconds."""
    equal = all(np.array_equal(ours[name], theirs[name]) for name in ("start", "node", "ms"))
    return equal, f"{len(ours['node']):,} pairs, {'all equal' if equal else 'NOT EQUAL'}"


def same_access(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], figures: Figures, _g: Figures
) -> tuple[bool, str]:
    """Access of every cell, and that supply is shared out whole."""
    worst = float(np.abs(ours["access"] - theirs["access"]).max())
    kept = figures["shared_out_of_supply"]
    words = f"largest difference {worst:.0e}; Σ(people × access) ÷ Σ supply = {kept:.9f}"
    return worst < 1e-12 and abs(kept - 1) < 1e-9, words


def same_value(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], figures: Figures, peer: Figures
) -> tuple[bool, str]:
    """The same number of people, proved by both."""
    equal = abs(float(ours["value"]) - float(theirs["value"])) < 0.5
    words = f"{float(ours['value']):.0f} people by both; ours {figures['proof']}, theirs {peer['status']}"
    return equal and figures["gap"] == 0, words


def alike_areas(
    _o: Mapping[str, Any], _t: Mapping[str, Any], figures: Figures, peer: Figures
) -> tuple[bool, str]:
    """Intersection over union with the union of buffers."""
    words = f"IoU {peer['iou']:.3f}; {figures['vertices']:,} vertices, theirs {peer['vertices']:,}"
    return peer["iou"] >= 0.9, words


def alike_networks(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], figures: Figures, peer: Figures
) -> tuple[bool, str]:
    """Kilometres of road: the two leave out different odd classes of ways."""
    share = float(ours["length_km"]) / float(theirs["length_km"])
    words = f"{float(ours['length_km']):,.0f} km, theirs {float(theirs['length_km']):,.0f}"
    return 0.97 <= share <= 1.03, f"{words}; {figures['nodes']:,} nodes, theirs {peer['nodes']:,}"


OWN = {"own_environment": False}
ROWS = (
    Row(title="nearest with label, 1000 facilities", row="nearest", peer="scipy", target=3, compare=same_times, **OWN),
    Row(title="pairs, 1000 × 15 min", row="pairs", peer="scipy", target=5, compare=same_pairs, memory_share=1.0, **OWN),
    Row(title="E2SFCA", row="e2sfca", peer="access", target=100, compare=same_access, memory_share=0.5),
    Row(title="max-cover, proved", row="max_cover", peer="spopt", target=10, compare=same_value),
    Row(title="driving isochrone", row="isochrone", peer="buffers", target=10, compare=alike_areas, **OWN),
    Row(title="PBF → graph", row="pbf", peer="pyrosm", target=2.5, compare=alike_networks),
    # The slowest to build comes last.
    Row(title="nearest, 1000 facilities", row="nearest", peer="pandana", target=50, compare=near_seconds),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small inputs")
    parser.add_argument(
        "--only",
        default="",
        help="rows, separated by commas: " + ", ".join(dict.fromkeys(r.row for r in ROWS)),
    )
    parser.add_argument("--pbf", type=Path, help="an OpenStreetMap extract")
    parser.add_argument(
        "--without-peers", action="store_true", help="only peers that are in the product's environment"
    )
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    wanted = set(options.only.split(",")) if options.only else {row.row for row in ROWS} | {"what_if"}
    folder = WORK / ("quick" if options.quick else "full")
    folder.mkdir(parents=True, exist_ok=True)
    peers = None if options.without_peers else peers_python()
    print(machine(), end="\n\n", flush=True)
    print(
        "| computation | peer | theirs, s | ours, s | times | of processor time | aim | memory, MB: theirs | ours | answers |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---|", flush=True)
    failed = []
    done: dict[str, Figures | str] = {}
    for row in ROWS:
        if row.row not in wanted:
            continue
        if row.row not in done:
            done[row.row] = prepare(row.row, folder, options)
        line, equal = compare(row, done[row.row], folder, peers, options.repeats)
        print(line, flush=True)
        if not equal:
            failed.append(row.title)
    if "what_if" in wanted:
        print(what_if(quick=options.quick), flush=True)
    if failed:
        raise SystemExit(f"The answers differ: {', '.join(failed)}.")


def prepare(row: str, folder: Path, options: argparse.Namespace) -> Figures | str:
    """Make the input and run our side; a text says why not."""
    if row == "pbf":
        if options.pbf is None or not options.pbf.is_file():
            return "no extract given (--pbf)"
        inputs.pbf(folder, path=options.pbf.resolve())
    else:
        getattr(inputs, row)(folder, quick=options.quick)
    return run_side(sys.executable, "ours", row, folder, options.repeats)


def compare(
    row: Row, ours: Figures | str, folder: Path, peers: Path | str | None, repeats: int
) -> tuple[str, bool]:
    """Run the peer and say how the two stand, as a line of the table."""
    if isinstance(ours, str):
        return f"| {row.title} | {row.peer} | | | | | {row.target:g} | | | left out: {ours} |", True
    python: Path | str | None = sys.executable if not row.own_environment else peers
    theirs: Figures | str = "peers not asked for"
    if isinstance(python, Path) or python == sys.executable:
        theirs = run_side(str(python), "theirs", f"{row.row}@{row.peer}", folder, repeats)
    elif python is not None:
        theirs = python
    if isinstance(theirs, str):
        cells = f"| {ours['seconds']:.3g} | | | {row.target:g} | | {ours['peak_mb']:.0f}"
        return f"| {row.title} | {row.peer} | {cells} | left out: {theirs} |", True
    with (
        np.load(folder / f"{row.row}-ours.npz") as mine,
        np.load(folder / f"{row.row}@{row.peer}-theirs.npz") as other,
    ):
        equal, words = row.compare(mine, other, ours, theirs)
    # A small run may take less processor time than the clock of the process counts.
    times = theirs["seconds"] / ours["seconds"]
    worked = theirs["cpu_s"] / ours["cpu_s"] if ours["cpu_s"] else math.nan
    if row.memory_share is not None:
        words += f"; memory {ours['peak_mb'] / theirs['peak_mb']:.2f} of theirs (aim {row.memory_share:g})"
    extra = "".join(
        f"; {name.replace('_', ' ')} {value:.2f}" for name, value in theirs.items() if name == "build_s"
    )
    mark = "" if times >= row.target else " (missed)"
    return (
        f"| {row.title} | {row.peer} | {theirs['seconds']:.3g} | {ours['seconds']:.3g} | {times:.1f}{mark} | {worked:.1f} "
        f"| {row.target:g} "
        f"| {theirs['peak_mb']:.0f} | {ours['peak_mb']:.0f} | {'' if equal else 'DIFFERENT: '}{words}{extra} |"
    ), equal


def run_side(python: str, side: str, row: str, folder: Path, repeats: int) -> Figures | str:
    """Run one side in a process of its own; a text is why it failed."""
    found = subprocess.run(
        [python, str(HERE / "peers" / f"{side}.py"), row, str(folder), str(repeats)],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    if found.returncode:
        return f"it failed: {(found.stderr.strip().splitlines() or ['no words'])[-1][:160]}"
    figures: Figures = json.loads((folder / f"{row}-{side}.json").read_text(encoding="utf-8"))
    return figures


def peers_python() -> Path | str:
    """Return the Python of the peers' environment, made at the first call; a text says why there is none."""
    wanted = (HERE / "requirements-peers.txt").read_text(encoding="utf-8")
    home = WORK / "peers"
    python, stamp = home / "bin" / "python", home / "installed.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print("Installing the peers into var/benchmarks/peers …", file=sys.stderr)
    log = WORK / "peers.log"
    WORK.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(python), "-m", "pip", "install", "-q", "-r", str(HERE / "requirements-peers.txt")],
        ):
            if subprocess.run(command, stdout=stream, stderr=stream, check=False).returncode:
                return f"the peers cannot be installed, {log.relative_to(ROOT)} says why"
    stamp.write_text(wanted, encoding="utf-8")
    return python


def what_if(*, quick: bool) -> str:
    """Move one facility and compute the county again, on a hundred thousand nodes."""
    command = [sys.executable, str(HERE / "what_if.py"), "--json", *(["--side", "60"] if quick else [])]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    if found.returncode:
        return f"| what if: one facility moved | full computation | | | | | | | | left out: {found.stderr.strip()[-160:]} |"
    figures = json.loads(found.stdout.strip().splitlines()[-1])
    mark = "" if figures["median_ms"] < 200 else " (missed)"
    return (
        f"| what if: one facility moved, {figures['nodes']:,} nodes | full computation | {figures['full_s']:.3g} "
        f"| {figures['median_ms'] / 1000:.3g} | {figures['full_s'] * 1000 / figures['median_ms']:.0f} | | < 0.2 s{mark} | "
        f"| {figures['peak_mb']:.0f} | equal in all {figures['moves']} moves; slowest {figures['slowest_ms']:.0f} ms |"
    )


def machine() -> str:
    """Say when and on what: figures of other machines differ, ratios less."""
    memory = int(
        next(
            line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
        ).split()[1]
    )
    load = os.getloadavg()[0]
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} processors, {memory / 2**20:.0f} GB, load {load:.1f} at the start, "  # noqa: DTZ011 - the operator's own day
        f"Python {platform.python_version()}, {platform.system()}"
    )


if __name__ == "__main__":
    main()
