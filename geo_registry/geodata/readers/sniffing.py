"""What a file really is: told by its content, never by its name alone."""

from __future__ import annotations

import codecs
import re
import xml.parsers.expat
import zipfile
from pathlib import Path

from ..errors import HostileFile, Message, UnreadableFile, UnsupportedFormat, gettext_noop
from .encodings import utf16_without_mark
from .xml_text import open_xml

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SQLITE = b"SQLite format 3\x00"
_SHP = bytes.fromhex("0000270a")
_OSM = b"OSMHeader"
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")
_PDF_MARK = b"%PDF-"
# A version of AutoCAD (AC1032), and how the text form of a drawing begins.
_DWG_MARK = re.compile(rb"AC1\d{3}[\x00-\x1f]")
_DXF_MARK = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION\r?\n|AutoCAD Binary DXF"
)
_GEOJSON_TYPES = re.compile(
    rb'"type"\s*:\s*"(?:FeatureCollection|Feature|Point|MultiPoint|LineString|MultiLineString|Polygon|MultiPolygon|GeometryCollection)"'
)
_TEXT_EXTENSIONS = {".csv", ".tsv", ".txt", ".tab"}

HEAD_BYTES = 64 * 1024

_NOT_THERE = gettext_noop("There is no file “{file}”. Check its name and place.")
_NOT_A_FILE = gettext_noop("“{file}” is a folder. Name the file, or pack the folder into a ZIP.")
_NOT_ALLOWED = gettext_noop("The file “{file}” may not be read. Ask for the right to read it.")
_EMPTY = gettext_noop("The file “{file}” is empty. Save or export it again.")
_ENTITIES = gettext_noop(
    "The file “{file}” declares XML entities or a document type, which no map file needs. Export it again "
    "without them."
)
_BROKEN_XML = gettext_noop("The XML of the file “{file}” is damaged. Export it again.")
_WEB_PAGE = gettext_noop(
    "The file “{file}” is a web page and no spreadsheet, although some systems name it so. Open it in a "
    "spreadsheet program and save it as XLSX."
)
_XML_WORKBOOK = gettext_noop(
    "The file “{file}” is a spreadsheet written as XML, as programs did in 2003. Open it in a spreadsheet program and save it as "
    "XLSX."
)
_LIKE_A_PAGE = re.compile(r"<(?:html|body|head|table|meta|style)\b")
_OTHER_XML = gettext_noop(
    "The XML file “{file}” is neither KML nor GPX. Export the data as GeoPackage, shapefile or XLSX."
)
_OTHER_JSON = gettext_noop(
    "The file “{file}” is JSON, but no GeoJSON. Export the data as GeoJSON, GeoPackage or XLSX."
)
_PART_OF_SHAPEFILE = gettext_noop(
    "“{file}” is only one part of a shapefile. Give the .shp with its .dbf and .shx beside it, or all of "
    "them in a ZIP."
)
_ARCHIVE = gettext_noop("“{file}” is an archive of a kind that is not read. Pack the files into a ZIP.")
_PDF = gettext_noop(
    "“{file}” is a PDF, from which no table can be taken. Ask for the table that it was made from, as XLSX or CSV."
)
_DRAWING = gettext_noop(
    "“{file}” is a CAD drawing, which does not say reliably what is what. Have it saved as a shapefile or GeoPackage, with its "
    "co-ordinate system."
)
_BINARY = gettext_noop(
    "The content of “{file}” is of no known kind. Use XLSX, XLS, ODS, CSV, shapefile (ZIP), GeoPackage, "
    "GeoJSON, KML or OSM PBF."
)


def read_head(path: Path, *, length: int = HEAD_BYTES) -> bytes:
    """Return a file's first bytes.

    Raises
    ------
    UnreadableFile
        If there is no such file, or it is a folder, empty, or may not be read.
    """
    params = {"file": path.name}
    try:
        if path.is_dir():
            raise UnreadableFile(Message(_NOT_A_FILE, params), file=path.name)
        with path.open("rb") as stream:
            head = stream.read(length)
    except FileNotFoundError as error:
        raise UnreadableFile(Message(_NOT_THERE, params), file=path.name) from error
    except OSError as error:
        raise UnreadableFile(Message(_NOT_ALLOWED, params), file=path.name) from error
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableFile(Message(_EMPTY, params), file=path.name)
    return head


def sniff(path: Path) -> str:
    """Tell a file's format by its content.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        ``zip`` (look inside), ``xls``, ``gpkg``, ``shapefile``, ``osm-pbf``, ``geojson``, ``kml``, ``gpx`` or
        ``csv``.

    Raises
    ------
    UnreadableFile, UnsupportedFormat, HostileFile
    """
    head = read_head(path)
    known = _by_magic(path, head)
    if known is not None:
        return known
    text = _as_text(head)
    if text is None:
        raise UnsupportedFormat(Message(_BINARY, {"file": path.name}), file=path.name)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _sniff_xml(path, start)
    if start.startswith("{"):
        return _sniff_json(path, head)
    if path.suffix.lower() in _TEXT_EXTENSIONS or "\n" in text or "\r" in text:
        return "csv"
    raise UnsupportedFormat(Message(_BINARY, {"file": path.name}), file=path.name)


def _by_magic(path: Path, head: bytes) -> str | None:
    params = {"file": path.name}
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return "zip"
    if head.startswith(_OLE):
        return "xls"
    if head.startswith(_SQLITE):
        return "gpkg"
    if head.startswith(_SHP):
        if path.suffix.lower() == ".shp":
            return "shapefile"
        raise UnsupportedFormat(Message(_PART_OF_SHAPEFILE, params), file=path.name)
    if path.suffix.lower() in {".dbf", ".shx", ".prj", ".cpg", ".shp"}:
        raise UnsupportedFormat(Message(_PART_OF_SHAPEFILE, params), file=path.name)
    if _OSM in head[:64]:
        return "osm-pbf"
    if head.startswith(_OTHER_ARCHIVES):
        raise UnsupportedFormat(Message(_ARCHIVE, params), file=path.name)
    if head.startswith(_PDF_MARK):
        raise UnsupportedFormat(Message(_PDF, params), file=path.name)
    if _DWG_MARK.match(head) or _DXF_MARK.match(head):
        raise UnsupportedFormat(Message(_DRAWING, params), file=path.name)
    return None


def _as_text(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore")
    if b"\x00" in head:
        name = utf16_without_mark(head)
        return None if name is None else head.decode(name, errors="ignore")
    return head.decode("utf-8-sig", errors="replace")


def _sniff_xml(path: Path, start: str) -> str:
    lowered = start[:2048].lower()
    web_page = UnsupportedFormat(Message(_WEB_PAGE, {"file": path.name}), file=path.name)
    if lowered.startswith("<!doctype html"):
        raise web_page
    try:
        root = xml_root(path)
    except UnreadableFile as error:
        raise web_page if _LIKE_A_PAGE.search(lowered) else error from error
    # Descriptions in KML are web pages within it.
    if root in {"kml", "gpx"}:
        return root
    if root == "workbook":
        raise UnsupportedFormat(Message(_XML_WORKBOOK, {"file": path.name}), file=path.name)
    if _LIKE_A_PAGE.search(lowered):
        raise web_page
    raise UnsupportedFormat(Message(_OTHER_XML, {"file": path.name}), file=path.name)


def _sniff_json(path: Path, head: bytes) -> str:
    # GDAL would take some JSON for commands or for addresses to fetch: only GeoJSON's own types may pass.
    if b"gdal_streamed_alg" not in head and _GEOJSON_TYPES.search(head):
        return "geojson"
    raise UnsupportedFormat(Message(_OTHER_JSON, {"file": path.name}), file=path.name)


def xml_root(path: Path) -> str:
    """Return the local name of an XML file's root element, in lower case, without reading further.

    Raises
    ------
    HostileFile
        If a document type or an entity is declared, or another driver's root element hides in the file's
        head.
    UnreadableFile
        If it is no well-formed XML up to there.
    """
    found: list[str] = []

    def refuse(*_: object) -> None:
        raise HostileFile(Message(_ENTITIES, {"file": path.name}), file=path.name)

    def start(name: str, _attributes: object) -> None:
        if not found:
            found.append(name)

    stream, recoded = open_xml(path)
    parser = xml.parsers.expat.ParserCreate("utf-8" if recoded else None)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        with stream:
            while not found and (block := stream.read(HEAD_BYTES)):
                if b"<OGRVRTDataSource" in block:
                    refuse()
                parser.Parse(block, False)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableFile(Message(_BROKEN_XML, {"file": path.name}), file=path.name) from error
    if not found:
        raise UnreadableFile(Message(_BROKEN_XML, {"file": path.name}), file=path.name)
    return found[0].rsplit(":", 1)[-1].lower()


def archive_kind(names: list[str], archive: zipfile.ZipFile) -> str | None:
    """Tell whether a ZIP is a spreadsheet: ``xlsx``, ``ods`` or None."""
    lowered = {name.lower() for name in names}
    if "xl/workbook.xml" in lowered or "xl/workbook.bin" in lowered:
        return "xlsx"
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as stream:
            if stream.read(100).startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return "ods"
    return None
