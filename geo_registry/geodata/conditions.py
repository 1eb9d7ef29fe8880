"""Which rows of a file are meant: ``healthcare>0``, ``类型=小区``.

One comparison of a column with a value, no more: whoever needs more filters the file.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .declarations import normalise_header
from .errors import GeodataError, Message, MissingColumns, gettext_noop
from .readers.base import Row, Value
from .values import fold

_NOT_UNDERSTOOD = gettext_noop(
    "The condition “{condition}” is not understood. Write it like: column>0, column=value, column!=value."
)
_NO_SUCH_HEADER = gettext_noop(
    "The condition “{condition}” asks for a column “{header}” that the file does not have. Its columns are: "
    "{found}."
)

_FORM = re.compile(
    r"\s*(?P<header>[^<>=!]+?)\s*(?P<operator>>=|<=|!=|==|=|>|<)\s*(?P<value>.*?)\s*", re.DOTALL
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}


def _as_number(value: Value) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(fold(value) if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: of numbers as numbers, of everything else as text. An empty cell only meets ``!=``."""

    header: str
    operator: str
    value: str

    def holds(self, row: Row) -> bool:
        """Tell whether a row meets the condition."""
        cell = row.values.get(self.header)
        compare = _OPERATORS[self.operator]
        if cell is None or cell == "":
            return (self.operator == "!=") == (self.value != "")
        left, right = _as_number(cell), _as_number(self.value)
        if left is not None and right is not None:
            return compare(left, right)
        return compare(fold(str(cell)), fold(self.value))


def parse_condition(text: str, headers: Sequence[str], *, file: str = "") -> Condition:
    """Understand one condition against the headers of a file.

    Raises
    ------
    GeodataError
        If the text is no comparison, or the file has no such column.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise GeodataError(Message(_NOT_UNDERSTOOD, {"condition": text}), file=file)
    wanted = match["header"]
    header = (
        wanted
        if wanted in headers
        else next((h for h in headers if normalise_header(h) == normalise_header(wanted)), None)
    )
    if header is None:
        params = {"condition": text, "header": wanted, "found": "、".join(headers)}
        raise MissingColumns(Message(_NO_SUCH_HEADER, params), file=file)
    return Condition(header, match["operator"], match["value"])
