"""What a kind of file may contain, and which of its columns is which.

A `Declaration` says once what the columns of a kind are called, how their cells are read, and what makes a
row impossible.
The command, the pages and the templates all read it; nothing else knows a header.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .angles import angle
from .errors import GeodataError, Message, MissingColumns, gettext_noop
from .geometry import Family
from .positions import position
from .readers.table import GROUP_SIGN
from .records import Outcome, RowIssue, Severity
from .values import BadValue, Noted, Parser, identifier
from .values import text as one_line

_MISSING = gettext_noop(
    "The file has no column for {missing}. Its columns are: {found}. Name the right one, or give one value "
    "for all rows."
)
_NO_SUCH_FIELD = gettext_noop("“{field}” is no column of {kind}. Possible: {possible}.")
_NO_SUCH_HEADER = gettext_noop("The file has no column “{header}”. Its columns are: {found}.")
_BAD_CONSTANT = gettext_noop("The value given for {field} cannot be used: {reason}")
_NOT_USED = gettext_noop("These columns were not used: {columns}.")
_CUT = gettext_noop(
    "The column “{header}” was taken for “{field}”: a shapefile's table cuts the names of its columns after ten bytes."
)
_DBF_NAME_BYTES = 10
_TWICE = gettext_noop("“{first}” and “{second}” both look like {field}; “{first}” was taken.")


@dataclass(slots=True)
class Record:
    """One row as the declaration understands it.

    Parameters
    ----------
    number : int
        Row as the user sees it.
    values : dict
        Field → value; a field whose cell is empty is not there.
    point : shapely Point or None
        In EPSG:4490: the row's geometry if that is a point, else from its longitude and latitude.
    geometry : shapely LineString, MultiLineString, MultiPolygon or None
        In EPSG:4490, two-dimensional and valid.
    outcome : Outcome or None
        What the import did with it; set by the service.
    issues : list of RowIssue
    blanks : frozenset of str
        Fields whose cells are there and empty, where the user asked that empty cells blank what is there.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    point: Any = None
    geometry: Any = None
    outcome: Outcome | None = None
    issues: list[RowIssue] = field(default_factory=list)
    blanks: frozenset[str] = frozenset()

    @property
    def refused(self) -> bool:
        """Whether the row does not go in."""
        return self.outcome is Outcome.REFUSED

    def refuse(self, message: Message, *, column: str | None = None, value: object = None) -> None:
        """Refuse the row, and say why."""
        self.outcome = Outcome.REFUSED
        self.issues.append(RowIssue(self.number, column, Severity.ERROR, message, value))

    def warn(self, message: Message, *, column: str | None = None, value: object = None) -> None:
        """Say what a person should look at."""
        self.issues.append(RowIssue(self.number, column, Severity.WARNING, message, value))

    def note(self, message: Message, *, column: str | None = None, value: object = None) -> None:
        """Say how something was read."""
        self.issues.append(RowIssue(self.number, column, Severity.NOTE, message, value))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind of file.

    Parameters
    ----------
    field : str
        Its name in mappings and in code.
    headers : tuple of str
        What files call it; the first is what templates and messages call it.
    parse : Parser
    required : bool
        The file must have it, and each row must fill it.
    lenient : bool
        A cell that cannot be read is left empty, with a warning; the row goes in without it.
    unit : str, optional
        Unit of the number, as written: ``m²``.
    looks_like_phones : bool
        Numbers that are, or look like, telephone numbers are in order here.
    exported : bool
        Files that go out have it; one that says in other words what another one says, they have not.
    """

    field: str
    headers: tuple[str, ...]
    parse: Parser
    required: bool = False
    lenient: bool = False
    unit: str = ""
    looks_like_phones: bool = False
    exported: bool = True

    @property
    def title(self) -> str:
        """Name for people: the main header with its field, as mappings write it."""
        return f"{self.headers[0]} ({self.field})"


# Surveyors' X is the northing and their Y the easting; in everybody else's tables it is the other way round. So X and Y are only
# guessed here, and the numbers decide (`axes`). 横坐标 and 纵坐标 are easting and northing for all of them.
_SIDES, _OTHER_SIDES = frozenset({"东", "北"}), frozenset({"南", "西"})
XY_HEADERS = (("x", "X坐标", "坐标X", "point_x", "x_coord"), ("y", "Y坐标", "坐标Y", "point_y", "y_coord"))
LON = Column(
    "lon",
    (
        "经度", "lon", "longitude", "lng", *XY_HEADERS[0], "东经", "大地经度", "GPS经度", "WGS84经度",
        "高德经度", "腾讯经度", "百度经度", "横坐标", "横坐标Y", "Y横坐标", "东坐标", "东向坐标", "东", "easting", "east",
    ),
    angle,
)  # fmt: skip
LAT = Column(
    "lat",
    (
        "纬度", "lat", "latitude", *XY_HEADERS[1], "北纬", "大地纬度", "GPS纬度", "WGS84纬度",
        "高德纬度", "腾讯纬度", "百度纬度", "纵坐标", "纵坐标X", "X纵坐标", "北坐标", "北向坐标", "北", "northing", "north",
    ),
    angle,
)  # fmt: skip
POSITION = Column(
    "position",
    (
        "坐标",
        "经纬度",
        "位置坐标",
        "经纬度坐标",
        "地理坐标",
        "坐标位置",
        "GPS坐标",
        "高德坐标",
        "腾讯坐标",
        "百度坐标",
        "wkt",
        "ewkt",
        "geom",
        "geometry",
        "the_geom",
        "wkb_geometry",
        "几何",
        "location",
        "coordinates",
        "lnglat",
        "latlng",
    ),
    position,
)
# Where a row lies, as offices write it that keep no codes.
TOWNSHIP = Column(
    "township",
    (
        "乡镇（街道）", "乡镇", "乡镇街道", "镇街", "街道", "乡镇名称", "街道名称", "所属乡镇", "所属街道", "所在乡镇", "所在街道",
    ),
    one_line(60),
    exported=False,
)  # fmt: skip
VILLAGE = Column(
    "village",
    (
        "村（社区）", "村", "社区", "村社区", "村居", "行政村", "村名称", "社区名称", "所属村", "所属社区", "所在村", "所在社区",
        "村委会", "居委会",
    ),
    one_line(60),
    exported=False,
)  # fmt: skip
SOURCE_REF = Column(
    "source_ref",
    ("外部编号", "source_ref", "来源编号", "原编号", "fid", "objectid", "osm_id"),
    identifier(),
    looks_like_phones=True,
)

Check = Callable[[Record, "Match"], None]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A kind of file: its columns, its natural key, its geometry, and what makes a row impossible.

    Parameters
    ----------
    kind : str
        ``divisions``, ``roads``, …
    columns : tuple of Column
    key : tuple of str
        Fields that say which record a row is about; rows with equal keys are doubles.
    shapes : frozenset of Family
        Geometry taken in; empty for kinds without.
    many_points : bool
        A record may lie at several points at once.
    geometry_required : bool
        A row without geometry and without longitude and latitude is refused.
    near_home : bool
        Points far outside of the installation's home are refused.
    checks : tuple of callable
        Each looks at a record after its cells were read, and refuses or warns.
    twins : tuple of str
        What two rows about one thing have in common, its name first, if they also lie near one another; empty where that is not
        looked at.
    """

    kind: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    shapes: frozenset[Family] = frozenset()
    many_points: bool = False
    geometry_required: bool = False
    near_home: bool = False
    checks: tuple[Check, ...] = ()
    twins: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return the column of a field, or ``None``."""
        return next((column for column in self.columns if column.field == name), None)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all fields, in order."""
        return tuple(column.field for column in self.columns)


@dataclass(frozen=True, slots=True)
class Match:
    """Which header of one file is which field.

    Parameters
    ----------
    headers : dict of str to str
        Field → header as written in the file.
    constants : dict
        Field → value given for all rows.
    issues : tuple of RowIssue
        What was left aside or ambiguous.
    """

    declaration: Declaration
    headers: Mapping[str, str]
    constants: Mapping[str, Any]
    issues: tuple[RowIssue, ...] = ()

    def header(self, name: str) -> str:
        """Return what the user calls a field: the file's header, or the declaration's main one."""
        found = self.headers.get(name)
        if found is not None:
            return found
        column = self.declaration.column(name)
        return column.headers[0] if column is not None else name

    def has(self, name: str) -> bool:
        """Tell whether the file or a constant gives a field."""
        return name in self.headers or name in self.constants


# A shapefile's table cuts names, also within brackets.
_BRACKETS = re.compile(r"[(\[（【〔].*?(?:[)\]）】〕]|$)")
# What stands in headers, as Big5 files have it. Every second character is what the one before it is written as here.
_TRADITIONAL = (
    "業业東东舉举義义鄉乡產产體体關关興兴內内冊册寫写況况準准幾几辦办務务動动區区醫医單单歷历曆历號号員员國国處处備备寬宽對对層层"
    "屬属歲岁崗岗廢废開开態态總总戶户護护報报據据數数無无時时權权來来構构標标橋桥漢汉點点狀状療疗碼码確确離离稱称積积簡简類类級级"
    "緯纬線线細细終终經经結结統统編编網网羅罗職职聯联營营計计認认記记許许設设評评話话詳详語语說说負负責责質质購购賃赁資资運运銷销"
    "閑闲間间難难馬马騎骑築筑機机會会電电牀床車车劃划別别係系"
)
_SIMPLER = str.maketrans(_TRADITIONAL[::2], _TRADITIONAL[1::2])
# Names that mean the whole of what stands above them.
_WHOLES = frozenset({"总数", "合计", "总计", "小计", "数量", "数"})
_NOISE = re.compile(r"[\s_\-*:：·.、/]+")


def normalise_header(header: str) -> str:
    """Return a header without case, width, blanks, stars and colons, in simplified characters: ``設施 名稱*`` → ``设施名称``."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", header)).casefold().translate(_SIMPLER)


def bare_header(header: str) -> str:
    """Return a header in the form of `normalise_header`, without what stands in brackets: ``X坐标（m）`` → ``x坐标``."""
    return normalise_header(_BRACKETS.sub("", header))


def match_columns(
    declaration: Declaration,
    headers: Sequence[str],
    *,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    every: Sequence[str] = (),
    file: str = "",
) -> Match:
    """Find out which header is which field.

    Parameters
    ----------
    declaration : Declaration
    headers : sequence of str
        As the file has them.
    mapping : mapping of str to str, optional
        Field → header, as the user says; it outranks what headers look like. One header may serve several
        fields.
    constants : mapping of str to str, optional
        Field → text of one value for all rows; it outranks a column.
    every : sequence of str, optional
        All headers of the file, where ``headers`` leaves some out as being nothing: messages name them too.
    file : str, optional
        Name of the file, for messages.

    Returns
    -------
    Match

    Raises
    ------
    MissingColumns
        If a required field has neither column nor constant, or a header of the mapping is not in the file.
    GeodataError
        If mapping or constants name an unknown field, or a constant cannot be read.
    """
    shown = "、".join(every or headers) or "—"
    given = _given_headers(declaration, headers, mapping or {}, shown=shown, file=file)
    values = _read_constants(declaration, constants or {}, file=file)
    found, issues = _guess(
        declaration, [h for h in headers if h not in given.values()], skip={*given, *values}
    )
    matched = {**found, **given}
    for name in values:
        matched.pop(name, None)
    missing = [
        c.title
        for c in declaration.columns
        if c.required and c.field not in matched and c.field not in values
    ]
    if missing:
        raise MissingColumns(Message(_MISSING, {"missing": "、".join(missing), "found": shown}), file=file)
    unused = [h for h in headers if h not in matched.values()]
    if unused:
        issues.append(RowIssue(None, None, Severity.NOTE, Message(_NOT_USED, {"columns": "、".join(unused)})))
    return Match(declaration, matched, values, tuple(issues))


def guess_headers(columns: Iterable[Column], headers: Iterable[str]) -> dict[str, str]:
    """Return field → header of some columns, as far as headers look like them."""
    return _guess(Declaration(kind="", columns=tuple(columns), key=()), headers, skip=set())[0]


def _field(declaration: Declaration, name: str, *, file: str) -> Column:
    column = declaration.column(name)
    if column is None:
        params = {"field": name, "kind": declaration.kind, "possible": ", ".join(declaration.fields)}
        raise GeodataError(Message(_NO_SUCH_FIELD, params), file=file)
    return column


def _given_headers(
    declaration: Declaration, headers: Sequence[str], mapping: Mapping[str, str], *, shown: str, file: str
) -> dict[str, str]:
    by_form = {normalise_header(header): header for header in reversed(headers)}
    given: dict[str, str] = {}
    for name, wanted in mapping.items():
        _field(declaration, name, file=file)
        header = wanted if wanted in headers else by_form.get(normalise_header(wanted))
        if header is None:
            raise MissingColumns(Message(_NO_SUCH_HEADER, {"header": wanted, "found": shown}), file=file)
        given[name] = header
    return given


def _read_constants(declaration: Declaration, constants: Mapping[str, str], *, file: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in constants.items():
        column = _field(declaration, name, file=file)
        try:
            value = column.parse(text)
        except BadValue as error:
            params = {"field": name, "reason": error.message}
            raise GeodataError(Message(_BAD_CONSTANT, params), file=file) from error
        values[name] = value.value if isinstance(value, Noted) else value
    return values


def _guess(
    declaration: Declaration, headers: Iterable[str], *, skip: set[str]
) -> tuple[dict[str, str], list[RowIssue]]:
    """Match by form: whole headers before those without their brackets, earlier synonyms first."""
    headers = list(headers)
    forms_there = {normalise_header(header) for header in headers}
    if forms_there & _OTHER_SIDES:
        # Of the four sides of a place, not of its co-ordinates.
        headers = [header for header in headers if normalise_header(header) not in _SIDES]
    whole: dict[str, str] = {}
    bare: dict[str, str] = {}
    for header in headers:
        whole.setdefault(normalise_header(header), header)
        bare.setdefault(bare_header(header), header)
    # 床位·护理型, from names in several rows, may be known by its lower name alone, or by both: 护理型床位.
    for header in headers:
        for name in _of_groups(_BRACKETS.sub("", header)):
            bare.setdefault(normalise_header(name), header)
    found: dict[str, str] = {}
    issues: list[RowIssue] = []
    for column in declaration.columns:
        if column.field in skip:
            continue
        forms = [normalise_header(name) for name in (*column.headers, column.field)]
        hits = list(
            dict.fromkeys(
                [h for f in forms if (h := whole.get(f))] + [h for f in forms if (h := bare.get(f))]
            )
        )
        hits = [hit for hit in hits if hit not in found.values()]
        if not hits:
            continue
        found[column.field] = hits[0]
        if len(hits) > 1:
            message = Message(_TWICE, {"first": hits[0], "second": hits[1], "field": column.title})
            issues.append(RowIssue(None, hits[1], Severity.WARNING, message))
    issues += _guess_cut(declaration, headers, found, skip=skip)
    return found, issues


def _of_groups(header: str) -> tuple[str, ...]:
    """Return what a name over a name may mean, the likelier first."""
    above, sign, name = header.rpartition(GROUP_SIGN)
    if not sign:
        return ()
    group = above.rpartition(GROUP_SIGN)[2]
    if name.strip() in _WHOLES:
        return (group + name, group)
    return (name, group + name, name + group)


def _guess_cut(
    declaration: Declaration, headers: Iterable[str], found: dict[str, str], *, skip: set[str]
) -> list[RowIssue]:
    """Match headers that a shapefile's table has cut after ten bytes, where only one field can be meant; they are added."""
    issues: list[RowIssue] = []
    for header in headers:
        form = normalise_header(header)
        if header in found.values() or header.isascii() or not _fills_ten_bytes(header):
            continue
        fits = [
            column
            for column in declaration.columns
            if column.field not in skip
            and column.field not in found
            and any(normalise_header(name).startswith(form) for name in column.headers)
        ]
        if len(fits) == 1:
            found[fits[0].field] = header
            message = Message(_CUT, {"header": header, "field": fits[0].title})
            issues.append(RowIssue(None, header, Severity.NOTE, message))
    return issues


def _fills_ten_bytes(header: str) -> bool:
    """Tell whether no further character of a header would have gone into a dBASE table's ten bytes."""
    room = _DBF_NAME_BYTES
    return any(
        0 <= room - len(header.encode(name, "replace")) < most
        for name, most in (("gb18030", 2), ("utf-8", 3))
    )
