"""A reader of CQL2 text by recursive descent.

It reads the classes "Basic CQL2", "Advanced Comparison Operators" (without arithmetic), "Case-insensitive Comparison",
"Basic Spatial Functions" with their kin, and "Temporal Functions" on days of OGC 21-065r2. How deep and how long a filter may
be is limited, so that none can exhaust the reader.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop

from .nodes import (
    And,
    Between,
    CaseInsensitive,
    Comparison,
    Constant,
    Day,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Property,
    Spatial,
    Temporal,
)

LONGEST: Final = 8000
DEEPEST: Final = 40
MOST_PARTS: Final = 500

SPATIAL: Final = frozenset(
    {
        "S_INTERSECTS",
        "S_DISJOINT",
        "S_EQUALS",
        "S_TOUCHES",
        "S_CROSSES",
        "S_WITHIN",
        "S_CONTAINS",
        "S_OVERLAPS",
    }
)
TEMPORAL: Final = frozenset({"T_AFTER", "T_BEFORE", "T_EQUALS", "T_DURING", "T_INTERSECTS", "T_DISJOINT"})
_GEOMETRIES: Final = frozenset(
    {"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE"})
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^'\\]|''|\\.)*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w:.-]*)
    | (?P<sign><>|<=|>=|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)

_UNREADABLE = gettext_noop("The filter cannot be read from character {position} on: {found}")
_ENDS = gettext_noop("The filter ends too early.")
_TOO_LONG = gettext_noop("The filter is too long or too deeply nested.")
_NO_DAY = gettext_noop("This is no date: {found}")


class Cql2Error(GeodataError):
    """A filter that cannot be read."""

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(Message(template, params))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


def parse(text: str) -> Node:
    """Return the tree of a filter.

    Parameters
    ----------
    text
        CQL2 in its text form.

    Raises
    ------
    Cql2Error
        If it is none, is longer than `LONGEST` characters, or nested more deeply than `DEEPEST`.
    """
    if len(text) > LONGEST:
        raise Cql2Error(_TOO_LONG)
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self._or()
        if self.at < len(self.tokens):
            raise self._unreadable()
        return node

    # -- logic

    def _or(self) -> Node:
        self._deeper()
        nodes = [self._and()]
        while self._takes("OR"):
            nodes.append(self._and())
        self.depth -= 1
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _and(self) -> Node:
        nodes = [self._not()]
        while self._takes("AND"):
            nodes.append(self._not())
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _not(self) -> Node:
        if self._takes("NOT"):
            self._deeper()
            node = Not(self._not())
            self.depth -= 1
            return node
        if self._takes("("):
            inner = self._or()
            self._needs(")")
            return inner
        return self._predicate()

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Cql2Error(_TOO_LONG)

    # -- predicates

    def _predicate(self) -> Node:
        word = self._peek().upper
        if word in SPATIAL and self._sign_follows("("):
            self.at += 2
            left = self._place()
            self._needs(",")
            right = self._place()
            self._needs(")")
            return Spatial(word, left, right)
        if word in TEMPORAL and self._sign_follows("("):
            self.at += 2
            begin = self._time()
            self._needs(",")
            end = self._time()
            self._needs(")")
            return Temporal(word, begin, end)
        if word in {"TRUE", "FALSE"} and not self._comparison_follows():
            self.at += 1
            return Constant(word == "TRUE")
        return self._comparison(self._operand())

    def _comparison(self, left: Operand) -> Node:
        token = self._peek()
        if token.text in {"=", "<>", "<", ">", "<=", ">="} and token.kind == "sign":
            self.at += 1
            return Comparison(token.text, left, self._operand())
        if self._takes("IS"):
            negative = self._takes("NOT")
            self._needs("NULL")
            return Not(IsNull(left)) if negative else IsNull(left)
        negative = self._takes("NOT")
        node: Node
        if self._takes("LIKE"):
            pattern = self._operand()
            if not isinstance(pattern, Literal | CaseInsensitive):
                raise self._unreadable(-1)
            node = Like(left, pattern)
        elif self._takes("BETWEEN"):
            low = self._operand()
            self._needs("AND")
            node = Between(left, low, self._operand())
        elif self._takes("IN"):
            self._needs("(")
            values = [self._operand()]
            while self._takes(","):
                values.append(self._operand())
            self._needs(")")
            node = In(left, tuple(values))
        else:
            raise self._unreadable()
        return Not(node) if negative else node

    # -- what is compared

    def _operand(self) -> Operand:
        token = self._peek()
        if token.kind == "number":
            self.at += 1
            is_whole = token.text.lstrip("+-").isdigit()
            return Literal(int(token.text) if is_whole else float(token.text))
        if token.kind == "text":
            self.at += 1
            return Literal(_unquoted(token.text))
        if token.upper in {"TRUE", "FALSE"}:
            self.at += 1
            return Literal(token.upper == "TRUE")
        if token.upper in {"DATE", "TIMESTAMP"} and self._sign_follows("("):
            return self._day()
        if token.upper == "CASEI" and self._sign_follows("("):
            self.at += 2
            inner = self._operand()
            self._needs(")")
            if not isinstance(inner, Property | Literal):
                raise self._unreadable(-1)
            return CaseInsensitive(inner)
        return self._property()

    def _property(self) -> Property:
        token = self._peek()
        if token.kind == "quoted":
            self.at += 1
            return Property(token.text[1:-1].replace('""', '"'))
        if token.kind == "word" and token.upper not in _WORDS and not self._sign_follows("("):
            self.at += 1
            return Property(token.text)
        raise self._unreadable()

    def _day(self) -> Day:
        self.at += 2
        token = self._peek()
        if token.kind != "text":
            raise self._unreadable()
        self.at += 1
        self._needs(")")
        return Day(_day_of(_unquoted(token.text)))

    def _time(self) -> Property | Day | Interval:
        word = self._peek().upper
        if word in {"DATE", "TIMESTAMP"} and self._sign_follows("("):
            return self._day()
        if word == "INTERVAL" and self._sign_follows("("):
            self.at += 2
            begin = self._end_of_interval()
            self._needs(",")
            end = self._end_of_interval()
            self._needs(")")
            return Interval(begin, end)
        return self._property()

    def _end_of_interval(self) -> datetime.date | None:
        if self._peek().upper in {"DATE", "TIMESTAMP"}:
            return self._day().value
        token = self._peek()
        if token.kind != "text":
            raise self._unreadable()
        self.at += 1
        text = _unquoted(token.text)
        return None if text in {"..", ""} else _day_of(text)

    def _place(self) -> Property | Geometry:
        token = self._peek()
        if token.upper == "BBOX" and self._sign_follows("("):
            return self._box()
        if token.upper in _GEOMETRIES:
            return self._wkt()
        return self._property()

    def _box(self) -> Geometry:
        self.at += 2
        numbers = [self._number()]
        while self._takes(","):
            numbers.append(self._number())
        self._needs(")")
        if len(numbers) not in {4, 6}:
            raise self._unreadable(-1)
        half = len(numbers) // 2
        (x1, y1), (x2, y2) = numbers[:2], numbers[half : half + 2]
        return Geometry(f"POLYGON(({x1} {y1},{x2} {y1},{x2} {y2},{x1} {y2},{x1} {y1}))")

    def _number(self) -> float:
        token = self._peek()
        if token.kind != "number":
            raise self._unreadable()
        self.at += 1
        return float(token.text)

    def _wkt(self) -> Geometry:
        """Take the text up to the bracket that closes it, as it stands."""
        begun, depth = self._peek().position, 0
        while True:
            token = self._peek()
            self.at += 1
            if token.kind == "sign" and token.text == "(":
                depth += 1
            elif token.kind == "sign" and token.text == ")":
                depth -= 1
                if depth <= 0:
                    return Geometry(self.text[begun : token.position + 1])
            elif token.kind not in {"number", "word"} and token.text != ",":
                raise self._unreadable(-1)

    # -- tokens

    def _peek(self) -> _Token:
        if self.at >= len(self.tokens):
            raise Cql2Error(_ENDS)
        return self.tokens[self.at]

    def _takes(self, wanted: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        if token.upper == wanted or (token.kind == "sign" and token.text == wanted):
            self.at += 1
            return True
        return False

    def _needs(self, wanted: str) -> None:
        if not self._takes(wanted):
            self._peek()
            raise self._unreadable()

    def _sign_follows(self, sign: str) -> bool:
        following = self.tokens[self.at + 1 : self.at + 2]
        return bool(following) and following[0].kind == "sign" and following[0].text == sign

    def _comparison_follows(self) -> bool:
        following = self.tokens[self.at + 1 : self.at + 2]
        return (
            bool(following)
            and following[0].kind == "sign"
            and following[0].text in {"=", "<>", "<", ">", "<=", ">="}
        )

    def _unreadable(self, step: int = 0) -> Cql2Error:
        token = self.tokens[min(self.at + step, len(self.tokens) - 1)]
        return Cql2Error(_UNREADABLE, position=token.position + 1, found=token.text[:30])


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            rest = text[position:].lstrip()
            raise Cql2Error(_UNREADABLE, position=len(text) - len(rest) + 1, found=rest[:30])
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
        if len(found) > MOST_PARTS:
            raise Cql2Error(_TOO_LONG)
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"''|\\'", "'", text[1:-1])


def _day_of(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError as error:
        raise Cql2Error(_NO_DAY, found=text[:30]) from error
