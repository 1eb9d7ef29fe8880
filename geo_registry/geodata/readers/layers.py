"""Which layer of several is read: the one that the user names, or the only one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import LayerChoiceNeeded, Message, UnreadableFile, gettext_noop

_CHOOSE = gettext_noop("“{file}” has several layers: {layers}. Choose one.")
_NO_SUCH_LAYER = gettext_noop("“{file}” has no layer “{layer}”. It has: {layers}.")
NO_LAYERS = gettext_noop("“{file}” has no layer with data in it. Check that the right file was exported.")


def choose(path: Path, layers: tuple[str, ...], wanted: str | None) -> str:
    """Return the layer to read.

    Raises
    ------
    LayerChoiceNeeded
        If there are several and none is named, or the one that is named is not there.
    UnreadableFile
        If there is none.
    """
    params: dict[str, object] = {"file": path.name, "layers": ", ".join(layers)}
    if not layers:
        raise UnreadableFile(Message(NO_LAYERS, params), file=path.name)
    if wanted is not None and wanted not in layers:
        raise LayerChoiceNeeded(
            Message(_NO_SUCH_LAYER, params | {"layer": wanted}), layers=layers, file=path.name
        )
    if wanted is None and len(layers) > 1:
        raise LayerChoiceNeeded(Message(_CHOOSE, params), layers=layers, file=path.name)
    return wanted or layers[0]


def distinct_names(members: Sequence[Path]) -> tuple[str, ...]:
    """Return what the files of an archive are called as layers; files of one name in several folders are numbered."""
    return numbered([member.stem for member in members])


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of which no two are equal: the first keeps its own, the others have the next free number behind it."""
    taken = set(names)
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        unique = name
        if seen[name] > 1:
            while (unique := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            taken.add(unique)
        found.append(unique)
    return tuple(found)
