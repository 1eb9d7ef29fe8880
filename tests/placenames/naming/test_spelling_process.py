"""Names that are spelled ahead in a process of their own: the same as those spelled here, whatever becomes of the process."""

import os
import signal
import time
from pathlib import Path

import pytest

from placenames.naming import Lexicon
from placenames.naming.proposing import Wanted, proposal
from placenames.naming.spelling_process import SpellingProcess

LEXICON = Lexicon.of(["村", "路", "街", "巷", "庄", "桥"], numbered=["路", "巷"])
NAMES = [
    Wanted(text, terms, mode)
    for terms, mode in ((("村", "庄"), "solid"), (("路", "街"), "apart"))
    for text in (
        "兴业路",
        "城一村",
        "二马路",
        "郝家桥",
        "七里堡",
        "A区O'K街",
        "女儿湾",
        "𠮷庄",
        "重兴村",
        "'\\庄",
    )
]


@pytest.fixture
def process():
    started = SpellingProcess(LEXICON)
    yield started
    started.close()
    assert not Path(f"/proc/{started.pid}").exists()


def test_it_proposes_what_is_proposed_here(process):
    process.expect(NAMES)
    for name in NAMES:
        assert process.take(name) == proposal(name, LEXICON)


def test_nobody_waits_for_what_nobody_expected(process):
    process.expect(NAMES[:2])
    assert process.take(NAMES[5]) is None


def test_more_may_be_expected_than_a_pipe_holds_before_anything_is_taken(process):
    groups = [
        [Wanted(f"兴业{first}{chr(0x4E00 + n)}村", ("村",), "solid") for n in range(4_000)]
        for first in "东西南"
    ]
    for group in groups:
        process.expect(group)
    assert all(process.take(group[-1]).text for group in groups)


def test_what_was_expected_long_ago_is_forgotten(process):
    for name in NAMES[:5]:
        process.expect([name])
        assert process.take(name) is not None
    assert process.take(NAMES[0]) is None


def test_where_it_dies_the_caller_spells(process):
    process.expect(NAMES[:1])
    assert process.take(NAMES[0]) is not None
    os.kill(process.pid, signal.SIGKILL)
    process.expect(NAMES[1:3])
    assert process.take(NAMES[1]) is None
    assert process.take(NAMES[2]) is None


def test_it_is_ended_in_the_middle_of_its_work():
    started = SpellingProcess(LEXICON)
    started.expect(
        Wanted(chr(0x4E00 + n % 20_000) + chr(0x5000 + n) + "村", ("村",), "solid") for n in range(15_000)
    )
    begun = time.monotonic()
    started.close()
    assert time.monotonic() - begun < 10
