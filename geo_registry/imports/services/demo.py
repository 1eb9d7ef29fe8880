"""The demo county, through the importers that users use; and out again."""

from __future__ import annotations

import datetime
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.geodata.records import ImportReport, Outcome
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import Source

from .importing import run_import
from .removal import RemovalReport, remove_sources

MANIFEST = Path(settings.BASE_DIR) / "data" / "shapefiles" / "manifest.toml"

_NOT_ALLOWED = gettext_noop(
    "This site does not take demo data. Whoever wants it nevertheless sets DEMO_DATA_ALLOWED=yes in its "
    "environment."
)
_NO_MANIFEST = gettext_noop("The list of demo files “{file}” cannot be read: {reason}")
_REAL_SOURCE = gettext_noop("The source {code} is one of real data; demo data cannot come from it.")
_OTHER_FILE = gettext_noop("“{file}” is not the file that the list of demo files describes.")
_OTHER_COUNTS = gettext_noop("{file}: {what} should be {expected}, but is {found}.")

_COUNTED = {
    "rows": gettext_noop("the number of rows"),
    "accepted": gettext_noop("the number of rows taken in"),
    "refused": gettext_noop("the number of rows refused"),
    "warned": gettext_noop("the number of rows to be looked at"),
}


# What is said of their rows depends on rules that an office edits, and on whether a row changes anything; not on the file alone.
_CHECKED_BY_RULES: Final = frozenset({"place-names"})


@dataclass(slots=True)
class DemoReport:
    """What was loaded, and where it differs from what the manifest promises.

    Parameters
    ----------
    reports : list of ImportReport
        One for each file.
    differences : list of Message
        Empty if all is as promised.
    """

    reports: list[ImportReport] = field(default_factory=list)
    differences: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of demo files.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    source : mapping
        Fields of the source, which is marked as demo.
    home : str or None
        Code of the division whose registry it is.
    imports : tuple of mapping
        Kind, file and options of each import, in order.
    """

    folder: Path
    source: Mapping[str, Any]
    home: str | None
    imports: tuple[Mapping[str, Any], ...]


def read_manifest(path: Path) -> Manifest:
    """Read the list of demo files.

    Raises
    ------
    GeodataError
        If it is not there, or is no such list.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        source, imports = dict(content["source"]), tuple(content["imports"])
    except (OSError, ValueError, KeyError) as error:
        raise GeodataError(Message(_NO_MANIFEST, {"file": path.name, "reason": error})) from error
    if isinstance(source.get("dated"), str):
        source["dated"] = datetime.date.fromisoformat(source["dated"])
    return Manifest(path.parent, source, content.get("installation", {}).get("home"), imports)


def load_demo(
    *,
    manifest: Path = MANIFEST,
    progress: Progress | None = None,
    told: Callable[[ImportReport], None] | None = None,
) -> DemoReport:
    """Import every file of the demo county, all or nothing, and compare the counts with those promised.

    Parameters
    ----------
    manifest : Path
        The list of files.
    progress : Progress, optional
        Told after each some thousand rows.
    told : callable, optional
        Given the report of each file.

    Returns
    -------
    DemoReport

    Raises
    ------
    GeodataError
        If the site takes no demo data, the list or a file cannot be used, or the source is one of real data.
    """
    if not settings.DEMO_DATA_ALLOWED:
        raise GeodataError(Message(_NOT_ALLOWED))
    wanted = read_manifest(manifest)
    done = DemoReport()
    with transaction.atomic():
        source = _source(wanted)
        for entry in wanted.imports:
            path = wanted.folder / entry["file"]
            done.differences += _changed_files(wanted.folder, entry.get("sha256", {}))
            report = run_import(
                kind=entry["kind"],
                path=path,
                source=source,
                source_crs=entry.get("source_crs"),
                encoding=entry.get("encoding"),
                layer=entry.get("layer"),
                header_row=entry.get("header_row"),
                mapping=entry.get("mapping"),
                constants=entry.get("set"),
                where=entry.get("where", ()),
                home=wanted.home if entry["kind"] == "divisions" else None,
                # Two facilities of the demo lack their place on purpose: what that looks like is to be seen.
                leave_unplaced=True,
                progress=progress,
            )
            done.reports.append(report)
            done.differences += _differences(report, entry.get("expected", {}))
            if told is not None:
                told(report)
    return done


def _source(wanted: Manifest) -> Source:
    fields = {**wanted.source, "is_demo": True}
    code = fields.pop("code")
    known = Source.objects.filter(code=code).first()
    if known is not None and not known.is_demo:
        raise GeodataError(Message(_REAL_SOURCE, {"code": code}))
    source, _created = Source.objects.update_or_create(code=code, defaults=fields)
    return source


def _changed_files(folder: Path, digests: Mapping[str, str]) -> list[Message]:
    """Return a sentence for each file that is not the one described."""
    return [
        Message(_OTHER_FILE, {"file": name})
        for name, digest in digests.items()
        if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]


def _differences(report: ImportReport, expected: Mapping[str, int]) -> list[Message]:
    refused = report.counts[Outcome.REFUSED]
    found = {"rows": report.rows, "accepted": report.rows - refused, "refused": refused}
    if report.kind not in _CHECKED_BY_RULES:
        # What the reading of the file says of its rows; checks of names speak of names that are new.
        found["warned"] = report.warned_rows - report.late_warned_rows
    return [
        Message(
            _OTHER_COUNTS,
            {"file": report.file, "what": Message(_COUNTED[name]), "expected": count, "found": found[name]},
        )
        for name, count in expected.items()
        if name in found and found[name] != count
    ]


def remove_demo() -> RemovalReport:
    """Remove everything that came from a demo source, what hangs on it, and the demo's accounts.

    Raises
    ------
    RemovalRefused
        If real rows depend on demo rows; nothing is removed then.
    """
    return remove_sources(Source.objects.filter(is_demo=True))
