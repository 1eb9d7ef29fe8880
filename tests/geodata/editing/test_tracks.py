"""What becomes of a phone's track."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.geodata.editing.tracks import Cleaning, Fix, clean

from .test_lines import at, metres

START = datetime.datetime(2024, 6, 1, 8, tzinfo=datetime.UTC)
HOW = Cleaning(max_speed_kmh=60, spike_m=20, gap_s=60, gap_m=200, simplify_m=0, least_m=10)


def fix(x_m: float, y_m: float = 0, second: float | None = None) -> Fix:
    when = None if second is None else START + datetime.timedelta(seconds=second)
    return Fix(*at(x_m, y_m), when)


def walk(*x_m: float, step_s: float = 5) -> list[Fix]:
    return [fix(x, 0, number * step_s) for number, x in enumerate(x_m)]


def test_a_jump_that_nobody_could_make_is_left_out():
    track = walk(0, 10, 20, 30, 40)
    track[2] = fix(20, 900, 10)
    done = clean([track], HOW)
    assert done.jumps == 1
    assert metres(done.pieces[0]) == [(0, 0), (10, 0), (30, 0), (40, 0)]


def test_a_jump_at_the_start_is_left_out_too():
    done = clean([[fix(0, 5000, 0), *walk(0, 10, 20, 30)[1:]]], HOW)
    assert (done.jumps, metres(done.pieces[0])[0]) == (1, (10, 0))


def test_without_times_a_spike_is_left_out():
    done = clean([[fix(0), fix(10), fix(15, 80), fix(20), fix(30)]], HOW)
    assert (done.jumps, len(done.pieces[0].coords)) == (1, 4)


def test_a_sharp_bend_is_no_spike():
    done = clean([[fix(0), fix(100), fix(100, 100), fix(0, 100)]], HOW)
    assert done.jumps == 0


def test_a_pause_ends_a_piece_and_is_shown():
    track = [*walk(0, 10, 20), fix(40, 0, 500), fix(60, 0, 505)]
    done = clean([track], HOW)
    assert [metres(piece) for piece in done.pieces] == [[(0, 0), (10, 0), (20, 0)], [(40, 0), (60, 0)]]
    assert len(done.gaps) == 1


def test_a_wide_step_ends_a_piece():
    done = clean([[fix(0), fix(50), fix(400), fix(450)]], HOW)
    assert len(done.pieces) == 2


def test_segments_of_the_file_are_never_joined():
    assert len(clean([walk(0, 20), walk(25, 50)], HOW).pieces) == 2


def test_short_pieces_and_repeated_positions_are_counted():
    done = clean([[fix(0), fix(0), fix(5)], [fix(0), fix(50)]], HOW)
    assert (done.repeated, done.short, len(done.pieces)) == (1, 1, 1)


def test_wobble_of_less_than_the_tolerance_is_smoothed():
    wobble = [fix(10 * n, 1.5 if n % 2 else 0) for n in range(11)]
    done = clean([wobble], dataclasses.replace(HOW, simplify_m=2))
    assert metres(done.pieces[0]) == [(0, 0), (100, 0)]
    assert done.simplified == 9


def test_an_empty_track_gives_nothing():
    assert clean([], HOW).pieces == []
    assert clean([[]], HOW).pieces == []


def test_a_single_position_is_no_road():
    assert clean([[fix(0)]], HOW).pieces == []


steps = st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=2, max_size=40)


@given(steps, st.sampled_from([0.0, 2.0, 10.0]))
def test_cleaning_invents_no_position(track, tolerance):
    fixes = [fix(x, y, 10 * number) for number, (x, y) in enumerate(track)]
    done = clean([fixes], dataclasses.replace(HOW, simplify_m=tolerance))
    given_points = {each.point for each in fixes}
    assert {point for piece in done.pieces for point in piece.coords} <= given_points
    left = sum(len(piece.coords) for piece in done.pieces)
    assert left + done.repeated + done.jumps + done.simplified <= len(fixes)


@given(steps)
def test_what_remains_of_the_track_lies_within_the_tolerance(track):
    fixes = [fix(x, y) for x, y in track]
    how = dataclasses.replace(HOW, spike_m=1e9, gap_m=1e9, least_m=0)
    rough = clean([fixes], how).pieces
    smooth = clean([fixes], dataclasses.replace(how, simplify_m=5)).pieces
    for a, b in zip(rough, smooth, strict=True):
        assert a.hausdorff_distance(b) * 111_000 < 5 * 1.3 + 0.01


def test_it_is_quick_enough_for_a_day_of_recording():
    track = [fix(7 * n, (n % 13) * 0.7, n * 5) for n in range(8000)]
    for n in range(50, 8000, 50):
        track[n] = fix(7 * n, 5000, n * 5)
    assert clean([track], HOW).jumps == pytest.approx(159, abs=1)
