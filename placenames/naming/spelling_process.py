"""Names spelled in a process of their own: while some rows of a file are stored, the next ones are spelled.

To spell a name and to find the keys that it is searched by takes as long as everything else that an import does with it, and needs
nothing but the name. The process is told the generic terms once and then gets names some thousand at a time; it ends when its
input ends, so that it outlives nobody. Both sides are this program, so they speak `marshal`, which is the quickest.

``python -m placenames.naming.spelling_process`` is the other side; nobody else starts it.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import queue
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from .generic import Lexicon
from .proposing import Proposal, Wanted, proposal

_HEADER = struct.Struct("<I")
# What is expected of the rows that are being stored, of the next ones, and of those before.
_KEPT = 3
_YOUNG = 100_000
_GOODBYE_S = 5.0


class SpellingProcess:
    """Spells names ahead of their use; a context manager. What it does not know is for the caller to spell.

    Parameters
    ----------
    lexicon : Lexicon
        Generic terms.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
        )
        self.pid = self._process.pid
        self._requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._pending: deque[list[Wanted]] = deque()
        self._known: deque[dict[Wanted, Proposal]] = deque(maxlen=_KEPT)
        self._awaited: set[Wanted] = set()
        self._thread = threading.Thread(target=self._talk, name="spelling", daemon=True)
        self._thread.start()
        self._requests.put(marshal.dumps([sorted(part) for part in (lexicon.terms, lexicon.numbered)]))

    def expect(self, names: Iterable[Wanted]) -> None:
        """Have names spelled that will be asked for soon. What was expected three calls ago is forgotten."""
        wanted = list(dict.fromkeys(names))
        self._pending.append(wanted)
        self._awaited.update(wanted)
        self._requests.put(marshal.dumps([tuple(name) for name in wanted]))

    def take(self, wanted: Wanted) -> Proposal | None:
        """Return what is proposed for a name, waiting for it if need be; ``None`` if nobody expected it."""
        while wanted in self._awaited:
            self._receive()
        for known in reversed(self._known):
            if (found := known.get(wanted)) is not None:
                return found
        return None

    def _receive(self) -> None:
        names = self._pending.popleft()
        answer = self._answers.get()
        if answer is None:
            # It has died; there will be no more answers, and everything is spelled here.
            self._answers.put(None)
            self._awaited.clear()
            self._pending.clear()
            return
        self._known.append(dict(zip(names, map(Proposal._make, marshal.loads(answer)), strict=True)))  # noqa: S302
        self._awaited = {name for later in self._pending for name in later}

    def _talk(self) -> None:
        """Hand requests over, one after another, and bring their answers."""
        process = self._process
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            lexicon = self._requests.get()
            if lexicon is None:
                return
            _write(process.stdin, lexicon)
            while (request := self._requests.get()) is not None:
                _write(process.stdin, request)
                answer = _read(process.stdout)
                self._answers.put(answer)
                if answer is None:
                    return
        except OSError:
            pass
        finally:
            self._answers.put(None)

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._requests.put(None)
        self._process.kill()
        self._thread.join(_GOODBYE_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                # What it had not read yet goes nowhere.
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(_HEADER.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    (length,) = _HEADER.unpack(head)
    data: bytes = stream.read(length)
    return data if len(data) == length else None


def main() -> None:
    """Spell what comes in, until nothing more comes."""
    commands, answers = sys.stdin.buffer, sys.stdout.buffer
    told = _read(commands)
    if told is None:
        return
    terms, numbered = marshal.loads(told)  # noqa: S302 - from the process that started this one
    lexicon = Lexicon.of(terms, numbered=numbered)
    # Nothing of what is made here goes in circles.
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    while (request := _read(commands)) is not None:
        names = marshal.loads(request)  # noqa: S302
        _write(answers, marshal.dumps([tuple(proposal(Wanted._make(name), lexicon)) for name in names]))


if __name__ == "__main__":
    main()
