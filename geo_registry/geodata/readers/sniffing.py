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
_ARCHIVE_MARK = re.compile(rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|\(\xb5/\xfd")
_PDF_MARK = re.compile(rb"%PDF-")
_WEB_ARCHIVE_MARK = re.compile(rb"(?:\xef\xbb\xbf)?\s*MIME-Version:", re.IGNORECASE)
_PICTURE_MARK = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|II\*\x00|MM\x00\*", re.DOTALL)
# What Office, LibreOffice and WPS put before the name of a file that is open.
_LOCK_MARKS = ("~$", ".~lock.", "~lock.", ".~", "~")
_UNSURE_MARKS = {".~", "~"}
_LOCK_MAX_BYTES = 1024
# A version of AutoCAD (AC1032), and how the text form of a drawing begins.
_DWG_MARK = re.compile(rb"AC1\d{3}[\x00-\x1f]")
_DXF_MARK = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION\r?\n|AutoCAD Binary DXF"
)
# How pages begin that systems give out as spreadsheets; many have nothing around their table.
_HTML_MARK = re.compile(r"<(?:!doctype\s+html|html|head|meta|style|body|table|thead|tr)\b", re.IGNORECASE)
_HTML_WITHIN = re.compile(r"<html\b(?![^\0]*<(?:kml|gpx)\b)", re.IGNORECASE)
_SPREADSHEET_2003 = "urn:schemas-microsoft-com:office:spreadsheet"
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
_WEB_ARCHIVE = gettext_noop(
    "The file “{file}” is a web page and no spreadsheet, although some systems name it so. Open it in a "
    "spreadsheet program and save it as XLSX."
)
_LOCK_FILE = gettext_noop(
    "“{file}” is only a mark that the spreadsheet program leaves while somebody has a file open. Choose the file itself: its "
    "name is the same without “{mark}”."
)
_OFFICE_OTHER = gettext_noop(
    "“{file}” is {what}, from which no table can be taken. Copy the table into a spreadsheet and save it as XLSX."
)
_DOCUMENTS = {
    "word/document.xml": gettext_noop("a Word document"),
    "ppt/presentation.xml": gettext_noop("a presentation"),
    "ofd.xml": gettext_noop("an OFD document"),
}
_PICTURE = gettext_noop(
    "“{file}” is a picture, from which no table can be taken. Ask for the table itself, as XLSX or CSV."
)
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

# What is known and not read: how it begins, and what is said of it.
_TOLD = (
    (_ARCHIVE_MARK, _ARCHIVE),
    (_PICTURE_MARK, _PICTURE),
    (_WEB_ARCHIVE_MARK, _WEB_ARCHIVE),
    (_PDF_MARK, _PDF),
    (_DWG_MARK, _DRAWING),
    (_DXF_MARK, _DRAWING),
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
        ``zip`` (look inside), ``xls``, ``gpkg``, ``shapefile``, ``osm-pbf``, ``geojson``, ``kml``, ``gpx``, ``html``,
        ``xml-spreadsheet`` or ``csv``.

    Raises
    ------
    UnreadableFile, UnsupportedFormat, HostileFile
    """
    head = read_head(path)
    _refuse_lock_file(path, head)
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


def _refuse_lock_file(path: Path, head: bytes) -> None:
    mark = next((mark for mark in _LOCK_MARKS if path.name.startswith(mark)), None)
    if mark is None or path.stat().st_size > _LOCK_MAX_BYTES:
        return
    if b"\x00" in head or mark not in _UNSURE_MARKS:
        raise UnsupportedFormat(Message(_LOCK_FILE, {"file": path.name, "mark": mark}), file=path.name)


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
    for mark, template in _TOLD:
        if mark.match(head):
            raise UnsupportedFormat(Message(template, params), file=path.name)
    return None


def _as_text(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore")
    if b"\x00" in head:
        name = utf16_without_mark(head)
        return None if name is None else head.decode(name, errors="ignore")
    return head.decode("utf-8-sig", errors="replace")


def _sniff_xml(path: Path, start: str) -> str:
    if _HTML_MARK.match(start):
        return "html"
    try:
        root = xml_root(path)
    except (UnreadableFile, HostileFile):
        # Pages are seldom good XML, and may declare what they are before they begin.
        if _HTML_WITHIN.search(start[:2048]):
            return "html"
        raise
    if root == "html":
        return "html"
    if root in {"kml", "gpx"}:
        return root
    if root == "workbook" and _SPREADSHEET_2003 in start:
        return "xml-spreadsheet"
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


def archive_kind(names: list[str], archive: zipfile.ZipFile, *, file: str) -> str | None:
    """Tell whether a ZIP is a spreadsheet: ``xlsx``, ``ods`` or None.

    Raises
    ------
    UnsupportedFormat
        If it is another document of an office.
    """
    lowered = {name.lower() for name in names}
    for mark, what in _DOCUMENTS.items():
        if mark in lowered:
            raise UnsupportedFormat(Message(_OFFICE_OTHER, {"file": file, "what": Message(what)}), file=file)
    if "xl/workbook.xml" in lowered or "xl/workbook.bin" in lowered:
        return "xlsx"
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as stream:
            if stream.read(100).startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return "ods"
    return None
